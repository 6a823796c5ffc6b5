//! Settings → Texts: what a site says in its own words.

use porchlight_protocol::limits::OWN_TEXT_CHARS_MAX;
use porchlight_protocol::texts::{SiteText, TextsPage};
use serde_json::{Value, json};

use crate::harness::*;

const ENGLISH: &str = "/settings/texts?language=en";

fn texts(texts: &[(&str, &str)]) -> Value {
    let texts: Vec<Value> =
        texts.iter().map(|(key, text)| json!({"key": key, "text": text})).collect();
    json!({ "texts": texts })
}

fn text<'a>(page: &'a TextsPage, key: &str) -> &'a SiteText {
    page.texts.iter().find(|text| text.key == key).unwrap()
}

#[tokio::test]
async fn visitors_read_the_sites_words_in_their_language_and_nobody_elses() {
    let server = TestServer::start().await;
    let ada = server.agent("ada").await;
    let before: TextsPage = ada.get(ENGLISH).await.ok();
    assert_eq!((before.language.as_str(), before.revision), ("en", 0));
    assert_eq!(text(&before, "home.new").own, None);
    assert!(before.languages.len() >= 24 && before.languages.iter().all(|it| it.own == 0));

    let own = texts(&[("home.new", "Ask <b>Ann</b> & Ben"), ("loader.title", "Ann’s \"desk\"")]);
    let saved: TextsPage = ada.put(ENGLISH, &own).await.ok();
    assert_eq!(text(&saved, "home.new").own.as_deref(), Some("Ask <b>Ann</b> & Ben"));
    assert_eq!(text(&saved, "home.new").text, text(&before, "home.new").text);
    assert_eq!((saved.languages[0].language.as_str(), saved.languages[0].own), ("en", 2));
    assert!(saved.revision > 0);

    let get = async |path: String| server.caller().get(&path).await.text;
    let chat = get(format!("/chat/{}?lang=en", server.site)).await;
    assert!(chat.contains("Ask &lt;b&gt;Ann&lt;/b&gt; &amp; Ben") && !chat.contains("<b>Ann"));
    let german = get(format!("/chat/{}?lang=de", server.site)).await;
    assert!(!german.contains("Ann"), "another language");
    let other = server.another_site();
    assert!(!get(format!("/chat/{other}?lang=en")).await.contains("Ann"), "another site");
    let panel = get(format!("/porchlight-panel.js?lang=en&site={}", server.site)).await;
    assert!(panel.contains(r#""Ann’s \"desk\"""#), "{panel}");
    for of_nobody in ["", "&site=", "&site=nothing", &format!("&site={other}")] {
        let panel = get(format!("/porchlight-panel.js?lang=en{of_nobody}")).await;
        assert!(panel.contains("export") && !panel.contains("Ann"), "{of_nobody}");
    }

    // What is given can be taken back.
    let none: TextsPage = ada.put(ENGLISH, &texts(&[])).await.ok();
    assert!(none.texts.iter().all(|text| text.own.is_none()) && none.languages[0].own == 0);
    assert!(!get(format!("/chat/{}?lang=en", server.site)).await.contains("Ann"));
}

#[tokio::test]
async fn what_one_admin_saves_is_not_overwritten_by_another_who_has_not_seen_it() {
    let server = TestServer::start().await;
    let ada = server.agent("ada").await;
    let seen = |revision: u64| format!("{ENGLISH}&seen={revision}");
    let first: TextsPage = ada.put(&seen(0), &texts(&[("home.new", "Ask us")])).await.ok();
    let late = ada.put(&seen(0), &texts(&[("home.new", "Write")])).await;
    assert_eq!(late.refusal(), "409 settings_changed");
    // The same once more changes nothing, and what says what the product says is none of the site's.
    let again: TextsPage = ada.put(&seen(0), &texts(&[("home.new", "Ask us")])).await.ok();
    assert_eq!(again.revision, first.revision);
    let ours = text(&first, "home.new").text.clone();
    let none: TextsPage = ada.put(&seen(first.revision), &texts(&[("home.new", &ours)])).await.ok();
    assert_eq!(text(&none, "home.new").own, None);
}

#[tokio::test]
async fn what_can_not_be_a_text_is_refused_by_name() {
    let server = TestServer::start().await;
    let (ada, ben) = (server.agent("ada").await, server.agent("ben").await);
    let long = "é".repeat(OWN_TEXT_CHARS_MAX + 1);
    for (own, refusal, field) in [
        (texts(&[("home.nothing", "x")]), "422 text_unknown", "texts.home.nothing"),
        (texts(&[("home.new", " \u{202e} ")]), "422 text_empty", "texts.home.new"),
        (texts(&[("home.new", &long)]), "422 text_too_long", "texts.home.new"),
        (texts(&[("home.new", "{{name}}")]), "422 places_differ", "texts.home.new"),
        (texts(&[("home.new", "a"), ("home.new", "b")]), "422 text_repeated", "texts.home.new"),
    ] {
        let answer = ada.put(ENGLISH, &own).await;
        assert_eq!(answer.refusal(), refusal);
        assert_eq!(answer.json()["field"], field);
    }
    let none = texts(&[]);
    let query = "/settings/texts?language=";
    for tag in ["", "tlh", "EN", "en-GB", "%22%3E"] {
        assert_eq!(ada.get(&format!("{query}{tag}")).await.refusal(), "422 language_unknown");
        assert_eq!(
            ada.put(&format!("{query}{tag}"), &none).await.refusal(),
            "422 language_unknown"
        );
    }
    for (answer, refusal) in [
        (ada.get("/settings/texts").await, "400 malformed"),
        (ada.put("/settings/texts", &none).await, "400 malformed"),
        (ada.put(ENGLISH, &json!({"texts": [{"key": "home.new"}]})).await, "400 malformed"),
        (ben.put(ENGLISH, &none).await, "403 role_required"),
    ] {
        assert_eq!(answer.refusal(), refusal);
    }
    // Everybody on the team may look.
    let page: TextsPage = ben.get(ENGLISH).await.ok();
    assert!(page.texts.iter().all(|text| text.own.is_none()));
}
