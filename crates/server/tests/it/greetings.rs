//! Where and for whom bots greet: the rule as admins set it, what the widget's document says of it, and which bot begins.

use porchlight_protocol::conversation::Kind;
use porchlight_protocol::wire::Started;
use porchlight_protocol::{Member, MemberId};
use serde_json::{Value, json};

use crate::commands::{porchlight, refused, said};
use crate::harness::*;

impl Agent {
    /// Adds a bot that says its name, and publishes it.
    async fn adds_bot(&self, name: &str) -> MemberId {
        let added: Value = self.post("/bots", &json!({"name": name})).await.ok();
        let id = added["bot"]["id"].as_str().unwrap().to_owned();
        let flow = json!({"flow": 1, "start": "a", "steps": {
            "a": {"say": format!("I am {name}."), "then": "b"}, "b": {"end": true}
        }});
        self.put(&format!("/bots/{id}/flow"), &flow).await.ok::<Value>();
        id.parse().unwrap()
    }

    async fn sets_greeting(&self, bot: &MemberId, rule: &Value) -> Answer {
        self.put(&format!("/bots/{bot}/greeting"), rule).await
    }

    async fn greeting(&self, bot: &MemberId) -> Value {
        self.get(&format!("/bots/{bot}/greeting")).await.ok()
    }
}

impl Visitor {
    /// Who begins a conversation, if the visitor asks for this bot.
    async fn begins_with(&self, bot: Option<&MemberId>) -> Member {
        let started: Started =
            self.post("/conversations", &start(client_id().as_str(), bot)).await.ok();
        let Kind::Bot(bot) = started.conversation.kind else { panic!("not a bot's") };
        assert_eq!(texts(&started.events), [format!("I am {}.", bot.name)]);
        bot
    }
}

fn start(client_id: &str, bot: Option<&MemberId>) -> Value {
    let mut start = json!({"client_id": client_id, "text": "", "bot": true});
    if let Some(bot) = bot {
        start["bot_id"] = json!(bot);
    }
    start
}

/// The bots in the widget's document.
async fn offered(server: &TestServer, language: &str) -> Value {
    let page = server.caller().get(&format!("/chat/{}?lang={language}", server.site)).await;
    let (_, config) =
        page.text.split_once("id=\"porchlight-config\">").expect("target/assets is empty");
    let config: Value = serde_json::from_str(config.split_once("</script>").unwrap().0).unwrap();
    config["bots"].clone()
}

#[tokio::test]
async fn an_admin_sets_where_a_bot_greets() {
    let server = TestServer::start().await;
    let ada = server.agent("ada").await;
    let lumen = ada.adds_bot("Lumen").await;
    assert_eq!(ada.greeting(&lumen).await, json!({}));
    let rule =
        json!({"pages": [" /shop/* ", "", "/cart"], "languages": ["PT-br"], "visitors": "new"});
    let stored = json!({"pages": ["/shop/*", "/cart"], "languages": ["pt-BR"], "visitors": "new"});
    assert_eq!(ada.sets_greeting(&lumen, &rule).await.ok::<Value>(), stored);
    assert_eq!(ada.greeting(&lumen).await, stored);
    let everywhere = json!({"pages": [], "visitors": "everybody"});
    assert_eq!(ada.sets_greeting(&lumen, &everywhere).await.ok::<Value>(), json!({}));
    assert_eq!(ada.greeting(&lumen).await, json!({}));
    let place = server.place();
    let report = blocking(move || place.check().unwrap());
    assert!(report.faults.is_empty(), "{:?}", report.faults);
}

#[tokio::test]
async fn two_admins_do_not_overwrite_each_others_rule_unseen() {
    let server = TestServer::start().await;
    let (ada, another) = (server.agent("ada").await, server.agent("ada").await);
    let lumen = ada.adds_bot("Lumen").await;
    let saves = |pages: &str, seen: Value| json!({"pages": [pages], "seen": seen});
    ada.sets_greeting(&lumen, &saves("/cart", json!({}))).await.ok::<Value>();
    let late = another.sets_greeting(&lumen, &saves("/shop", json!({}))).await;
    assert_eq!(late.refusal(), "409 settings_changed");
    assert_eq!(ada.greeting(&lumen).await, json!({"pages": ["/cart"]}));
    let again = ada.sets_greeting(&lumen, &saves("/cart", json!({}))).await;
    assert_eq!(again.ok::<Value>(), json!({"pages": ["/cart"]}), "a retry is no conflict");
    let knowingly = saves("/shop", json!({"pages": ["/cart"]}));
    assert_eq!(
        another.sets_greeting(&lumen, &knowingly).await.ok::<Value>(),
        json!({"pages": ["/shop"]})
    );
    let wrong = ada.sets_greeting(&lumen, &saves("/cart", json!({"page": "/"}))).await;
    assert_eq!(wrong.refusal(), "400 malformed");
}

#[tokio::test]
async fn what_is_no_rule_is_refused_and_changes_nothing() {
    let server = TestServer::start().await;
    let (ada, ben) = (server.agent("ada").await, server.agent("ben").await);
    let lumen = ada.adds_bot("Lumen").await;
    let many = |n: usize| (0..n).map(|n| format!("/{n}")).collect::<Vec<_>>();
    let tags = |n| {
        ('a'..='z').flat_map(|of| [format!("a{of}"), format!("b{of}")]).take(n).collect::<Vec<_>>()
    };
    for (rule, refusal, field) in [
        (json!({"pages": ["/", "shop"]}), "422 page_invalid", Some("pages.shop")),
        (json!({"pages": many(31)}), "422 too_many_pages", Some("pages")),
        (json!({"languages": ["english"]}), "422 language_invalid", Some("languages.english")),
        (json!({"languages": tags(31)}), "422 too_many_languages", Some("languages")),
        (json!({"page": "/"}), "400 malformed", None),
        (json!({"pages": "/"}), "400 malformed", None),
        (json!({"visitors": "nobody"}), "400 malformed", None),
    ] {
        let answer = ada.sets_greeting(&lumen, &rule).await;
        assert_eq!(answer.refusal(), refusal, "{rule}");
        let body: Value = serde_json::from_str(&answer.text).unwrap();
        assert_eq!(body["field"].as_str(), field, "{rule}");
    }
    assert_eq!(ada.greeting(&lumen).await, json!({}));
    let rule = json!({"pages": ["/"]});
    assert_eq!(ben.sets_greeting(&lumen, &rule).await.refusal(), "403 role_required");
    assert_eq!(ben.greeting(&lumen).await, json!({}), "agents may read it");
    let nobody = MemberId::from_bytes([9; 16]);
    assert_eq!(ada.sets_greeting(&nobody, &rule).await.refusal(), "404 not_found");
    assert_eq!(ada.get(&format!("/bots/{nobody}/greeting")).await.refusal(), "404 not_found");
}

#[tokio::test]
async fn the_document_names_the_bots_that_may_greet() {
    let server = TestServer::start().await;
    let ada = server.agent("ada").await;
    assert_eq!(offered(&server, "en").await, Value::Null);
    let lumen = ada.adds_bot("Lumen").await;
    let wick = ada.adds_bot("<Wick>").await;
    ada.sets_greeting(&wick, &json!({"pages": ["/cart"]})).await.ok::<Value>();
    ada.post("/bots", &json!({"name": "Without a flow"})).await.ok::<Value>();
    assert_eq!(
        offered(&server, "de").await,
        json!([
            {"id": wick, "label": "Unterhaltung mit <Wick>", "pages": "/cart"},
            {"id": lumen, "label": "Unterhaltung mit Lumen"},
        ])
    );
    // A page's language is the page's, also if the chat does not speak it.
    ada.sets_greeting(&lumen, &json!({"languages": ["ga"]})).await.ok::<Value>();
    ada.sets_greeting(&wick, &json!({"languages": ["de", "ga"], "visitors": "new"}))
        .await
        .ok::<Value>();
    let said = |language: &'static str| {
        let server = &server;
        async move {
            let bots = offered(server, language).await;
            let bots = bots.as_array().unwrap().clone();
            let said = |name, bot: &Value| bot[name].as_bool().unwrap_or_default();
            bots.iter()
                .map(|bot| [said("not_new", bot), said("not_returning", bot)])
                .collect::<Vec<_>>()
        }
    };
    assert_eq!(said("ga-IE").await, [[false, false], [false, true]]);
    assert_eq!(said("de-AT").await, [[true, true], [false, true]]);
    assert_eq!(said("fr").await, [[true, true], [true, true]]);
}

#[tokio::test]
async fn a_visitor_begins_with_the_bot_that_is_named() {
    let server = TestServer::start().await;
    let ada = server.agent("ada").await;
    let lumen = ada.adds_bot("Lumen").await;
    let wick = ada.adds_bot("Wick").await;
    let visitor = server.visitor();
    assert_eq!(visitor.begins_with(Some(&wick)).await.id, wick);
    assert_eq!(visitor.begins_with(Some(&lumen)).await.id, lumen);
    assert_eq!(visitor.begins_with(None).await.id, lumen);
    // Whoever names none gets the first one that greets everywhere,
    ada.sets_greeting(&lumen, &json!({"pages": ["/cart"]})).await.ok::<Value>();
    assert_eq!(visitor.begins_with(None).await.id, wick);
    // or else the first one.
    ada.sets_greeting(&wick, &json!({"visitors": "returning"})).await.ok::<Value>();
    assert_eq!(visitor.begins_with(None).await.id, lumen);
    // The rule is the browser's: a page may call any bot.
    assert_eq!(visitor.begins_with(Some(&wick)).await.id, wick);
}

#[tokio::test]
async fn a_bot_that_can_not_begin_is_refused() {
    let server = TestServer::start().await;
    let ada = server.agent("ada").await;
    let lumen = ada.adds_bot("Lumen").await;
    let other = server.another_site();
    let visitor = server.visitor();
    let stranger = server.visitor_of(&other);
    let name = client_id();
    let nobody = MemberId::from_bytes([9; 16]);
    assert_eq!(
        stranger.post("/conversations", &start(name.as_str(), Some(&lumen))).await.refusal(),
        "403 not_allowed",
        "another site's"
    );
    assert_eq!(
        visitor.post("/conversations", &start(name.as_str(), Some(&nobody))).await.refusal(),
        "403 not_allowed"
    );
    ada.delete(&format!("/bots/{lumen}/flow")).await;
    assert_eq!(
        visitor.post("/conversations", &start(name.as_str(), Some(&lumen))).await.refusal(),
        "403 not_allowed",
        "switched off"
    );
    let ill = json!({"client_id": name, "text": "", "bot": true, "bot_id": "x"});
    assert_eq!(visitor.post("/conversations", &ill).await.refusal(), "400 malformed");
}

#[tokio::test]
async fn a_retry_from_another_page_gets_the_first_answer() {
    let server = TestServer::start().await;
    let ada = server.agent("ada").await;
    let lumen = ada.adds_bot("Lumen").await;
    let wick = ada.adds_bot("Wick").await;
    let visitor = server.visitor();
    let name = client_id();
    let first: Started =
        visitor.post("/conversations", &start(name.as_str(), Some(&wick))).await.ok();
    for other in [Some(&lumen), None] {
        let again = visitor.post("/conversations", &start(name.as_str(), other)).await;
        assert_eq!((again.status.as_u16(), again.ok::<Started>()), (200, first.clone()));
    }
}

#[tokio::test]
async fn a_command_says_and_sets_where_a_bot_greets() {
    let server = TestServer::start().await;
    let ada = server.agent("ada").await;
    let lumen = ada.adds_bot("Lumen").await;
    let folder = server.folder.path();
    let run = |args: &[&str]| porchlight(folder, &[&["bot", "greets", "Lumen"], args].concat(), "");
    assert_eq!(said(&run(&[])), "Lumen greets everybody everywhere.\n");
    let args = ["--page", "/cart", "--page", "/shop/*", "--language", "de", "--visitors", "new"];
    let told = "Lumen greets new visitors on /cart /shop/* in de.\n";
    assert_eq!((said(&run(&args)), said(&run(&[]))), (told.to_owned(), told.to_owned()));
    assert_eq!(ada.greeting(&lumen).await["pages"], json!(["/cart", "/shop/*"]));
    assert!(refused(&run(&["--page", "shop"])).contains("pages.shop: This isn't the path"));
    assert!(!run(&["--everywhere", "--visitors", "new"]).status.success());
    assert_eq!(said(&run(&["--everywhere"])), "Lumen greets everybody everywhere.\n");
    assert_eq!(ada.greeting(&lumen).await, json!({}));
}
