//! An agent hands a conversation back to the bot from which they took it over.

use super::*;

const BACK: &str = "hand_over";

impl Agent {
    async fn hands_back(&self, id: &ConversationId) -> Appended {
        self.act(id, &json!(BACK)).await.ok()
    }

    async fn unassigned(&self) -> Vec<ConversationId> {
        let listed = self.folder("?filter=unassigned").await.conversations;
        listed.into_iter().map(|of| of.id).collect()
    }
}

/// Asks twice, and ends without handing over.
fn short() -> Value {
    json!({"flow": 1, "start": "a", "steps": {
        "a": {"ask": "A?", "save": "a", "then": "b"},
        "b": {"ask": "B?", "save": "b", "then": "c"},
        "c": {"say": "{{a}} and {{b}}.", "then": "end"},
        "end": {"end": true}
    }})
}

/// The bot has asked for a name, which is event 4, and Ada has taken over.
async fn taken_over(server: &TestServer) -> (Visitor, Agent, ConversationId) {
    let (visitor, ada) = (server.visitor(), server.agent("ada").await);
    let id = visitor.is_greeted().await;
    visitor.chooses(&id, 2, "A person").await.ok::<Appended>();
    ada.claims(&id).await;
    (visitor, ada, id)
}

#[tokio::test]
async fn the_bot_asks_again_and_goes_on_with_what_it_knows() {
    let mut server = TestServer::start().await;
    server.flow_bot(&flow());
    let (visitor, ada, id) = taken_over(&server).await;
    visitor.says(&id, "Mia").await;
    ada.says(&id, "Good morning, Mia.").await;
    server.restart().await;
    let visitor = server.visitor_with(&server.site, visitor.key.clone());
    let ada = server.agent("ada").await;
    visitor.says(&id, "Back to the bot, please.").await;

    let done = ada.hands_back(&id).await;
    let [Event { body, author: Author::Agent(by), .. }] = &done.events[..] else {
        panic!("what the agent did: {done:?}");
    };
    assert_eq!((body, by.name.as_str()), (&EventBody::handed_back(), "ada"));
    let log = visitor.events(&id).await;
    let [.., back, asked] = &log[..] else { panic!("{log:?}") };
    assert_eq!(back.body, EventBody::handed_back());
    let EventBody::Message { text, choices, .. } = &asked.body else { panic!("{asked:?}") };
    assert_eq!((text.as_str(), &choices[..]), ("What is your name?", &["← Back".to_owned()][..]));
    assert!(matches!(&asked.author, Author::Bot(bot) if bot.name == "Wick"));
    let now = ada.conversation(&id).await;
    assert_eq!((now.asked, now.assignee.as_ref()), (Some(asked.seq), None));
    assert!(now.is_with_bot() && now.waits_since().is_none());
    assert_eq!(ada.unassigned().await, []);

    let old = visitor.chooses(&id, 4, "← Back").await;
    assert_eq!(old.refusal(), "403 not_allowed", "the question before is closed");
    visitor.says(&id, "Mia").await;
    assert_eq!(visitor.log(&id).await.last().unwrap(), "Thank you, Mia. One moment.");
    assert_eq!(ada.unassigned().await, [id.clone()]);
    // The flow is at its end.
    ada.claims(&id).await;
    assert_eq!(ada.act(&id, &json!(BACK)).await.refusal(), "403 not_allowed");
    server.is_whole();
}

#[tokio::test]
async fn a_claim_takes_it_over_again_as_often_as_one_likes() {
    let server = TestServer::start().await;
    server.flow_bot(&flow());
    let (visitor, ada, id) = taken_over(&server).await;
    for _ in 0..3 {
        ada.hands_back(&id).await;
        ada.claims(&id).await;
        visitor.says(&id, "Mia").await;
        assert_eq!(visitor.log(&id).await.last().unwrap(), "Mia", "the bot is silent");
        // Whoever gives up a conversation leaves it to the team, and the next one may hand it back.
        ada.act(&id, &json!("unclaim")).await.ok::<Appended>();
        visitor.says(&id, "Mia").await;
        assert_eq!(visitor.log(&id).await.last().unwrap(), "Mia", "the bot is silent");
        ada.claims(&id).await;
    }
    ada.hands_back(&id).await;
    assert_eq!(visitor.log(&id).await.last().unwrap(), "What is your name?");
    server.is_whole();
}

#[tokio::test]
async fn only_who_has_it_hands_back_what_a_bot_can_have() {
    let server = TestServer::start().await;
    server.flow_bot(&flow());
    let (visitor, ada, id) = taken_over(&server).await;
    let ben = server.agent("ben").await;
    assert_eq!(ben.act(&id, &json!(BACK)).await.refusal(), "403 claim_required");
    assert_eq!(visitor.act(&id, &json!(BACK)).await.refusal(), "403 not_allowed");
    let live = visitor.starts("Hello").await;
    ada.claims(&live).await;
    assert_eq!(ada.act(&live, &json!(BACK)).await.refusal(), "403 not_allowed");
    ada.closes(&id).await;
    assert_eq!(ada.act(&id, &json!(BACK)).await.refusal(), "409 conversation_closed");
    // Whoever opens it again has it.
    ada.act(&id, &json!("reopen")).await.ok::<Appended>();
    ada.hands_back(&id).await;
    assert_eq!(visitor.log(&id).await.last().unwrap(), "What is your name?");
    server.is_whole();
}

#[tokio::test]
async fn a_bot_that_is_switched_off_or_removed_gets_nothing_back() {
    let server = TestServer::start().await;
    let bot = server.flow_bot(&flow());
    let (visitor, ada, id) = taken_over(&server).await;
    let before = visitor.events(&id).await;
    let is_refused = async || {
        let answer = ada.act(&id, &json!(BACK)).await;
        assert_eq!(answer.refusal(), "403 not_allowed");
        let why = answer.json()["message"].as_str().unwrap().to_owned();
        assert!(why.starts_with("This bot was removed or switched off"), "{why}");
        assert_eq!(visitor.events(&id).await, before, "nothing changed");
        assert_eq!(ada.conversation(&id).await.assignee.unwrap().name, "ada");
    };
    assert_eq!(ada.delete(&format!("/bots/{bot}/flow")).await.status, 204);
    is_refused().await;
    server.publishes(&flow());
    ada.hands_back(&id).await;
    assert_eq!(visitor.log(&id).await.last().unwrap(), "What is your name?");
    ada.claims(&id).await;
    let before = visitor.events(&id).await;
    server.removes_the_bot();
    assert_eq!(ada.act(&id, &json!(BACK)).await.refusal(), "403 not_allowed");
    assert_eq!(visitor.events(&id).await, before);
    server.is_whole();
}

#[tokio::test]
async fn a_retry_lets_the_bot_ask_once() {
    let server = TestServer::start().await;
    server.flow_bot(&flow());
    let (visitor, ada, id) = taken_over(&server).await;
    let name = client_id();
    let first = ada.act_as(&name, &id, &json!(BACK)).await;
    let log = visitor.events(&id).await;
    let again = ada.act_as(&name, &id, &json!(BACK)).await;
    assert_eq!(again.status, 200);
    assert_eq!(again.ok::<Appended>(), first.ok::<Appended>());
    assert_eq!(visitor.events(&id).await, log);
    let other = ada.act(&id, &json!(BACK)).await;
    assert_eq!(other.refusal(), "403 claim_required", "it is nobody's");
}

#[tokio::test]
async fn its_version_is_kept_and_goes_on_although_there_are_many_newer_ones() {
    let server = TestServer::start().await;
    let bot = server.flow_bot(&flow());
    let (visitor, ada, id) = taken_over(&server).await;
    let versions = async || {
        let all: FlowVersions = ada.get(&format!("/bots/{bot}/flow/versions")).await.ok();
        all.versions.into_iter().map(|of| of.version).collect::<Vec<_>>()
    };
    let publishes = |n: usize| {
        server.publishes(&json!({"flow": 1, "start": "a", "steps": {
            "a": {"ask": format!("Question {n}?"), "then": "b"}, "b": {"hand_over": true}
        }}));
    };
    (0..FLOW_VERSIONS_KEPT + 3).for_each(&publishes);
    let kept = versions().await;
    assert_eq!((kept.len(), kept.last()), (FLOW_VERSIONS_KEPT + 1, Some(&1)), "{kept:?}");
    ada.hands_back(&id).await;
    assert_eq!(visitor.log(&id).await.last().unwrap(), "What is your name?");
    visitor.says(&id, "Mia").await;
    assert_eq!(visitor.log(&id).await.last().unwrap(), "Thank you, Mia. One moment.");
    // The run has ended, and nothing goes by that version any more.
    publishes(99);
    assert!(!versions().await.contains(&1));
    server.is_whole();
}

#[tokio::test]
async fn a_flow_that_had_ended_begins_anew() {
    let server = TestServer::start().await;
    server.flow_bot(&short());
    let (visitor, ada) = (server.visitor(), server.agent("ada").await);
    let id = visitor.is_greeted().await;
    visitor.says(&id, "One").await;
    visitor.says(&id, "two").await;
    visitor.says(&id, "And now?").await;
    assert_eq!(visitor.log(&id).await[3..], ["two", "One and two.", "And now?"]);
    assert_eq!(ada.unassigned().await, [id.clone()]);
    ada.claims(&id).await;
    ada.hands_back(&id).await;
    assert_eq!(visitor.log(&id).await.last().unwrap(), "A?");
    visitor.says(&id, "Three").await;
    visitor.says(&id, "four").await;
    assert_eq!(visitor.log(&id).await.last().unwrap(), "Three and four.");
    // So does what had begun with a version that was not kept: from its start, by the flow of now.
    ada.claims(&id).await;
    server.publishes(&flow());
    ada.hands_back(&id).await;
    assert_eq!(visitor.log(&id).await[11..], ["Hello!", "How can I help?"]);
    server.is_whole();
}

#[tokio::test]
async fn a_wait_is_over() {
    let server = TestServer::start().await;
    server.flow_bot(&flow());
    let (visitor, ada) = (server.visitor(), server.agent("ada").await);
    let id = visitor.is_greeted().await;
    visitor.chooses(&id, 2, "Opening hours").await.ok::<Appended>();
    ada.claims(&id).await;
    ada.hands_back(&id).await;
    let log = visitor.log(&id).await;
    assert_eq!(log.last().unwrap(), "And what else?");
    server.time.passes(2 * MINUTE);
    server.timer_looks().await;
    assert_eq!(visitor.log(&id).await, log, "and does not end twice");
    server.is_whole();
}

#[tokio::test]
async fn a_program_that_answers_for_its_bot_may_do_so_again() {
    let server = TestServer::start().await;
    let wick = server.bot(&server.add_bot(&server.site));
    let (visitor, ada) = (server.visitor(), server.agent("ada").await);
    let id = visitor.starts_with_bot("Hello?").await;
    ada.claims(&id).await;
    assert_eq!(wick.act(&id, &message("Hi!")).await.refusal(), "403 not_allowed");
    ada.hands_back(&id).await;
    assert_eq!(ada.unassigned().await, [id.clone()], "until it has answered");
    let log = wick.events(&id).await;
    assert_eq!(log.last().unwrap().body, EventBody::handed_back(), "it is told");
    wick.says(&id, "Hi!").await;
    assert_eq!(ada.unassigned().await, []);
    server.removes_the_bot();
    ada.claims(&id).await;
    assert_eq!(ada.act(&id, &json!(BACK)).await.refusal(), "403 not_allowed");
    server.is_whole();
}

#[tokio::test]
async fn while_the_visitor_writes_nothing_is_lost_and_asked_twice() {
    let server = TestServer::start().await;
    server.flow_bot(&flow());
    let (visitor, ada, id) = taken_over(&server).await;
    let (wrong, hand_back) = (message("42"), json!(BACK));
    for round in 0..8 {
        let (said, back) = tokio::join!(visitor.act(&id, &wrong), ada.act(&id, &hand_back));
        assert!(said.status.is_success() && back.status.is_success(), "{said:?} {back:?}");
        let log = visitor.events(&id).await;
        let back = log.iter().rposition(|event| event.body == EventBody::handed_back()).unwrap();
        let said: Vec<_> = texts(&log[back..]).into_iter().map(str::to_owned).collect();
        // What came after it is an answer, and a wrong one: a name has letters.
        let asked = ["What is your name?", "42", "What is your name?"];
        assert!(said == asked[..1] || said == asked, "round {round}: {said:?}");
        ada.claims(&id).await;
    }
    server.is_whole();
}

#[tokio::test]
#[ignore = "needs a PostgreSQL server"]
async fn at_two_nodes_at_once_it_is_handed_back_once() {
    let one = TestServer::start().await;
    one.flow_bot(&flow());
    let two = one.another_node().await;
    let (visitor, ada, id) = taken_over(&one).await;
    let (there, act) = (ada.at(&two), json!(BACK));
    for _ in 0..5 {
        let before = visitor.events(&id).await.len();
        let (a, b) = tokio::join!(ada.act(&id, &act), there.act(&id, &act));
        let refused: Vec<String> =
            [&a, &b].iter().filter(|of| !of.status.is_success()).map(|of| of.refusal()).collect();
        assert_eq!(refused, ["403 claim_required"]);
        let log = visitor.events(&id).await;
        assert_eq!(texts(&log[before..]), ["What is your name?"]);
        ada.claims(&id).await;
    }
    one.is_whole();
}
