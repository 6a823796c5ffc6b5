//! The inbox's lists: every open conversation can be reached, and the counts are of all of them.

use std::collections::BTreeSet;

use porchlight_protocol::limits::PAGE_CONVERSATIONS_MAX;
use porchlight_protocol::wire::Listing;
use porchlight_protocol::{Conversation, ConversationId, Counts, Filter};
use serde_json::{Value, json};

use crate::harness::*;

impl Agent {
    async fn counts(&self) -> Counts {
        self.sync(&hello()).await.counts.unwrap()
    }

    /// A whole folder, page by page, from `before` on.
    async fn reads_on(&self, filter: Filter, mut before: Option<u64>) -> Vec<Conversation> {
        let mut found = Vec::new();
        loop {
            let before_this = before.map(|before| format!("&before={before}")).unwrap_or_default();
            let query = format!("?filter={}&limit=70{before_this}", filter.as_str());
            let Listing { conversations, next, counts, .. } = self.folder(&query).await;
            assert!(counts.is_some());
            found.extend(conversations);
            before = next;
            if before.is_none() {
                return found;
            }
        }
    }
}

#[tokio::test]
async fn every_one_of_300_open_conversations_is_reached_and_counted() {
    let server = TestServer::start().await;
    let (ada, ben) = (server.agent("ada").await, server.agent("ben").await);
    let mut ids = Vec::new();
    for n in 0..300 {
        ids.push(server.visitor().starts(&format!("Question {n}")).await);
    }
    // The oldest, who have waited longest.
    for id in &ids[..3] {
        ada.claims(id).await;
    }
    for id in &ids[3..5] {
        ben.claims(id).await;
    }

    let (_socket, welcome) = ada.socket().await;
    let counts = welcome.counts.unwrap();
    let expected =
        Counts { revision: welcome.revision, open: 300, unassigned: 295, mine: 3, unread: 300 };
    assert_eq!(counts, expected);
    assert_eq!(ben.counts().await, Counts { mine: 2, ..expected });

    // The welcome holds the latest; what follows its last is the rest, without a gap.
    assert_eq!(welcome.conversations.len(), PAGE_CONVERSATIONS_MAX);
    let last = welcome.conversations.last().unwrap().active_revision;
    let rest = ada.reads_on(Filter::Open, Some(last)).await;
    assert_eq!(rest.len(), 100);
    let reached: BTreeSet<&ConversationId> =
        welcome.conversations.iter().chain(&rest).map(|found| &found.id).collect();
    assert_eq!(reached, ids.iter().collect());

    let mine = ada.reads_on(Filter::Mine, None).await;
    let mine: Vec<_> = mine.iter().map(|found| &found.id).collect();
    assert_eq!(mine, [&ids[2], &ids[1], &ids[0]]);
    assert_eq!(ada.reads_on(Filter::Unassigned, None).await.len(), 295);

    // Counts follow what happens.
    ada.put(&format!("/conversations/{}/read", ids[0]), &json!({"up_to": 2})).await;
    ada.closes(&ids[1]).await;
    ada.act(&ids[2], &json!("unclaim")).await;
    let now = ada.counts().await;
    assert_eq!((now.open, now.unassigned, now.mine, now.unread), (299, 296, 1, 298));
    assert!(now.revision > counts.revision);
    let closed = ada.folder("?filter=closed").await;
    assert_eq!(closed.conversations.len(), 1);
    assert_eq!(closed.counts, Some(now), "each page tells them");
}

#[tokio::test]
async fn a_conversation_with_a_bot_waits_for_a_person_only_while_the_bot_is_silent() {
    let server = TestServer::start().await;
    let (ada, visitor) = (server.agent("ada").await, server.visitor());
    let bot = server.bot(&server.add_bot(&server.site));
    let id = visitor.starts_with_bot("When are you open?").await;
    let stands = async || {
        let counts = ada.counts().await;
        let listed = ada.reads_on(Filter::Unassigned, None).await.len() as u64;
        assert_eq!(counts.unassigned, listed);
        (counts.open, counts.unassigned, counts.unread)
    };
    assert_eq!(stands().await, (1, 1, 1));
    bot.says(&id, "From nine to six.").await;
    assert_eq!(stands().await, (1, 0, 0));
    visitor.says(&id, "And on Sundays?").await;
    assert_eq!(stands().await, (1, 1, 1));
    ada.claims(&id).await;
    assert_eq!(stands().await, (1, 0, 1));
}

#[tokio::test]
async fn who_waits_longest_comes_first_page_by_page() {
    let server = TestServer::start().await;
    let (ada, ben) = (server.agent("ada").await, server.agent("ben").await);
    let visitor = server.visitor();
    let mut ids = Vec::new();
    for n in 0..6 {
        ids.push(visitor.starts(&format!("Question {n}")).await);
    }
    // Who writes again has waited as long as before. Who was answered waits since they wrote again.
    visitor.says(&ids[1], "Anybody?").await;
    ada.claims(&ids[0]).await;
    ada.says(&ids[0], "Hello!").await;
    ada.act(&ids[0], &json!("unclaim")).await;
    visitor.says(&ids[0], "Still there?").await;
    ben.claims(&ids[2]).await;
    let expected = [&ids[1], &ids[3], &ids[4], &ids[5], &ids[0]];

    let mut found = Vec::new();
    let mut after = None;
    loop {
        let from = after.map(|after| format!("&after={after}")).unwrap_or_default();
        let query = format!("?filter=unassigned&sort=waiting&limit=2{from}");
        let Listing { conversations, next, .. } = ada.folder(&query).await;
        found.extend(conversations);
        after = next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(found.iter().map(|it| &it.id).collect::<Vec<_>>(), expected);
    assert!(found.is_sorted_by_key(Conversation::waits_from));
    let newest = ada.folder("?filter=unassigned&sort=newest").await.conversations;
    assert_eq!(newest, ada.folder("?filter=unassigned").await.conversations);
    assert_eq!(newest[0].id, ids[0]);
    for query in ["?filter=open&sort=waiting", "?filter=unassigned&sort=oldest"] {
        let refused = ada.get(&format!("/conversations{query}")).await;
        assert_eq!(refused.refusal(), "422 filter_unknown", "{query}");
    }
}

#[tokio::test]
async fn what_was_left_comes_first_page_by_page_until_it_is_answered() {
    let server = TestServer::start().await;
    let (ada, ben) = (server.agent("ada").await, server.agent("ben").await);
    let visitor = server.visitor();
    let mut ids = Vec::new();
    for n in 0..4 {
        ids.push(visitor.starts(&format!("Night {n}")).await);
    }
    let (socket, _) = ada.socket().await;
    for n in 0..3 {
        ids.push(visitor.starts(&format!("Day {n}")).await);
    }
    // It was left first, whatever is written now; what is claimed, answered or closed leaves its place.
    visitor.says(&ids[1], "Now you are there").await;
    ben.claims(&ids[0]).await;
    ada.claims(&ids[2]).await;
    ada.says(&ids[2], "Good morning").await;
    ada.act(&ids[2], &json!("unclaim")).await;
    let expected = [&ids[1], &ids[3], &ids[2], &ids[6], &ids[5], &ids[4]];

    let in_pages = async || {
        let (mut found, mut before) = (Vec::new(), None);
        loop {
            let from = before.map(|before| format!("&before={before}")).unwrap_or_default();
            let query = format!("?filter=unassigned&sort=left&limit=2{from}");
            let Listing { conversations, next, .. } = ada.folder(&query).await;
            found.extend(conversations);
            before = next;
            if before.is_none() {
                return found;
            }
        }
    };
    let found = in_pages().await;
    assert_eq!(found.iter().map(|it| &it.id).collect::<Vec<_>>(), expected);
    let is_left = found.iter().map(|it| it.left.is_some()).collect::<Vec<_>>();
    assert_eq!(is_left, [true, true, false, false, false, false]);
    assert_eq!(ada.counts().await.unassigned, 6);
    // Tabs that were loaded before know no such order: theirs is as it was.
    let newest = ada.folder("?filter=unassigned").await.conversations;
    assert_eq!((newest.len(), &newest[0].id), (6, &ids[2]));
    // What was claimed is left still, and comes back to its place.
    assert!(ada.conversation(&ids[0]).await.left.is_some());
    ben.act(&ids[0], &json!("unclaim")).await;
    assert_eq!(in_pages().await[0].id, ids[0]);
    ada.claims(&ids[3]).await;
    ada.closes(&ids[3]).await;
    assert_eq!(ada.conversation(&ids[3]).await.left, None);
    let refused = ada.get("/conversations?filter=open&sort=left").await;
    assert_eq!(refused.refusal(), "422 filter_unknown");

    // Where it stands follows from the log.
    let state = ada.conversation(&ids[1]).await;
    let mut fold = Conversation::new(
        state.id.clone(),
        state.kind.clone(),
        state.visitor.clone(),
        state.started_at,
    );
    for event in &ada.events(&ids[1]).await {
        fold.apply(event);
    }
    assert_eq!(fold.left, state.left);
    // Outside of the opening hours nobody is there, whoever is online.
    let never = json!({ "on": true, "zone": "UTC", "week": [] });
    ada.put("/settings/hours", &never).await.ok::<Value>();
    visitor.says(&ids[5], "Hello?").await;
    assert!(ada.conversation(&ids[5]).await.left.is_some());
    drop(socket);
}

#[tokio::test]
async fn counts_are_of_the_agents_own_site() {
    let server = TestServer::start().await;
    let other = server.another_site();
    server.visitor().starts("Here").await;
    let there = server.visitor_of(&other);
    there.starts("There").await;
    there.starts("And there").await;
    assert_eq!(server.agent("ada").await.counts().await.open, 1);
    assert_eq!(server.agent("other-ada").await.counts().await.open, 2);
    // Visitors are not told how much there is to do.
    assert_eq!(there.sync(&hello()).await.counts, None);
}

#[tokio::test]
async fn a_folder_that_a_newer_client_knows_is_refused_by_name() {
    let server = TestServer::start().await;
    let ada = server.agent("ada").await;
    for name in ["snoozed", "Open", ""] {
        let refused = ada.get(&format!("/conversations?filter={name}")).await;
        assert_eq!(refused.refusal(), "422 filter_unknown", "{name:?}");
    }
    for filter in Filter::ALL {
        let path = format!("/conversations?filter={}", filter.as_str());
        ada.get(&path).await.ok::<Listing>();
    }
}

#[tokio::test]
async fn what_a_visitor_put_away_is_not_read_for_home() {
    let server = TestServer::start().await;
    let visitor = server.visitor();
    let kept = visitor.starts("The one that stays").await;
    for n in 0..12 {
        let id = visitor.starts(&format!("Put away {n}")).await;
        visitor.closes(&id).await;
    }
    assert_eq!(visitor.home().await, [kept]);
}
