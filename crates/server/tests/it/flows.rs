//! Flow bots: what a bot says and asks by itself.

use porchlight_protocol::bots::FlowVersions;
use porchlight_protocol::conversation::{Kind, Status};
use porchlight_protocol::limits::{BOTS_MAX, FLOW_VERSIONS_KEPT};
use porchlight_protocol::wire::{Appended, Started};
use porchlight_protocol::{
    Author, Conversation, ConversationId, Event, EventBody, Member, MemberId,
};
use porchlight_store::CheckedFlow;
use serde_json::{Value, json};

use crate::commands::{porchlight, refused, said};
use crate::harness::*;

mod hand_back;

/// Greets, asks what it is about, then for a name, and hands over.
fn flow() -> Value {
    json!({
        "flow": 1,
        "start": "greet",
        "steps": {
            "greet": {"say": {"en": "Hello!", "de": "Hallo!"}, "then": "topic"},
            "topic": {
                "ask": "How can I help?",
                "choices": [
                    {"label": "Opening hours", "value": "hours", "then": "hours"},
                    {"label": "A person", "value": "person", "then": "name"},
                    {"label": "Nothing", "value": "nothing", "then": "bye"}
                ],
                "again": "One of these, please.",
                "save": "topic"
            },
            "hours": {"say": "From 9 to 17.", "then": "pause"},
            "pause": {"wait_s": 60, "then": "more"},
            "more": {"ask": "And what else?", "save": "more", "then": "name"},
            "name": {
                "ask": "What is your name?",
                "choices": [{"label": "← Back", "then": "topic"}],
                "answer": "name",
                "save": "name",
                "then": "team"
            },
            "team": {"hand_over": "Thank you, {{name}}. One moment."},
            "bye": {"close": "Goodbye!"}
        }
    })
}

impl TestServer {
    /// A bot with this flow, published beside the running server.
    fn flow_bot(&self, flow: &Value) -> MemberId {
        self.add_bot(&self.site);
        self.publishes(flow);
        self.bot_ids().pop().unwrap()
    }

    fn bot_ids(&self) -> Vec<MemberId> {
        let store = self.beside();
        blocking(move || {
            let all = store.bots(None).unwrap();
            all.into_iter().map(|(_, bot)| bot.member.id).collect()
        })
    }

    /// Publishes a flow of the newest bot. Returns its version.
    fn publishes(&self, flow: &Value) -> u64 {
        let (store, flow) = (self.beside(), CheckedFlow::read(&flow.to_string()).unwrap());
        blocking(move || {
            let (_, bot) = store.bots(None).unwrap().pop().unwrap();
            store.publish_flow(&bot, &flow, None).unwrap()
        })
    }

    /// Publishes a flow of this bot, of whichever site.
    fn publishes_of(&self, bot: &MemberId, flow: &Value) {
        let (store, bot) = (self.beside(), bot.clone());
        let flow = CheckedFlow::read(&flow.to_string()).unwrap();
        blocking(move || {
            let mut all = store.bots(None).unwrap().into_iter();
            let (_, bot) = all.find(|(_, one)| one.member.id == bot).unwrap();
            store.publish_flow(&bot, &flow, None).unwrap();
        });
    }

    fn removes_the_bot(&self) {
        let store = self.beside();
        blocking(move || {
            let (_, bot) = store.bots(None).unwrap().pop().unwrap();
            store.remove_bot(&bot).unwrap();
        });
    }

    pub fn is_whole(&self) {
        let place = self.place();
        let report = blocking(move || place.check().unwrap());
        assert!(report.faults.is_empty(), "{:?}", report.faults);
    }
}

impl Visitor {
    /// Lets the bot begin.
    async fn is_greeted(&self) -> ConversationId {
        self.begins("", "en").await.conversation.id
    }

    async fn begins(&self, text: &str, language: &str) -> Started {
        let start =
            json!({"client_id": client_id(), "text": text, "bot": true, "language": language});
        self.post("/conversations", &start).await.ok()
    }

    /// Presses a button of the question with this `seq`.
    async fn chooses(&self, id: &ConversationId, question: u64, text: &str) -> Answer {
        self.act(id, &chosen(question, text)).await
    }

    async fn log(&self, id: &ConversationId) -> Vec<String> {
        texts(&self.events(id).await).into_iter().map(str::to_owned).collect()
    }
}

fn chosen(question: u64, text: &str) -> Value {
    json!({"message": {"text": text, "answers": question}})
}

fn hands_over(event: &Event) -> bool {
    matches!((&event.author, &event.body), (Author::Bot(_), EventBody::Assigned { to: None, .. }))
}

#[tokio::test]
async fn a_bot_begins_without_a_word_of_the_visitor_and_leads_to_the_team() {
    let server = TestServer::start().await;
    server.flow_bot(&flow());
    let (visitor, ada) = (server.visitor(), server.agent("ada").await);
    let Started { conversation, events } = visitor.begins("", "de-AT").await;
    assert!(matches!(&conversation.kind, Kind::Bot(bot) if bot.name == "Wick"));
    assert_eq!((conversation.head, texts(&events)), (2, vec!["Hallo!", "How can I help?"]));
    assert!(events.iter().all(|event| matches!(event.author, Author::Bot(_))));
    let EventBody::Message { choices, .. } = &events[1].body else { panic!("{events:?}") };
    assert_eq!(choices, &["Opening hours", "A person", "Nothing"]);
    assert_eq!(conversation.asked, Some(2));
    let id = conversation.id;
    let folder = async |name: &str| {
        let listed = ada.folder(&format!("?filter={name}")).await.conversations;
        listed.into_iter().map(|of| of.id).collect::<Vec<_>>()
    };
    assert_eq!(folder("unassigned").await, [], "the bot has it");

    let done: Appended = visitor.chooses(&id, 2, "A person").await.ok();
    let [Event { body, .. }] = &done.events[..] else {
        panic!("only what the visitor did: {done:?}");
    };
    assert_eq!((body, done.head), (&EventBody::message("A person"), 3));
    let wrong: Appended = visitor.act(&id, &message("42")).await.ok();
    assert_eq!((wrong.events.len(), wrong.head), (1, 5));
    visitor.says(&id, "Ada Lovelace").await;
    let log = visitor.events(&id).await;
    assert_eq!(
        texts(&log)[2..],
        [
            "A person",
            "What is your name?",
            "42",
            "What is your name?",
            "Ada Lovelace",
            "Thank you, Ada Lovelace. One moment."
        ]
    );
    assert!(hands_over(log.last().unwrap()), "{log:?}");
    assert!(ada.conversation(&id).await.handed_over);
    assert_eq!(folder("unassigned").await, [id.clone()]);
    // The bot is silent from now on.
    visitor.says(&id, "Hello?").await;
    assert_eq!(visitor.events(&id).await.len(), log.len() + 1);
    server.is_whole();
}

#[tokio::test]
async fn a_first_message_is_no_answer_and_what_is_typed_may_be_a_choice() {
    let server = TestServer::start().await;
    server.flow_bot(&flow());
    let visitor = server.visitor();
    let Started { conversation, events } = visitor.begins("Nothing", "en").await;
    assert_eq!(texts(&events), ["Nothing", "Hello!", "How can I help?"]);
    let id = conversation.id;
    visitor.says(&id, "what?").await;
    visitor.says(&id, " OPENING hours ").await;
    assert_eq!(
        visitor.log(&id).await[3..],
        ["what?", "One of these, please.", "OPENING hours", "From 9 to 17."]
    );
    server.is_whole();
}

#[tokio::test]
async fn only_a_bot_with_a_flow_begins_without_a_word() {
    let server = TestServer::start().await;
    let visitor = server.visitor();
    let start = |bot: bool| json!({"client_id": client_id(), "text": " \u{200b}", "bot": bot});
    assert_eq!(visitor.post("/conversations", &start(true)).await.refusal(), "403 not_allowed");
    server.add_bot(&server.site);
    for bot in [true, false] {
        assert_eq!(visitor.post("/conversations", &start(bot)).await.refusal(), "422 text_empty");
    }
    // A flow that says nothing begins nothing, and takes nothing away.
    server.publishes(&json!({"flow": 1, "start": "a", "steps": {"a": {"end": true}}}));
    assert_eq!(visitor.post("/conversations", &start(true)).await.refusal(), "422 text_empty");
    let id = visitor.starts_with_bot("Hello?").await;
    assert_eq!(visitor.log(&id).await, ["Hello?"]);
    assert_eq!(visitor.post("/conversations", &start(false)).await.refusal(), "422 text_empty");
    // There is nothing yet in which one could wait for the first word.
    let waits = json!({"flow": 1, "start": "a", "steps": {
        "a": {"wait_s": 5, "then": "b"}, "b": {"say": "Hello!", "then": "c"}, "c": {"end": true}
    }});
    server.publishes(&waits);
    let id = visitor.is_greeted().await;
    assert_eq!(visitor.log(&id).await, ["Hello!"]);
    server.is_whole();
}

#[tokio::test]
async fn a_language_that_is_none_is_ignored() {
    let server = TestServer::start().await;
    server.flow_bot(&flow());
    let visitor = server.visitor();
    for (language, greeting) in
        [("de_AT", "Hello!"), ("", "Hello!"), ("x\u{0}", "Hello!"), ("de", "Hallo!")]
    {
        let events = visitor.begins("", language).await.events;
        assert_eq!(texts(&events)[0], greeting, "{language:?}");
    }
    let long =
        json!({"client_id": client_id(), "text": "", "bot": true, "language": "d".repeat(5_000)});
    let started: Started = visitor.post("/conversations", &long).await.ok();
    assert_eq!(texts(&started.events)[0], "Hello!");
    let wrong = json!({"client_id": client_id(), "text": "", "bot": true, "language": 1});
    assert_eq!(visitor.post("/conversations", &wrong).await.refusal(), "400 malformed");
}

#[tokio::test]
async fn a_claim_silences_the_bot_for_good() {
    let server = TestServer::start().await;
    server.flow_bot(&flow());
    let (visitor, ada) = (server.visitor(), server.agent("ada").await);
    let id = visitor.is_greeted().await;
    visitor.chooses(&id, 2, "A person").await.ok::<Appended>();
    ada.claims(&id).await;
    visitor.says(&id, "Mia").await;
    let again = visitor.chooses(&id, 4, "← Back").await;
    assert_eq!(again.refusal(), "403 not_allowed", "its question is closed");
    ada.act(&id, &json!("unclaim")).await.ok::<Appended>();
    visitor.says(&id, "Mia?").await;
    assert_eq!(visitor.log(&id).await.last().unwrap(), "Mia?");
    server.is_whole();
}

#[tokio::test]
async fn a_bot_closes_what_is_done() {
    let server = TestServer::start().await;
    server.flow_bot(&flow());
    let (visitor, ada) = (server.visitor(), server.agent("ada").await);
    let id = visitor.is_greeted().await;
    visitor.chooses(&id, 2, "Nothing").await.ok::<Appended>();
    let closed: Conversation = ada.conversation(&id).await;
    assert!(matches!(&closed.status, Status::Closed { by: Author::Bot(_), .. }));
    // Who writes again, writes to people who look at open conversations.
    visitor.says(&id, "Wait").await;
    assert_eq!(visitor.log(&id).await[2..], ["Nothing", "Goodbye!", "Wait"]);
    assert!(!ada.conversation(&id).await.is_closed());
    server.is_whole();
}

#[tokio::test]
async fn a_retry_lets_the_bot_act_once() {
    let mut server = TestServer::start().await;
    server.flow_bot(&flow());
    let visitor = server.visitor();
    let start = json!({"client_id": client_id(), "text": "", "bot": true, "language": "en"});
    let first: Started = visitor.post("/conversations", &start).await.ok();
    // The page may be in another language by now.
    let retry = json!({"client_id": start["client_id"], "text": "", "bot": true, "language": "de"});
    let again = visitor.post("/conversations", &retry).await;
    assert_eq!((again.status.as_u16(), again.ok::<Started>()), (200, first.clone()));
    let id = first.conversation.id;
    let (name, act) = (client_id(), chosen(2, "A person"));
    let done: Appended = visitor.act_as(&name, &id, &act).await.ok();
    let log = visitor.events(&id).await;
    server.restart().await;
    let visitor = server.visitor_with(&server.site, visitor.key.clone());
    let again = visitor.act_as(&name, &id, &act).await;
    assert_eq!((again.status.as_u16(), again.ok::<Appended>()), (200, done));
    assert_eq!(visitor.events(&id).await, log);
    // And it goes on where it was.
    visitor.says(&id, "Mia").await;
    assert_eq!(visitor.log(&id).await.last().unwrap(), "Thank you, Mia. One moment.");
}

#[tokio::test]
async fn of_two_tabs_that_choose_one_is_first() {
    let server = TestServer::start().await;
    server.flow_bot(&flow());
    let visitor = server.visitor();
    for _ in 0..5 {
        let id = visitor.is_greeted().await;
        let other = server.visitor_with(&visitor.site, visitor.key.clone());
        let (one, two) = tokio::join!(
            visitor.chooses(&id, 2, "A person"),
            other.chooses(&id, 2, "Opening hours")
        );
        let refusals: Vec<String> = [&one, &two]
            .iter()
            .filter(|of| !of.status.is_success())
            .map(|of| of.refusal())
            .collect();
        assert_eq!(refusals, ["403 not_allowed"]);
        let log = visitor.log(&id).await;
        let answer = match log[2].as_str() {
            "A person" => "What is your name?",
            _ => "From 9 to 17.",
        };
        assert_eq!(log[3..], [answer], "{log:?}");
        visitor.closes(&id).await;
        let late = other.chooses(&id, 4, "← Back").await;
        assert_eq!(late.refusal(), "409 conversation_closed", "a choice re-opens nothing");
    }
    server.is_whole();
}

#[tokio::test]
async fn a_choice_is_taken_back_by_one_that_leads_back() {
    let server = TestServer::start().await;
    server.flow_bot(&flow());
    let visitor = server.visitor();
    let id = visitor.is_greeted().await;
    visitor.chooses(&id, 2, "A person").await.ok::<Appended>();
    for question in [1, 2, 3, 99] {
        let answer = visitor.chooses(&id, question, "Opening hours").await;
        assert_eq!(answer.refusal(), "403 not_allowed", "{question}");
    }
    visitor.chooses(&id, 4, "← Back").await.ok::<Appended>();
    visitor.chooses(&id, 6, "Opening hours").await.ok::<Appended>();
    assert_eq!(
        visitor.log(&id).await[2..],
        [
            "A person",
            "What is your name?",
            "← Back",
            "How can I help?",
            "Opening hours",
            "From 9 to 17."
        ]
    );
    let answer = visitor.chooses(&id, 6, "A person").await;
    assert_eq!(answer.refusal(), "403 not_allowed");
    server.is_whole();
}

#[tokio::test]
async fn a_wait_ends_by_the_clock_and_not_by_what_is_said_meanwhile() {
    let mut server = TestServer::start().await;
    server.flow_bot(&flow());
    let visitor = server.visitor();
    let id = visitor.is_greeted().await;
    visitor.chooses(&id, 2, "Opening hours").await.ok::<Appended>();
    server.time.passes(59 * 1_000);
    server.timer_looks().await;
    assert_eq!(visitor.log(&id).await.last().unwrap(), "From 9 to 17.");
    visitor.says(&id, "I see").await;
    // What comes due while the server is down goes on when it starts.
    server.stop().await;
    server.time.passes(2 * 1_000);
    server.run().await;
    let visitor = server.visitor_with(&server.site, visitor.key.clone());
    let goes_on = async || visitor.log(&id).await.last().unwrap() == "And what else?";
    until("the bot goes on", goes_on).await;
    server.timer_looks().await;
    assert_eq!(visitor.log(&id).await[3..], ["From 9 to 17.", "I see", "And what else?"]);
    visitor.says(&id, "That is all").await;
    assert_eq!(visitor.log(&id).await.last().unwrap(), "What is your name?");
    server.is_whole();
}

#[tokio::test]
#[ignore = "needs a PostgreSQL server"]
async fn a_wait_that_ends_at_two_nodes_ends_once() {
    let one = TestServer::start().await;
    let two = one.another_node().await;
    one.flow_bot(&flow());
    let mut waiting = Vec::new();
    for node in [&one, &two].repeat(4) {
        let visitor = node.visitor();
        let id = visitor.is_greeted().await;
        visitor.chooses(&id, 2, "Opening hours").await.ok::<Appended>();
        waiting.push((visitor, id));
    }
    one.time.passes(61 * 1_000);
    tokio::join!(one.timer_looks(), two.timer_looks());
    for (visitor, id) in &waiting {
        assert_eq!(visitor.log(id).await[3..], ["From 9 to 17.", "And what else?"]);
    }
    one.is_whole();
}

#[tokio::test]
async fn a_wait_wakes_a_timer_that_has_nothing_else_to_do() {
    let server = TestServer::start_with(|config| {
        config.timer_every = std::time::Duration::from_secs(60);
    })
    .await;
    let mut flow = flow();
    flow["steps"]["pause"]["wait_s"] = json!(1);
    server.flow_bot(&flow);
    let visitor = server.visitor();
    let id = visitor.is_greeted().await;
    let rounds = server.timer().rounds();
    visitor.says(&id, "Who?").await;
    assert_eq!(server.timer().rounds(), rounds, "an answer is nothing to wake up for");
    visitor.chooses(&id, 4, "Opening hours").await.ok::<Appended>();
    let goes_on = async || visitor.log(&id).await.last().unwrap() == "And what else?";
    until("the bot goes on", goes_on).await;
    assert!(server.timer().rounds() <= rounds + 4, "it sleeps, it does not ask again and again");
}

#[tokio::test]
async fn a_wait_in_what_was_claimed_or_closed_wakes_nobody() {
    let server = TestServer::start().await;
    server.flow_bot(&flow());
    let (visitor, ada) = (server.visitor(), server.agent("ada").await);
    let mut waiting = Vec::new();
    for _ in 0..2 {
        let id = visitor.is_greeted().await;
        visitor.chooses(&id, 2, "Opening hours").await.ok::<Appended>();
        waiting.push(id);
    }
    ada.claims(&waiting[0]).await;
    visitor.closes(&waiting[1]).await;
    server.time.passes(2 * MINUTE);
    server.timer_looks().await;
    server.timer_looks().await;
    let last = async |id| visitor.log(id).await.pop().unwrap();
    assert_eq!(last(&waiting[0]).await, "From 9 to 17.");
    assert_eq!(last(&waiting[1]).await, "From 9 to 17.");
    visitor.says(&waiting[1], "Still there?").await;
    assert_eq!(last(&waiting[1]).await, "Still there?");
    server.is_whole();
}

#[tokio::test]
async fn a_conversation_keeps_the_version_with_which_it_began() {
    let server = TestServer::start().await;
    server.flow_bot(&flow());
    let visitor = server.visitor();
    let old = visitor.is_greeted().await;
    assert_eq!(server.publishes(&flow()), 1, "the same flow is no new version");
    let mut newer = flow();
    newer["steps"]["name"]["ask"] = json!("Who are you?");
    assert_eq!(server.publishes(&newer), 2);
    newer["steps"]["name"]["ask"] = json!("And you are?");
    assert_eq!(server.publishes(&newer), 3);
    let new = visitor.is_greeted().await;
    for (id, question) in [(&old, "What is your name?"), (&new, "And you are?")] {
        visitor.chooses(id, 2, "A person").await.ok::<Appended>();
        assert_eq!(visitor.log(id).await.last().unwrap(), question);
    }
    server.is_whole();
}

#[tokio::test]
async fn the_newest_versions_are_kept_and_those_that_conversations_go_by() {
    let server = TestServer::start().await;
    let bot = server.flow_bot(&flow());
    let (visitor, ben) = (server.visitor(), server.agent("ben").await);
    let old = visitor.is_greeted().await;
    let path = format!("/bots/{bot}/flow/versions");
    let kept = async || -> Vec<u64> {
        let found: FlowVersions = ben.get(&path).await.ok();
        assert_eq!(found.published, found.versions.first().map(|newest| newest.version));
        found.versions.iter().map(|of| of.version).collect()
    };
    let last = FLOW_VERSIONS_KEPT as u64 + 3;
    let text = |version: u64| format!("You are number {version}?");
    let mut newer = flow();
    for version in 2..=last {
        newer["steps"]["name"]["ask"] = json!(text(version));
        assert_eq!(server.publishes(&newer), version);
    }
    let mut expected: Vec<u64> = (4..=last).rev().collect();
    expected.push(1);
    assert_eq!(kept().await, expected, "a conversation goes by the first");
    for version in [4, last] {
        let page: Value = ben.get(&format!("{path}/{version}")).await.ok();
        assert_eq!(page["version"], version);
        assert_eq!(page["flow"]["steps"]["name"]["ask"], json!(text(version)));
    }
    assert_eq!(ben.get(&format!("{path}/2")).await.refusal(), "404 not_found");

    visitor.chooses(&old, 2, "A person").await.ok::<Appended>();
    visitor.says(&old, "Mia").await;
    newer["steps"]["name"]["ask"] = json!(text(last + 1));
    assert_eq!(server.publishes(&newer), last + 1);
    assert_eq!(kept().await, (5..=last + 1).rev().collect::<Vec<_>>(), "the first has ended");
    server.is_whole();
}

#[tokio::test]
async fn versions_are_read_by_the_bots_team_alone() {
    let server = TestServer::start().await;
    server.add_bot(&server.site);
    let bot = server.bot_ids().pop().unwrap();
    let (ada, ben) = (server.agent("ada").await, server.agent("ben").await);
    let flow_path = format!("/bots/{bot}/flow");
    let path = format!("{flow_path}/versions");
    assert_eq!(ben.get(&path).await.ok::<Value>(), json!({"versions": []}));
    ada.put(&flow_path, &flow()).await.ok::<Value>();
    let listed: Value = ben.get(&path).await.ok();
    let at = listed["versions"][0]["at"].clone();
    assert!(at.as_i64().is_some_and(|at| at > 0), "{listed}");
    let version = json!({"version": 1, "at": at});
    assert_eq!(listed, json!({"published": 1, "versions": [version]}));
    let page = json!({"version": 1, "flow": flow()});
    assert_eq!(ben.get(&format!("{path}/1")).await.ok::<Value>(), page);

    // Published again it is the same version, and it is still of the time at which it was published first.
    server.time.passes(MINUTE);
    assert_eq!(ada.delete(&flow_path).await.status, 204);
    assert_eq!(ben.get(&path).await.ok::<Value>(), json!({"versions": [version]}));
    ada.put(&flow_path, &flow()).await.ok::<Value>();
    assert_eq!(ben.get(&path).await.ok::<Value>(), listed);

    for none in ["0", "2", "x", "-1", "99999999999999999999", "18446744073709551615"] {
        assert_eq!(ben.get(&format!("{path}/{none}")).await.refusal(), "404 not_found", "{none}");
    }
    for none in ["/bots/x/flow", &format!("/bots/{}/flow", MemberId::from_bytes([9; 16]))] {
        for what in ["versions", "versions/1"] {
            assert_eq!(ada.get(&format!("{none}/{what}")).await.refusal(), "404 not_found");
        }
    }
    let stranger = server.caller();
    let other = server.another_site();
    server.add_bot(&other);
    let theirs = server.bot_ids().into_iter().find(|id| *id != bot).unwrap();
    server.publishes_of(&theirs, &flow());
    for what in ["versions", "versions/1"] {
        let outside = stranger.get(&format!("/api/v1/agent{flow_path}/{what}")).await;
        assert_eq!(outside.refusal(), "401 sign_in_required");
        let foreign = ada.get(&format!("/bots/{theirs}/flow/{what}")).await;
        assert_eq!(foreign.refusal(), "404 not_found");
    }
    server.is_whole();
}

#[tokio::test]
async fn of_two_admins_who_publish_at_once_the_second_looks_first() {
    let server = TestServer::start().await;
    server.add_bot(&server.site);
    let bot = server.bot_ids().pop().unwrap();
    let ada = server.agent("ada").await;
    let path = format!("/bots/{bot}/flow");
    let after = |version: &str| format!("{path}?after={version}");
    let says = |text: &str| {
        let mut flow = flow();
        flow["steps"]["greet"]["say"] = json!(text);
        flow
    };
    let on = async || ada.get(&path).await.ok::<Value>();
    assert_eq!(ada.put(&after("0"), &says("A")).await.ok::<Value>(), json!({"version": 1}));
    assert_eq!(ada.put(&after("0"), &says("B")).await.refusal(), "409 flow_changed");
    // An answer may be lost: the same again is what was done.
    assert_eq!(ada.put(&after("0"), &says("A")).await.ok::<Value>(), json!({"version": 1}));
    assert_eq!(ada.put(&after("1"), &says("B")).await.ok::<Value>(), json!({"version": 2}));
    assert_eq!(ada.put(&after("1"), &says("C")).await.refusal(), "409 flow_changed");
    assert_eq!(ada.put(&after("9"), &says("C")).await.refusal(), "409 flow_changed");
    assert_eq!(on().await, json!({"version": 2, "newest": 2, "flow": says("B")}));
    // Who has problems is told of these, and who does not say what they saw is not refused.
    assert_eq!(ada.put(&after("1"), &json!({})).await.refusal(), "422 flow_invalid");
    assert_eq!(ada.put(&path, &says("C")).await.ok::<Value>(), json!({"version": 3}));
    for none in ["x", "-1", ""] {
        assert_eq!(ada.put(&after(none), &says("D")).await.refusal(), "400 malformed");
        assert_eq!(ada.delete(&after(none)).await.refusal(), "400 malformed");
    }

    // Nobody switches off what they have not seen.
    assert_eq!(ada.delete(&after("2")).await.refusal(), "409 flow_changed");
    assert_eq!(on().await["version"], 3);
    assert_eq!(ada.delete(&after("3")).await.status, 204);
    assert_eq!(on().await, json!({"newest": 3, "flow": says("C")}));
    assert_eq!(ada.delete(&after("2")).await.status, 204, "it is off");
    // What was published before it was switched off counts as well.
    assert_eq!(ada.put(&after("2"), &says("D")).await.refusal(), "409 flow_changed");
    assert_eq!(ada.put(&after("3"), &says("D")).await.ok::<Value>(), json!({"version": 4}));
    server.is_whole();
}

#[tokio::test]
async fn a_flow_that_is_switched_off_goes_on_where_it_has_begun() {
    let server = TestServer::start().await;
    server.flow_bot(&flow());
    let visitor = server.visitor();
    let id = visitor.is_greeted().await;
    let folder = server.folder.path();
    let off = said(&porchlight(folder, &["bot", "off", "Wick"], ""));
    assert!(off.contains("Wick's flow off"), "{off}");
    assert!(said(&porchlight(folder, &["bot", "off", "Wick"], "")).contains("no flow that is on"));
    visitor.chooses(&id, 2, "A person").await.ok::<Appended>();
    assert_eq!(visitor.log(&id).await.last().unwrap(), "What is your name?");
    let without = visitor.starts_with_bot("Hello?").await;
    assert_eq!(visitor.log(&without).await, ["Hello?"]);
    assert_eq!(server.publishes(&flow()), 1, "on again, as it was");
    visitor.is_greeted().await;
    server.is_whole();
}

#[tokio::test]
async fn conversations_of_a_bot_that_is_removed_go_to_the_team() {
    let server = TestServer::start().await;
    server.flow_bot(&flow());
    let (visitor, ada) = (server.visitor(), server.agent("ada").await);
    let (asked, waits) = (visitor.is_greeted().await, visitor.is_greeted().await);
    visitor.chooses(&waits, 2, "Opening hours").await.ok::<Appended>();
    server.removes_the_bot();
    let done: Appended = visitor.chooses(&asked, 2, "A person").await.ok();
    assert_eq!(done.events.len(), 1);
    server.time.passes(2 * MINUTE);
    server.timer_looks().await;
    for id in [&asked, &waits] {
        let handed = async || ada.conversation(id).await.handed_over;
        until("it is handed over", handed).await;
        assert!(hands_over(visitor.events(id).await.last().unwrap()));
    }
    visitor.says(&asked, "Hello?").await;
    assert_eq!(ada.folder("?filter=unassigned").await.conversations.len(), 2);
    let start = json!({"client_id": client_id(), "text": "", "bot": true});
    assert_eq!(visitor.post("/conversations", &start).await.refusal(), "403 not_allowed");
    server.is_whole();
}

#[tokio::test]
async fn what_can_not_be_read_of_a_flow_or_a_run_keeps_no_visitor_from_writing() {
    let server = TestServer::start_with(|_| {}).await;
    if std::env::var("PORCHLIGHT_TEST_POSTGRES").is_ok() {
        return;
    }
    server.flow_bot(&flow());
    let (visitor, ada) = (server.visitor(), server.agent("ada").await);
    let mut all = Vec::new();
    for _ in 0..3 {
        all.push(visitor.is_greeted().await);
    }
    visitor.chooses(&all[2], 2, "Opening hours").await.ok::<Appended>();
    let damage = |id: &ConversationId| {
        let id = id.to_string();
        let damage = move |sql: &rusqlite::Connection| {
            sql.execute("UPDATE runs SET state = '{' WHERE conversation = ?1", [id.as_str()])
        };
        with_file(server.folder.path(), damage).unwrap();
    };
    damage(&all[0]);
    damage(&all[2]);
    server.time.passes(2 * MINUTE);
    server.timer_looks().await;
    let handed = async || ada.conversation(&all[2]).await.handed_over;
    until("what waits is handed over", handed).await;
    visitor.says(&all[0], "Hello?").await;
    with_file(server.folder.path(), |sql| sql.execute("UPDATE flows SET flow = '[]'", [])).unwrap();
    visitor.says(&all[1], "Hello?").await;
    for id in &all[..2] {
        let log = visitor.events(id).await;
        assert_eq!(texts(&log).last(), Some(&"Hello?"));
        assert!(hands_over(log.last().unwrap()), "{log:?}");
    }
    // Nobody answers a new one either, so the team does.
    let new = visitor.begins("", "en").await;
    assert!(new.conversation.handed_over && new.events.len() == 1, "{new:?}");
    let new = visitor.begins("Hello?", "en").await;
    assert!(new.conversation.handed_over && new.events.len() == 2, "{new:?}");
    let report = server.place().check().unwrap();
    assert!(report.faults.iter().any(|fault| fault.contains("flow")), "{:?}", report.faults);
}

#[tokio::test]
async fn the_bot_that_greets_is_in_the_document_and_the_one_with_a_flow_answers() {
    let server = TestServer::start().await;
    let label = async || {
        let text = server.caller().get(&format!("/chat/{}?lang=de", server.site)).await.text;
        let (_, config) = text.split_once("id=\"porchlight-config\">")?;
        let config: Value = serde_json::from_str(config.split_once("</script>")?.0).unwrap();
        Some(config["bots"][0]["label"].clone())
    };
    server.add_bot(&server.site);
    let bot = server.flow_bot(&flow());
    // Without the build, there is no document to look into.
    if let Some(shown) = label().await {
        assert_eq!(shown, "Unterhaltung mit Wick");
        said(&porchlight(server.folder.path(), &["bot", "off", bot.as_str()], ""));
        assert_eq!(label().await, Some(Value::Null));
        server.publishes(&flow());
    }
    let started = server.visitor().begins("", "en").await;
    let Kind::Bot(Member { id, .. }) = started.conversation.kind else { panic!("{started:?}") };
    assert_eq!(id, bot, "the second, which has a flow");
}

#[tokio::test]
async fn admins_publish_by_the_api() {
    let server = TestServer::start().await;
    server.add_bot(&server.site);
    let (ada, ben) = (server.agent("ada").await, server.agent("ben").await);
    let bot = server.bot_ids().pop().unwrap();
    let path = format!("/bots/{bot}/flow");
    let listed: Value = ben.get("/bots").await.ok();
    assert_eq!(listed, json!({"bots": [{"bot": {"id": bot, "name": "Wick"}}]}));
    assert_eq!(ben.get(&path).await.ok::<Value>(), json!({}));
    assert_eq!(ada.put(&path, &flow()).await.ok::<Value>(), json!({"version": 1}));
    assert_eq!(ada.put(&path, &flow()).await.ok::<Value>(), json!({"version": 1}));
    let page = json!({"version": 1, "newest": 1, "flow": flow()});
    assert_eq!(ben.get(&path).await.ok::<Value>(), page);
    assert_eq!(ben.get("/bots").await.ok::<Value>()["bots"][0]["version"], 1);
    let id = server.visitor().is_greeted().await;
    assert_eq!(ada.conversation(&id).await.head, 2);

    // Plans have nothing to do with it, roles have.
    server.set_plan(porchlight_protocol::Plan::Starter);
    let mut newer = flow();
    newer["steps"]["greet"]["say"] = json!("Hi!");
    assert_eq!(ada.put(&path, &newer).await.ok::<Value>(), json!({"version": 2}));
    assert_eq!(ben.put(&path, &newer).await.refusal(), "403 role_required");
    assert_eq!(ben.delete(&path).await.refusal(), "403 role_required");
    assert_eq!(
        server.caller().get(&format!("/api/v1/agent{path}")).await.refusal(),
        "401 sign_in_required"
    );
    let forged = ada.without("x-csrf-token");
    assert_eq!(forged.put(&path, &newer).await.refusal(), "403 csrf_token_invalid");
    for none in ["/bots/x/flow", &format!("/bots/{}/flow", MemberId::from_bytes([9; 16]))] {
        assert_eq!(ada.get(none).await.refusal(), "404 not_found");
        assert_eq!(ada.put(none, &newer).await.refusal(), "404 not_found");
        assert_eq!(ada.delete(none).await.refusal(), "404 not_found");
    }
    // Nor does another site's admin reach it.
    let other = server.another_site();
    server.add_bot(&other);
    let theirs = server.bot_ids().into_iter().find(|id| *id != bot).unwrap();
    assert_eq!(ada.put(&format!("/bots/{theirs}/flow"), &newer).await.refusal(), "404 not_found");

    for _ in 0..2 {
        assert_eq!(ada.delete(&path).await.status, 204);
        // It can be switched on again: it is still there.
        assert_eq!(ada.get(&path).await.ok::<Value>(), json!({"newest": 2, "flow": newer}));
        assert_eq!(ada.get("/bots").await.ok::<Value>()["bots"][0].get("version"), None);
    }
    assert_eq!(ada.put(&path, &newer).await.ok::<Value>(), json!({"version": 2}));
    let schema: Value = server.caller().get("/api/v1/flow.schema.json").await.ok();
    assert!(schema["properties"]["steps"].is_object());
}

#[tokio::test]
async fn admins_add_bots() {
    let server = TestServer::start().await;
    let (ada, ben) = (server.agent("ada").await, server.agent("ben").await);
    let named = |name: &str| json!({"name": name});
    let answer = ada.post("/bots", &named("  Lumen\n")).await;
    assert_eq!(answer.status, 201);
    let added = answer.json();
    assert_eq!((&added["bot"]["name"], added.get("version")), (&json!("Lumen"), None));
    assert_eq!(added.as_object().unwrap().len(), 1, "and no token: {added}");
    assert_eq!(ben.get("/bots").await.ok::<Value>(), json!({"bots": [added]}));
    let path = format!("/bots/{}/flow", added["bot"]["id"].as_str().unwrap());
    assert_eq!(ada.get(&path).await.ok::<Value>(), json!({}));
    assert_eq!(ada.put(&path, &flow()).await.ok::<Value>(), json!({"version": 1}));
    server.visitor().is_greeted().await;

    assert_eq!(ben.post("/bots", &named("Wick")).await.refusal(), "403 role_required");
    let forged = ada.without("x-csrf-token");
    assert_eq!(forged.post("/bots", &named("Wick")).await.refusal(), "403 csrf_token_invalid");
    for (name, refusal) in [
        ("", "422 text_empty"),
        (" \u{200b} ", "422 text_empty"),
        ("x".repeat(81).as_str(), "422 text_too_long"),
    ] {
        assert_eq!(ada.post("/bots", &named(name)).await.refusal(), refusal);
    }
    for body in [json!({}), json!({"name": 1}), json!({"name": "Wick", "token": "plb_x"})] {
        assert_eq!(ada.post("/bots", &body).await.refusal(), "400 malformed");
    }

    // Those of another site don't count, and aren't seen.
    server.add_bot(&server.another_site());
    for number in 2..=BOTS_MAX {
        let answer = ada.post("/bots", &named(&format!("Bot {number}"))).await;
        assert_eq!(answer.status, 201, "{number}");
    }
    assert_eq!(ada.post("/bots", &named("Wick")).await.refusal(), "409 too_many_bots");
    let listed: Value = ada.get("/bots").await.ok();
    assert_eq!(listed["bots"].as_array().unwrap().len(), BOTS_MAX);
    server.is_whole();
}

#[tokio::test]
async fn a_flow_with_problems_is_refused_with_all_of_them() {
    let server = TestServer::start().await;
    let bot = server.flow_bot(&flow());
    let ada = server.agent("ada").await;
    let path = format!("/bots/{bot}/flow");
    let huge =
        json!({"flow": 1, "start": "a", "steps": {"a": {"say": "x".repeat(250_000), "then": "a"}}});
    let cyclic = json!({"flow": 1, "start": "a", "steps": {
        "a": {"say": "A", "then": "b"}, "b": {"say": "B", "then": "a"}
    }});
    for (flow, problem) in [
        (json!([]), "malformed"),
        (json!({"flow": 1, "start": "a", "steps": {"a": {"sing": "La"}}}), "malformed"),
        (json!({"flow": 2}), "version"),
        (huge, "text"),
        (cyclic, "loop"),
    ] {
        let answer = ada.put(&path, &flow).await;
        assert_eq!(answer.refusal(), "422 flow_invalid");
        let problems = answer.json()["problems"].clone();
        let kinds: Vec<&str> = problems
            .as_array()
            .unwrap()
            .iter()
            .filter_map(|of| of["what"]["problem"].as_str())
            .collect();
        assert!(kinds.contains(&problem), "{problems}");
        assert!(problems[0]["message"].as_str().is_some_and(|message| !message.is_empty()));
    }
    let several = "{\"flow\": 1, \"start\": \"a\", \"steps\": {\n\"a\": {\"say\": \"\", \"then\": \"b\"},\n\
        \"c\": {\"end\": true}}}";
    let answer = ada.send(reqwest::Method::PUT, &path, several).await;
    let problems = answer.json()["problems"].clone();
    assert!(problems.as_array().unwrap().len() >= 3, "{problems}");
    assert_eq!((&problems[0]["line"], &problems[0]["step"]), (&json!(2), &json!("a")));
    for (body, refusal) in
        [(vec![0xff, 0xfe], "400 malformed"), (vec![b' '; 300 * 1024], "413 body_too_large")]
    {
        let answer = ada.send(reqwest::Method::PUT, &path, body).await;
        assert_eq!(answer.refusal(), refusal);
    }
    assert_eq!(ada.get(&path).await.ok::<Value>()["version"], 1, "nothing has changed");
}

#[tokio::test]
async fn commands_check_publish_and_list() {
    let server = TestServer::start().await;
    server.add_bot(&server.site);
    let folder = server.folder.path();
    let file = folder.join("flow.json");
    let path = file.to_str().unwrap();
    std::fs::write(&file, flow().to_string()).unwrap();
    assert!(said(&porchlight(folder, &["bot", "check", path], "")).contains("can be published"));
    let published = said(&porchlight(folder, &["bot", "publish", "Wick", path], ""));
    assert_eq!(published, "Published version 1 of Wick's flow.\n");
    assert!(said(&porchlight(folder, &["bot", "list"], "")).contains("\tflow 1\n"));
    let shown = said(&porchlight(folder, &["bot", "show", "Wick"], ""));
    assert_eq!(serde_json::from_str::<Value>(&shown).unwrap(), flow());
    let mut newer = flow();
    newer["steps"]["greet"]["say"] = json!("Hi!");
    server.publishes(&newer);
    let versions = said(&porchlight(folder, &["bot", "versions", "Wick"], ""));
    assert_eq!(versions, "2\tpublished within the hour\ton\n1\tpublished within the hour\n");
    assert_eq!(said(&porchlight(folder, &["bot", "show", "Wick", "1"], "")), shown);
    let none = refused(&porchlight(folder, &["bot", "show", "Wick", "3"], ""));
    assert!(none.contains("no version 3: porchlight bot versions Wick"), "{none}");
    server.visitor().is_greeted().await;
    newer["steps"]["greet"]["say"] = json!("Hello!");
    std::fs::write(&file, newer.to_string()).unwrap();
    let after =
        |version| porchlight(folder, &["bot", "publish", "Wick", path, "--after", version], "");
    let late = refused(&after("1"));
    assert!(
        late.contains("porchlight bot versions Wick") && late.contains("newer version"),
        "{late}"
    );
    assert_eq!(said(&after("2")), "Published version 3 of Wick's flow.\n");

    std::fs::write(
        &file,
        "{\"flow\": 1, \"start\": \"a\", \"steps\": {\n\"a\": {\"say\": \"\", \"then\": \"b\"}}}",
    )
    .unwrap();
    for args in [vec!["bot", "check", path], vec!["bot", "publish", "Wick", path]] {
        let output = porchlight(folder, &args, "");
        assert_eq!(output.status.code(), Some(1));
        let told = String::from_utf8(output.stdout.clone()).unwrap();
        let mut lines: Vec<&str> = told.lines().collect();
        lines.sort_unstable();
        assert_eq!(lines.len(), 2, "{told}");
        assert!(
            lines.iter().all(|line| line.starts_with(&format!("{path}:2: step a: "))),
            "{told}"
        );
        assert!(refused(&output).contains("2 problems"));
    }
    for (args, words) in [
        (["bot", "publish", "Nobody", path], "problems"),
        (["bot", "publish", "Wick", "/nowhere.json"], "can't read"),
    ] {
        assert!(refused(&porchlight(folder, &args, "")).contains(words), "{args:?}");
    }
    assert!(refused(&porchlight(folder, &["bot", "off", "Nobody"], "")).contains("no bot Nobody"));
    std::fs::write(&file, [0xff]).unwrap();
    assert!(refused(&porchlight(folder, &["bot", "check", path], "")).contains("UTF-8"));
}

/// What was saved goes with those whom it is about.
#[tokio::test]
async fn runs_and_flows_go_with_their_visitor_and_their_site() {
    let server = TestServer::start().await;
    server.flow_bot(&flow());
    let visitor = server.visitor();
    let id = visitor.is_greeted().await;
    visitor.chooses(&id, 2, "Opening hours").await.ok::<Appended>();
    let who = server.agent("ada").await.conversation(&id).await.visitor;
    let folder = server.folder.path();
    let erase = ["visitor", "erase", "--yes", "--visitor", who.as_str()];
    said(&porchlight(folder, &erase, ""));
    server.time.passes(2 * MINUTE);
    server.timer_looks().await;
    server.visitor().is_greeted().await;
    server.is_whole();
    let site = server.site.as_str();
    said(&porchlight(folder, &["site", "remove", "--yes", site], ""));
    assert_eq!(server.bot_ids(), []);
    server.is_whole();
}

/// The demo's bot.
#[test]
fn the_flow_of_the_demo_can_be_published() {
    let flow = include_str!("../../src/demo/flow.json");
    CheckedFlow::read(flow).unwrap_or_else(|problems| panic!("{problems:?}"));
}
