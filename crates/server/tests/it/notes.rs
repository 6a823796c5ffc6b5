//! Internal notes are for agents. Nobody else receives anything of them but their place in the log.

use porchlight_protocol::wire::{Appended, Hello, ServerFrame};
use porchlight_protocol::{Act, Author, ConversationId, Event, EventBody};
use serde_json::{Value, json};

use crate::harness::*;

const NOTE: &str = "He always asks for a discount";

/// What would betray the note: its text, its author's name or id, its own id. Ben has done nothing
/// else in the conversation.
struct Betrayal(Vec<String>);

impl Betrayal {
    fn by(ben: &Agent, note: &Appended) -> Self {
        let client_id = note.events[0].client_id.as_ref().unwrap().to_string();
        Betrayal(vec![
            "discount".to_owned(),
            "\"note\"".to_owned(),
            "\"ben\"".to_owned(),
            ben.session.agent.id.to_string(),
            client_id,
        ])
    }

    #[track_caller]
    fn is_not_in(&self, text: &str) {
        for word in &self.0 {
            assert!(!text.contains(word.as_str()), "{word} in {text}");
        }
    }
}

fn note() -> Value {
    json!({"note": {"text": NOTE}})
}

#[tokio::test]
async fn neither_visitors_nor_bots_receive_anything_of_a_note() {
    let server = TestServer::start().await;
    let bot = server.bot(&server.add_bot(&server.site));
    let (visitor, ben) = (server.visitor(), server.agent("ben").await);
    let start = json!({"client_id": client_id(), "text": "Is it cheaper for two?", "bot": true});
    let started = visitor.post("/conversations", &start).await;
    let id: ConversationId =
        started.json()["conversation"]["id"].as_str().unwrap().parse().unwrap();
    let path = format!("/conversations/{id}");
    let (mut at_home, _) = visitor.socket().await;
    let (mut at_work, _) = ben.socket().await;
    let known = Hello { known: Some(visitor.sync(&hello()).await.revision), ..hello() };
    let polls: Vec<_> = [
        ((*visitor).clone(), format!("{path}/events?after=1&wait=25")),
        (bot.clone(), format!("{path}/events?after=1&wait=25")),
    ]
    .into_iter()
    .map(|(caller, path)| tokio::spawn(async move { caller.get(&path).await }))
    .collect();
    let sync = {
        let visitor = visitor.clone();
        tokio::spawn(async move { visitor.post("/sync?wait=25", &known).await })
    };

    // While it is open, and when it is closed.
    let first: Appended = ben.act(&id, &note()).await.ok();
    let betrayal = Betrayal::by(&ben, &first);
    let mut answers = vec![sync.await.unwrap()];
    for poll in polls {
        let answer = poll.await.unwrap();
        let page: porchlight_protocol::wire::Page = answer.ok();
        assert_eq!(page.head, 2);
        assert!(is_withheld(&page.events[0]), "{:?}", page.events);
        answers.push(answer);
    }
    bot.closes(&id).await;
    let second: Appended = ben.act(&id, &note()).await.ok();
    let more = Betrayal::by(&ben, &second);

    answers.push(visitor.post("/conversations", &start).await);
    answers.push(bot.get("/conversations").await);
    for caller in [&*visitor, &bot] {
        for query in ["", "?after=1", "?after=1&limit=1", "?before=3", "?before=99&limit=2"] {
            answers.push(caller.get(&format!("{path}/events{query}")).await);
        }
    }
    answers.push(visitor.get(&path).await);
    answers.push(visitor.post("/sync", &hello()).await);
    answers.push(visitor.act(&id, &message("The end")).await);
    for answer in &answers {
        assert!(answer.status.is_success(), "{answer:?}");
        betrayal.is_not_in(&answer.text);
        more.is_not_in(&answer.text);
    }

    // Live: the visitor hears that something was, in dense order; agents hear what.
    let mut heard = Vec::new();
    while heard.len() < 5 {
        let text = at_home.hear_text().await;
        betrayal.is_not_in(&text);
        more.is_not_in(&text);
        if let ServerFrame::Event { event, .. } = serde_json::from_str(&text).unwrap() {
            heard.push(event);
        }
    }
    let seqs: Vec<u64> = heard.iter().map(|event| event.seq).collect();
    assert_eq!(seqs, [2, 3, 4, 5, 6]);
    assert!(is_withheld(&heard[0]) && is_withheld(&heard[2]), "{heard:?}");
    assert_eq!(at_work.next_event().await, (id.clone(), first.events[0].clone()));
    assert_eq!(ben.events(&id).await[1], first.events[0]);
    let EventBody::Note { text } = &first.events[0].body else { panic!() };
    assert_eq!(text, NOTE);
}

fn is_withheld(event: &Event) -> bool {
    (&event.author, &event.client_id, &event.body)
        == (&Author::Withheld, &None, &EventBody::Withheld)
}

#[tokio::test]
async fn a_note_changes_nothing_that_a_visitor_could_see() {
    let server = TestServer::start().await;
    let (visitor, ada, ben) =
        (server.visitor(), server.agent("ada").await, server.agent("ben").await);
    let id = visitor.starts("Hello").await;
    let other = visitor.starts("Hello again").await;
    for closed in [false, true] {
        if closed {
            ada.claims(&id).await;
            ada.closes(&id).await;
        }
        let before = visitor.sync(&hello()).await.conversations;
        ben.act(&id, &note()).await.ok::<Appended>();
        let mut after = visitor.sync(&hello()).await.conversations;
        assert_eq!(after[0].id, other, "the order of Home is as it was");
        assert_eq!(after[1].head, before[1].head + 1);
        after[1].head = before[1].head;
        after[1].revision = before[1].revision;
        assert_eq!(after, before);
    }
    // Nor does it take the conversation over, or count as something unread for agents.
    let seen = ada.conversation(&id).await;
    assert_eq!(seen.assignee.map(|owner| owner.name), Some("ada".to_owned()));
    assert_eq!(seen.team_read.unread, [1]);
}

#[tokio::test]
async fn a_retry_of_a_note_is_the_same_note() {
    let server = TestServer::start().await;
    let (visitor, ben) = (server.visitor(), server.agent("ben").await);
    let id = visitor.starts("Hello").await;
    let name = client_id();
    let first = ben.act_as(&name, &id, &note()).await;
    let again = ben.act_as(&name, &id, &note()).await;
    assert_eq!((first.status.as_u16(), again.status.as_u16()), (201, 200));
    assert_eq!(first.text, again.text);
    // The name of the agent's act means nothing to the visitor.
    let act = visitor.act_as(&name, &id, &message("Hello?")).await;
    assert_eq!(act.status, 201);
}

#[tokio::test]
async fn a_note_is_a_text_of_an_agent() {
    let server = TestServer::start().await;
    let bot = server.bot(&server.add_bot(&server.site));
    let (visitor, ben) = (server.visitor(), server.agent("ben").await);
    let id = visitor.starts_with_bot("Hello").await;
    for caller in [&*visitor, &bot] {
        assert_eq!(caller.act(&id, &note()).await.refusal(), "403 not_allowed");
    }
    for (text, refusal) in [
        (" ", "422 text_empty"),
        ("\0\u{200b}", "422 text_empty"),
        (&"x".repeat(4_001), "422 text_too_long"),
    ] {
        let act = serde_json::to_value(Act::Note { text: text.to_owned() }).unwrap();
        assert_eq!(ben.act(&id, &act).await.refusal(), refusal);
    }
    let stranger = {
        server.another_site();
        server.agent("other-ada").await
    };
    assert_eq!(stranger.act(&id, &note()).await.refusal(), "404 conversation_unknown");
    assert_eq!(ben.conversation(&id).await.head, 1);
}
