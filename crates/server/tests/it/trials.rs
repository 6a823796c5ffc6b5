//! Trials: an admin tries a flow before it is published, and nothing of it reaches the site.

use porchlight_protocol::bots::Trial;
use porchlight_protocol::wire::Started;
use porchlight_protocol::{Conversation, ConversationId, MemberId};
use porchlight_store::trials::TRIAL_MS;
use reqwest::Method;
use serde_json::{Value, json};

use crate::commands::{porchlight, refused, said};
use crate::harness::*;
use crate::metrics::{measured, metrics};

/// Says this, and hands over after the answer to a question.
fn says(text: &str) -> Value {
    json!({"flow": 1, "start": "a", "steps": {
        "a": {"say": text, "then": "b"},
        "b": {"ask": "What is it about?", "then": "c"},
        "c": {"hand_over": "One moment."},
    }})
}

impl Agent {
    /// Adds a bot that says this.
    async fn adds_a_bot(&self, name: &str, text: &str) -> MemberId {
        let added: Value = self.post("/bots", &json!({"name": name})).await.ok();
        let id = added["bot"]["id"].as_str().unwrap().to_owned();
        self.put(&format!("/bots/{id}/flow"), &says(text)).await.ok::<Value>();
        id.parse().unwrap()
    }

    async fn asks_to_try(&self, bot: &MemberId, flow: &Value) -> Answer {
        self.post(&format!("/bots/{bot}/trial"), flow).await
    }

    async fn tries(&self, bot: &MemberId, text: &str) -> Trial {
        let answer = self.asks_to_try(bot, &says(text)).await;
        assert_eq!(answer.status, 201, "{}", answer.text);
        answer.ok()
    }

    async fn ends_the_trial(&self, bot: &MemberId) -> Answer {
        self.delete(&format!("/bots/{bot}/trial")).await
    }
}

impl TestServer {
    /// The chat's document of a trial, as the inbox frames it, and what it says of the site.
    async fn document(&self, trial: &Trial, language: &str) -> (Answer, Value) {
        let page = self.caller().get(&format!("/chat/{}?lang={language}", trial.chat)).await;
        let (_, config) =
            page.text.split_once("id=\"porchlight-config\">").expect("target/assets is empty");
        let config = serde_json::from_str(config.split_once("</script>").unwrap().0).unwrap();
        (page, config)
    }

    /// The housekeeping, as it comes round each minute.
    async fn removes_ended_trials(&self) {
        self.app().store.remove_ended_trials().await.unwrap();
    }

    async fn is_whole_with(&self, sites: u64, conversations: u64) {
        let place = self.place();
        let report = blocking(move || place.check().unwrap());
        assert!(report.faults.is_empty(), "{:?}", report.faults);
        let contents = report.contents;
        assert_eq!((contents.sites, contents.conversations), (sites, conversations));
    }
}

impl Visitor {
    /// Lets the bot begin. Returns the conversation and what the bot said first.
    async fn meets_the_bot(&self) -> (Conversation, String) {
        let start = json!({"client_id": client_id(), "text": "", "bot": true});
        let Started { conversation, events } = self.post("/conversations", &start).await.ok();
        (conversation, texts(&events)[0].to_owned())
    }

    async fn replies(&self, id: &ConversationId, text: &str) {
        self.act(id, &message(text)).await.ok::<Value>();
    }
}

#[tokio::test]
async fn an_admin_tries_a_flow_while_visitors_meet_the_published_one() {
    let server = TestServer::start().await;
    let ada = server.agent("ada").await;
    let lumen = ada.adds_a_bot("Lumen", "Published.").await;
    let (mut socket, _) = ada.socket().await;
    let trial = ada.tries(&lumen, "New words.").await;
    assert_eq!(trial.ends_in_ms, TRIAL_MS);

    let (tried, visitor) = (server.visitor_of(&trial.chat), server.visitor());
    let (conversation, first) = tried.meets_the_bot().await;
    assert_eq!(first, "New words.");
    tried.replies(&conversation.id, "An order").await;
    let log = tried.events(&conversation.id).await;
    assert!(texts(&log).contains(&"One moment."), "{log:?}");
    assert!(!tried.sync(&hello()).await.online, "Ada is not in the trial");
    let (real, first) = visitor.meets_the_bot().await;
    assert!(visitor.sync(&hello()).await.online);
    assert_eq!(first, "Published.");
    let versions: Value = ada.get(&format!("/bots/{lumen}/flow/versions")).await.ok();
    assert_eq!(versions["versions"].as_array().unwrap().len(), 1, "nothing was published");
    // What the inbox hears first is of the real conversation.
    assert_eq!(socket.next_event().await.0, real.id);
    let all = ada.folder("?filter=all").await.conversations;
    assert_eq!(all.iter().map(|of| &of.id).collect::<Vec<_>>(), [&real.id]);
    assert_eq!(ada.folder("?filter=unassigned").await.conversations, []);
    let welcome = ada.sync(&hello()).await;
    assert_eq!(welcome.counts.unwrap().open, 1);
    assert_eq!(ada.get(&format!("/conversations/{}", conversation.id)).await.status, 404);
    // Nor may a visitor of one cross over to the other.
    assert_eq!(visitor.get(&format!("/conversations/{}", conversation.id)).await.status, 404);
    assert_eq!(tried.get(&format!("/conversations/{}", real.id)).await.status, 404);
    server.is_whole_with(1, 2).await;
}

#[tokio::test]
async fn a_trial_shows_what_a_visitor_of_the_site_would_see() {
    let server = TestServer::start().await;
    let ada = server.agent("ada").await;
    let lumen = ada.adds_a_bot("Lumen", "Published.").await;
    let wick = ada.adds_a_bot("Wick", "Another one.").await;
    ada.put(&format!("/bots/{lumen}/greeting"), &json!({"pages": ["/cart"]})).await.ok::<Value>();
    let settings = closing(true, true, true);
    ada.sets_closing(&settings).await;
    ada.put("/settings/read-receipts", &json!({"on": true})).await.ok::<Value>();
    let own = json!({"texts": [{"key": "home.new", "text": "Our words"}]});
    let saved = ada.put("/settings/texts?language=en", &own).await;
    assert!(saved.status.is_success(), "{}", saved.text);

    let trial = ada.tries(&lumen, "New words.").await;
    let tried = server.visitor_of(&trial.chat);
    let (conversation, _) = tried.meets_the_bot().await;
    let mut policy = tried.sync(&hello()).await.policy;
    let real = server.visitor_policy().await;
    assert!(policy.disable_field && policy.read_receipts && policy.notices.is_some());
    assert!(policy.hide_closed_since.is_some());
    policy.hide_closed_since = real.hide_closed_since;
    assert_eq!(policy, real);
    assert_eq!(conversation.id, tried.home().await[0]);

    let (page, config) = server.document(&trial, "en").await;
    assert!(page.text.contains("Our words"), "the site's own words");
    assert_eq!(config["name"], "Lantern & Oak");
    let bots = config["bots"].as_array().unwrap();
    assert_eq!(bots.len(), 1, "without Wick, whose id is {wick}: {bots:?}");
    assert!(bots[0].get("pages").is_none(), "it greets everywhere");
    assert_ne!(bots[0]["id"], json!(lumen), "it is another bot");
    assert_eq!(config["allow_origins"], json!([server.base]), "the inbox alone may frame it");
    let policy = page.header("content-security-policy");
    assert!(policy.ends_with(&format!("frame-ancestors {}", server.base)), "{policy}");
    server.is_whole_with(1, 2).await;
}

#[tokio::test]
async fn a_new_trial_takes_the_place_of_the_one_before_and_never_its_row() {
    let server = TestServer::start().await;
    let ada = server.agent("ada").await;
    let lumen = ada.adds_a_bot("Lumen", "Published.").await;
    let wick = ada.adds_a_bot("Wick", "Another one.").await;
    let (first, beside) = (ada.tries(&lumen, "One.").await, ada.tries(&wick, "Beside.").await);
    let tried = server.visitor_of(&first.chat);
    let (conversation, _) = tried.meets_the_bot().await;
    let (mut socket, _) = tried.socket().await;

    let second = ada.tries(&lumen, "Two.").await;
    assert_ne!(first.chat, second.chat);
    assert_eq!(server.visitor_of(&second.chat).meets_the_bot().await.1, "Two.");
    assert_eq!(server.visitor_of(&beside.chat).meets_the_bot().await.1, "Beside.");
    assert_eq!(socket.refused().await, ("site_unknown".to_owned(), Some(1008)));
    let late = tried.act(&conversation.id, &message("Is somebody there?")).await;
    assert_eq!(late.refusal(), "404 site_unknown");
    let start = json!({"client_id": client_id(), "text": "Hello", "bot": true});
    assert_eq!(tried.post("/conversations", &start).await.refusal(), "404 site_unknown");
    assert_eq!(server.caller().get(&format!("/chat/{}", first.chat)).await.status, 404);
    server.is_whole_with(1, 2).await;

    // Who still looks at the first one ends the second one not.
    let of_the_first = format!("/bots/{lumen}/trial?chat={}", first.chat);
    assert_eq!(ada.delete(&of_the_first).await.status, 204);
    assert_eq!(server.visitor_of(&second.chat).meets_the_bot().await.1, "Two.");
    let none = format!("/bots/{lumen}/trial?chat=no%20key");
    assert_eq!(ada.delete(&none).await.refusal(), "400 malformed");

    // Nor may a site that is added now have the row of a trial that is gone.
    assert_eq!(ada.ends_the_trial(&lumen).await.status, 204);
    let added = server.another_site();
    let other = server.visitor_of(&added).starts("Hello").await;
    let answer = server.visitor_of(&second.chat).post("/conversations", &start).await;
    assert_eq!(answer.refusal(), "404 site_unknown");
    let theirs = server.agent("other-ada").await.folder("?filter=all").await.conversations;
    assert_eq!(theirs.iter().map(|of| &of.id).collect::<Vec<_>>(), [&other]);
}

#[tokio::test]
async fn a_trial_ends_when_the_admin_says_so_or_after_an_hour_and_leaves_nothing() {
    let server = TestServer::start().await;
    let ada = server.agent("ada").await;
    let lumen = ada.adds_a_bot("Lumen", "Published.").await;
    for ends_by_itself in [false, true] {
        let trial = ada.tries(&lumen, "New words.").await;
        let tried = server.visitor_of(&trial.chat);
        let (conversation, _) = tried.meets_the_bot().await;
        tried.replies(&conversation.id, "An order").await;
        server.is_whole_with(1, 1).await;
        if ends_by_itself {
            server.time.passes(TRIAL_MS - MINUTE);
            server.removes_ended_trials().await;
            assert_eq!(tried.home().await.len(), 1, "it is not over yet");
            server.time.passes(MINUTE);
            server.removes_ended_trials().await;
        } else {
            assert_eq!(ada.ends_the_trial(&lumen).await.status, 204);
            assert_eq!(ada.ends_the_trial(&lumen).await.status, 204, "once more changes nothing");
        }
        assert_eq!(tried.post("/sync", &hello()).await.refusal(), "404 site_unknown");
        server.is_whole_with(1, 0).await;
    }
    let place = server.place();
    let events = blocking(move || place.check().unwrap()).contents.events;
    assert_eq!(events, 0);
}

#[tokio::test]
async fn what_can_not_be_tried_is_refused_as_publishing_is() {
    let server = TestServer::start().await;
    server.another_site();
    let (ada, ben) = (server.agent("ada").await, server.agent("ben").await);
    let other = server.agent("other-ada").await;
    let lumen = ada.adds_a_bot("Lumen", "Published.").await;
    let theirs = other.adds_a_bot("Wick", "Theirs.").await;
    let nobody = MemberId::from_bytes([9; 16]);
    let flow = says("New words.");

    let path = format!("/bots/{lumen}");
    for wrong in [
        "no flow".to_owned(),
        "{\n\"flow\": 1,\n\"start\": \"a\", \"steps\": {\"a\": {\"say\": \"x\", \"then\": \"a\"}}}"
            .to_owned(),
        "{\"flow\": 1, \"start\": \"b\", \"steps\": {\"a\": {\"end\": true}}}".to_owned(),
    ] {
        let tried = ada.send(Method::POST, &format!("{path}/trial"), wrong.clone()).await;
        let published = ada.send(Method::PUT, &format!("{path}/flow"), wrong.clone()).await;
        assert_eq!(tried.refusal(), "422 flow_invalid", "{wrong}");
        assert_eq!(tried.text, published.text);
        assert!(!tried.json()["problems"].as_array().unwrap().is_empty());
    }
    for (body, refusal) in
        [(vec![0xff, 0xfe], "400 malformed"), (vec![b' '; 300 * 1024], "413 body_too_large")]
    {
        let tried = ada.send(Method::POST, &format!("{path}/trial"), body).await;
        assert_eq!(tried.refusal(), refusal);
    }
    assert_eq!(ben.asks_to_try(&lumen, &flow).await.refusal(), "403 role_required");
    assert_eq!(ben.ends_the_trial(&lumen).await.refusal(), "403 role_required");
    for bot in [&theirs, &nobody] {
        assert_eq!(ada.asks_to_try(bot, &flow).await.refusal(), "404 not_found");
        assert_eq!(ada.ends_the_trial(bot).await.refusal(), "404 not_found");
    }
    let trial = format!("{path}/trial");
    let bare = ada.without("x-csrf-token");
    assert_eq!(bare.post(&trial, &flow).await.refusal(), "403 csrf_token_invalid");
    assert_eq!(bare.delete(&trial).await.refusal(), "403 csrf_token_invalid");
    let nobody = server.caller();
    let answer = nobody.post(&format!("/api/v1/agent{trial}"), &flow).await;
    assert_eq!(answer.refusal(), "401 sign_in_required");

    // An admin of another site ends no trial of this one, and a bot that is removed takes no trial along.
    let begun = ada.tries(&lumen, "New words.").await;
    assert_eq!(other.ends_the_trial(&lumen).await.refusal(), "404 not_found");
    let (store, id) = (server.beside(), lumen.clone());
    blocking(move || {
        let mut all = store.bots(None).unwrap().into_iter();
        let (_, bot) = all.find(|(_, bot)| bot.member.id == id).unwrap();
        store.remove_bot(&bot).unwrap();
    });
    assert_eq!(server.visitor_of(&begun.chat).meets_the_bot().await.1, "New words.");
    assert_eq!(ada.asks_to_try(&lumen, &flow).await.refusal(), "404 not_found");
    assert_eq!(ada.ends_the_trial(&lumen).await.status, 204);
    assert_eq!(ada.ends_the_trial(&lumen).await.refusal(), "404 not_found");
}

#[tokio::test]
async fn commands_and_metrics_know_nothing_of_trials() {
    let server = measured().await;
    let ada = server.agent("ada").await;
    let lumen = ada.adds_a_bot("Lumen", "Published.").await;
    let folder = server.folder.path();
    let run = |args: &[&str]| porchlight(folder, args, "");
    let (sites, bots) = (said(&run(&["site", "list"])), said(&run(&["bot", "list"])));
    let trial = ada.tries(&lumen, "New words.").await;
    let tried = server.visitor_of(&trial.chat);
    tried.meets_the_bot().await;
    let (_socket, _) = tried.socket().await;

    assert_eq!(said(&run(&["site", "list"])), sites);
    assert_eq!(said(&run(&["bot", "list"])), bots);
    // By its name alone: the trial's bot has the same.
    assert!(said(&run(&["bot", "show", "Lumen"])).contains("Published."));
    let key = server.site.as_str();
    said(&run(&["site", "rename", key, "Lantern & Oak"]));
    for args in [
        ["site", "remove", trial.chat.as_str(), "--yes"],
        ["site", "rename", trial.chat.as_str(), "Mine"],
    ] {
        let told = refused(&run(&args));
        assert!(told.contains(trial.chat.as_str()), "{told}");
    }
    let store = server.beside();
    assert_eq!(blocking(move || store.site(None).unwrap().key), server.site, "the only one");

    let open = async |party| {
        let labels = [("transport", "socket"), ("party", party)];
        metrics(&server).await.value("porchlight_clients", &labels)
    };
    assert_eq!((open("visitor").await, open("trial").await), (0.0, 1.0));
}

#[tokio::test]
async fn a_site_that_is_removed_takes_its_trials_along() {
    let server = TestServer::start().await;
    let other = server.another_site();
    let (ada, theirs) = (server.agent("ada").await, server.agent("other-ada").await);
    let lumen = ada.adds_a_bot("Lumen", "Published.").await;
    let wick = theirs.adds_a_bot("Wick", "Theirs.").await;
    let glow = theirs.adds_a_bot("Glow", "Theirs.").await;
    let stays = ada.tries(&lumen, "Stays.").await;
    for bot in [&wick, &glow] {
        let gone = theirs.tries(bot, "Gone.").await;
        server.visitor_of(&gone.chat).meets_the_bot().await;
    }
    let folder = server.folder.path();
    said(&porchlight(folder, &["site", "remove", other.as_str(), "--yes"], ""));
    server.is_whole_with(1, 0).await;
    assert_eq!(server.visitor_of(&stays.chat).meets_the_bot().await.1, "Stays.");
}

#[tokio::test]
#[ignore = "needs a PostgreSQL server"]
async fn a_trial_that_begins_at_one_node_is_tried_and_removed_at_another() {
    let server = TestServer::start().await;
    let node = server.another_node().await;
    let ada = server.agent("ada").await;
    let lumen = ada.adds_a_bot("Lumen", "Published.").await;
    let trial = ada.tries(&lumen, "New words.").await;
    let tried = node.visitor_of(&trial.chat);
    assert_eq!(tried.meets_the_bot().await.1, "New words.");
    let (mut socket, _) = tried.socket().await;
    server.time.passes(TRIAL_MS);
    tokio::join!(server.removes_ended_trials(), node.removes_ended_trials());
    assert_eq!(socket.refused().await, ("site_unknown".to_owned(), Some(1008)));
    server.is_whole_with(1, 0).await;
}
