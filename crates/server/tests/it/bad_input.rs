//! What comes in wrong gets its code and its message, and changes nothing.

use porchlight_protocol::limits::{BODY_BYTES_MAX, MESSAGE_CHARS_MAX, OPEN_CONVERSATIONS_MAX};
use porchlight_protocol::{ConversationId, VisitorId, VisitorKey};
use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::*;

/// A conversation that Ada owns, and a way to see that nothing happened in it.
struct Scene {
    server: TestServer,
    visitor: Visitor,
    ada: Agent,
    id: ConversationId,
}

async fn scene() -> Scene {
    let server = TestServer::start().await;
    let (visitor, ada) = (server.visitor(), server.agent("ada").await);
    let id = visitor.starts("Hello").await;
    ada.claims(&id).await;
    Scene { server, visitor, ada, id }
}

impl Scene {
    async fn unchanged(&self) {
        assert_eq!(self.ada.conversation(&self.id).await.head, 2);
        assert_eq!(self.visitor.home().await, [self.id.clone()]);
    }

    fn events(&self) -> String {
        format!("/conversations/{}/events/{}", self.id, client_id())
    }
}

#[tokio::test]
async fn an_unknown_site_is_told_as_such() {
    let scene = scene().await;
    for site in ["pl_nowhere", "a%20b", "%ff", "%00", &"x".repeat(65)] {
        let mut visitor = (*scene.visitor).clone();
        visitor.base = format!("{}/api/v1/sites/{site}", scene.server.base);
        assert_eq!(visitor.post("/sync", &hello()).await.refusal(), "404 site_unknown");
        let start = json!({"client_id": client_id(), "text": "Hi"});
        assert_eq!(visitor.post("/conversations", &start).await.refusal(), "404 site_unknown");
        let act = visitor.act(&scene.id, &message("Hi")).await;
        assert_eq!(act.refusal(), "404 site_unknown");
    }
    scene.unchanged().await;
}

#[tokio::test]
async fn a_visitor_without_a_known_key_is_nobody() {
    let scene = scene().await;
    for key in [
        "Bearer ".to_owned(),
        "Bearer nonsense".to_owned(),
        "Basic Zm9vOmJhcg==".to_owned(),
        format!("Bearer {}", "A".repeat(64)),
        format!("Bearer {}", VisitorKey::from_bytes([1; 32]).as_str()),
    ] {
        let nobody = scene.visitor.with("authorization", &key);
        let expected = "401 visitor_key_invalid";
        assert_eq!(nobody.post("/sync", &hello()).await.refusal(), expected);
        assert_eq!(nobody.act(&scene.id, &message("Hi")).await.refusal(), expected);
        let path = format!("/conversations/{}", scene.id);
        assert_eq!(nobody.get(&path).await.refusal(), expected);
        let read = nobody.put(&format!("{path}/read"), &json!({"up_to": 1})).await;
        assert_eq!(read.refusal(), expected);
    }
    let start = json!({"client_id": client_id(), "text": "Hi"});
    let nobody = scene.visitor.without("authorization");
    assert_eq!(nobody.post("/conversations", &start).await.refusal(), "401 visitor_key_invalid");
    scene.unchanged().await;
}

#[tokio::test]
async fn a_revoked_key_opens_nothing_and_closes_the_socket() {
    let scene = scene().await;
    let (mut socket, _) = scene.visitor.socket().await;
    let visitor: VisitorId = scene.ada.conversation(&scene.id).await.visitor;
    let (store, key) = (scene.server.beside(), scene.server.site.clone());
    blocking(move || {
        let site = store.site(Some(&key)).unwrap();
        assert!(store.revoke_visitor(&site, &visitor).unwrap());
    });

    let expected = "403 visitor_key_revoked";
    assert_eq!(scene.visitor.post("/sync", &hello()).await.refusal(), expected);
    assert_eq!(scene.visitor.act(&scene.id, &message("Hi")).await.refusal(), expected);
    let start = json!({"client_id": client_id(), "text": "Hi"});
    assert_eq!(scene.visitor.post("/conversations", &start).await.refusal(), expected);
    assert_eq!(socket.refused().await, ("visitor_key_revoked".to_owned(), Some(1008)));
    assert_eq!(scene.ada.conversation(&scene.id).await.head, 2);
}

#[tokio::test]
async fn somebody_elses_conversation_is_as_unknown_as_none() {
    let scene = scene().await;
    let stranger = scene.server.visitor();
    stranger.starts("Hi").await;
    let mut answers = Vec::new();
    let none = ConversationId::from_bytes([7; 16]).to_string();
    for id in [scene.id.to_string(), none, "nonsense".to_owned(), "%ff".to_owned()] {
        let path = format!("/conversations/{id}");
        let act = stranger.put(&format!("{path}/events/{}", client_id()), &message("Hi")).await;
        answers.push(stranger.get(&path).await);
        answers.push(stranger.get(&format!("{path}/events?after=0")).await);
        answers.push(stranger.get(&format!("{path}/events?after=0&wait=25")).await);
        answers.push(act);
        answers.push(stranger.put(&format!("{path}/read"), &json!({"up_to": 1})).await);
    }
    for answer in &answers {
        assert_eq!(answer.refusal(), "404 conversation_unknown");
        assert_eq!(answer.text, answers[0].text);
    }
    scene.unchanged().await;
}

#[tokio::test]
async fn a_text_that_is_none_is_refused() {
    let scene = scene().await;
    for (text, refusal) in [
        (String::new(), "422 text_empty"),
        (" \n\t ".to_owned(), "422 text_empty"),
        ("x".repeat(MESSAGE_CHARS_MAX + 1), "422 text_too_long"),
        ("\0\u{1b}".to_owned(), "422 text_empty"),
        ("\u{200b}\u{3164}".to_owned(), "422 text_empty"),
    ] {
        let act = message(&text);
        assert_eq!(scene.visitor.act(&scene.id, &act).await.refusal(), refusal);
        assert_eq!(scene.ada.act(&scene.id, &act).await.refusal(), refusal);
        let act = json!({"message_and_close": {"text": text, "seen": 9}});
        assert_eq!(scene.ada.act(&scene.id, &act).await.refusal(), refusal);
        let start = json!({"client_id": client_id(), "text": text});
        assert_eq!(scene.visitor.post("/conversations", &start).await.refusal(), refusal);
        // A refused first message makes no visitor either.
        let new = scene.server.visitor();
        assert_eq!(new.post("/conversations", &start).await.refusal(), refusal);
        assert_eq!(new.post("/sync", &hello()).await.refusal(), "401 visitor_key_invalid");
    }
    scene.unchanged().await;
}

#[tokio::test]
async fn the_longest_text_of_the_widest_characters_is_taken() {
    let scene = scene().await;
    let text = "😀".repeat(MESSAGE_CHARS_MAX);
    let escaped = r"\ud83d\ude00".repeat(MESSAGE_CHARS_MAX);
    let body = format!(r#"{{"message":{{"text":"{escaped}"}}}}"#);
    let answer = scene.visitor.send(Method::PUT, &scene.events(), body).await;
    assert_eq!(answer.status, 201);
    assert_eq!(texts(&scene.visitor.events(&scene.id).await)[1], text);
}

#[tokio::test]
async fn what_is_not_of_the_documented_shape_is_malformed() {
    let scene = scene().await;
    let deep = format!("{}1{}", "[".repeat(5_000), "]".repeat(5_000));
    for body in [
        &b""[..],
        b"{",
        b"null",
        b"[]",
        b"\"message\"",
        b"{\"message\":{}}",
        b"{\"message\":{\"text\":1}}",
        b"{\"message\":{\"text\":\"Hi\",\"html\":\"<b>\"}}",
        b"{\"message\":{\"text\":\"Hi\"},\"close\":{\"seen\":1}}",
        b"{\"shout\":{\"text\":\"Hi\"}}",
        b"{\"close\":{\"seen\":-1}}",
        b"{\"close\":{\"seen\":99999999999999999999999}}",
        // A lone surrogate is no text, escaped or raw.
        br#"{"message":{"text":"\ud800"}}"#,
        br#"{"message":{"text":"\udc00 and then"}}"#,
        b"{\"message\":{\"text\":\"\xed\xa0\x80\"}}",
        b"{\"message\":{\"text\":\"\xff\"}}",
        deep.as_bytes(),
    ] {
        let body = body.to_vec();
        let shown = String::from_utf8_lossy(&body).chars().take(60).collect::<String>();
        for caller in [&*scene.visitor, &*scene.ada] {
            let answer = caller.send(Method::PUT, &scene.events(), body.clone()).await;
            assert_eq!(answer.refusal(), "400 malformed", "{shown}");
        }
        for path in ["/conversations", "/sync"] {
            let answer = scene.visitor.send(Method::POST, path, body.clone()).await;
            assert_eq!(answer.refusal(), "400 malformed", "{path} {shown}");
        }
        let session = scene.server.caller();
        let answer = session.send(Method::POST, "/api/v1/agent/session", body.clone()).await;
        assert_eq!(answer.refusal(), "400 malformed", "{shown}");
    }
    for name in ["nonsense", "%ff", &"A".repeat(32)] {
        let path = format!("/conversations/{}/events/{name}", scene.id);
        let answer = scene.visitor.put(&path, &message("Hi")).await;
        assert_eq!(answer.refusal(), "400 malformed", "{name}");
    }
    for query in ["after=-1", "after=x", "before=1&after=1", "limit=-1", "wait=x", "limits=1"] {
        let path = format!("/conversations/{}/events?{query}", scene.id);
        assert_eq!(scene.visitor.get(&path).await.refusal(), "400 malformed", "{query}");
    }
    let listed = scene.ada.get("/conversations?filter=nonsense").await;
    assert_eq!(listed.refusal(), "422 filter_unknown");
    scene.unchanged().await;
}

#[tokio::test]
async fn a_body_over_the_limit_is_refused() {
    let scene = scene().await;
    let body = serde_json::to_vec(&message(&"x".repeat(BODY_BYTES_MAX))).unwrap();
    let answer = scene.visitor.send(Method::PUT, &scene.events(), body.clone()).await;
    assert_eq!(answer.refusal(), "413 body_too_large");
    let answer = scene.visitor.send(Method::POST, "/conversations", body).await;
    assert_eq!(answer.refusal(), "413 body_too_large");
    scene.unchanged().await;
}

#[tokio::test]
async fn an_older_or_newer_client_is_told_to_load_again() {
    let scene = scene().await;
    for hello in [json!({"wire": 0}), json!({"wire": 99, "something": "new"})] {
        let answer = scene.visitor.post("/sync", &hello).await;
        assert_eq!(answer.refusal(), "409 version_mismatch");
        assert_eq!(scene.ada.post("/sync", &hello).await.refusal(), "409 version_mismatch");
    }
}

#[tokio::test]
async fn the_same_name_for_another_act_is_refused() {
    let scene = scene().await;
    let name = client_id();
    scene.visitor.act_as(&name, &scene.id, &message("Hi")).await.ok::<Value>();
    for act in [message("Ho"), json!({"close": {"seen": 3}})] {
        let answer = scene.visitor.act_as(&name, &scene.id, &act).await;
        assert_eq!(answer.refusal(), "409 client_id_reused");
    }
    assert_eq!(scene.ada.conversation(&scene.id).await.head, 3);
}

#[tokio::test]
async fn who_does_not_own_it_neither_answers_nor_closes() {
    let scene = scene().await;
    let ben = scene.server.agent("ben").await;
    for act in [
        message("Hi"),
        json!({"close": {"seen": 9}}),
        json!({"message_and_close": {"text": "Bye", "seen": 9}}),
        json!("unclaim"),
    ] {
        assert_eq!(ben.act(&scene.id, &act).await.refusal(), "403 claim_required", "{act}");
    }
    let answer = ben.act(&scene.id, &json!({"claim": {"from": null}})).await;
    assert_eq!(answer.refusal(), "409 claimed_by_other");
    assert_eq!(answer.json()["owner"]["name"], "ada");
    scene.unchanged().await;
}

#[tokio::test]
async fn visitors_do_not_do_what_agents_do() {
    let scene = scene().await;
    for act in [
        json!({"claim": {"from": null}}),
        json!("unclaim"),
        json!({"message_and_close": {"text": "Bye", "seen": 9}}),
        json!({"note": {"text": "Ha"}}),
    ] {
        let answer = scene.visitor.act(&scene.id, &act).await;
        assert_eq!(answer.refusal(), "403 not_allowed", "{act}");
    }
    scene.unchanged().await;
}

#[tokio::test]
async fn nobody_does_what_only_the_other_side_does() {
    let scene = scene().await;
    let bot = scene.server.bot(&scene.server.add_bot(&scene.server.site));
    let with_bot = scene.visitor.starts_with_bot("Beep").await;
    assert_eq!(scene.ada.act(&scene.id, &json!("keep_open")).await.refusal(), "403 not_allowed");
    for act in [json!("reopen"), json!("keep_open"), json!({"claim": {"from": null}})] {
        assert_eq!(bot.act(&with_bot, &act).await.refusal(), "403 not_allowed", "{act}");
    }
    scene.visitor.closes(&with_bot).await;
    assert_eq!(bot.act(&with_bot, &json!("reopen")).await.refusal(), "403 not_allowed");
    assert_eq!(
        scene.visitor.act(&with_bot, &json!("keep_open")).await.refusal(),
        "409 conversation_closed"
    );
    scene.unchanged().await;
}

#[tokio::test]
async fn settings_that_can_not_be_are_refused_by_the_field_and_none_is_taken() {
    let scene = scene().await;
    let before = scene.ada.closing().await;
    let off = json!({"hide_closed": true, "disable_field": true, "notice": true});
    let with = |fields: Value| {
        let mut settings = off.clone();
        settings.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        settings
    };
    let notices = |languages: &[&str]| {
        let notices = languages.iter().map(|tag| json!({"language": tag, "text": "Bye"}));
        with(json!({"notices": notices.collect::<Vec<_>>()}))
    };
    let text = |text: &str| with(json!({"notices": [{"language": "pt-br", "text": text}]}));
    let year = 365 * 24 * 60 * 60;
    let many: Vec<String> = (0..31)
        .map(|at| format!("x{}", char::from(b'a' + at % 26)) + if at < 26 { "" } else { "a" })
        .collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    for (settings, refusal, field) in [
        (with(json!({"auto_close_after_s": 0})), "422 period_out_of_range", "auto_close_after_s"),
        (with(json!({"auto_close_after_s": 59})), "422 period_out_of_range", "auto_close_after_s"),
        (
            with(json!({"auto_close_after_s": year + 1})),
            "422 period_out_of_range",
            "auto_close_after_s",
        ),
        (
            with(json!({"auto_close_after_s": i64::MAX})),
            "422 period_out_of_range",
            "auto_close_after_s",
        ),
        (
            with(json!({"bot_auto_close_after_s": 59})),
            "422 period_out_of_range",
            "bot_auto_close_after_s",
        ),
        (with(json!({"warn_before_s": 59})), "422 warning_out_of_range", "warn_before_s"),
        (
            with(json!({"warn_before_s": 24 * 60 * 60 + 1})),
            "422 warning_out_of_range",
            "warn_before_s",
        ),
        (
            with(json!({"warn_before_s": 600, "auto_close_after_s": 600})),
            "422 warning_out_of_range",
            "warn_before_s",
        ),
        (notices(&["english"]), "422 language_invalid", "notices.english"),
        (notices(&["pt_BR"]), "422 language_invalid", "notices.pt_BR"),
        (notices(&[""]), "422 language_invalid", "notices."),
        (notices(&["pt-BR", "de", "PT-br"]), "422 language_repeated", "notices.pt-BR"),
        (notices(&many), "422 too_many_languages", "notices"),
        (text(" "), "422 text_empty", "notices.pt-BR"),
        (text(&"x".repeat(501)), "422 text_too_long", "notices.pt-BR"),
        (text("\0\u{200b}"), "422 text_empty", "notices.pt-BR"),
    ] {
        for answer in [
            scene.ada.put("/settings/closing", &settings).await,
            scene.ada.post("/settings/closing/effect", &settings).await,
        ] {
            assert_eq!(answer.refusal(), refusal, "{settings}");
            assert_eq!(answer.json()["field"], field, "{settings}");
        }
    }
    for settings in [
        json!({"hide_closed": true}),
        with(json!({"auto_close_after_s": -1})),
        with(json!({"auto_close_after_s": 90.5})),
        with(json!({"auto_close_after_s": "600"})),
        with(json!({"auto_close_after_s": 99_999_999_999_999_999_999_u128 as f64})),
        with(json!({"notices": {"en": "Bye"}})),
        with(json!({"notice_text": "Bye"})),
    ] {
        let answer = scene.ada.put("/settings/closing", &settings).await;
        assert_eq!(answer.refusal(), "400 malformed", "{settings}");
    }
    assert_eq!(scene.ada.closing().await, before);
}

#[tokio::test]
async fn agents_do_not_write_into_what_is_closed() {
    let scene = scene().await;
    scene.ada.closes(&scene.id).await;
    let answer = scene.ada.act(&scene.id, &message("One more thing")).await;
    assert_eq!(answer.refusal(), "409 conversation_closed");
    assert_eq!(scene.ada.conversation(&scene.id).await.head, 3);
}

#[tokio::test]
async fn nobody_has_too_many_conversations_open() {
    let scene = scene().await;
    for _ in 1..OPEN_CONVERSATIONS_MAX {
        scene.visitor.starts("Hello").await;
    }
    let start = json!({"client_id": client_id(), "text": "Hello"});
    let answer = scene.visitor.post("/conversations", &start).await;
    assert_eq!(answer.refusal(), "409 too_many_open");
    scene.visitor.closes(&scene.id).await;
    assert_eq!(scene.visitor.post("/conversations", &start).await.status, 201);
}

#[tokio::test]
async fn what_is_not_there_and_how_not_to_ask_are_told_in_json() {
    let server = TestServer::start().await;
    let caller = server.caller();
    for path in ["/api/v1/nothing", "/api/v1/agent", "/nothing", "/widget/no.js", "/chat"] {
        assert_eq!(caller.get(path).await.refusal(), "404 not_found", "{path}");
    }
    for (method, path) in [
        (Method::DELETE, "/api/v1/agent/conversations"),
        (Method::GET, "/api/v1/agent/sync"),
        (Method::POST, "/healthz"),
        (Method::PATCH, "/porchlight.js"),
    ] {
        assert_eq!(caller.send(method, path, "").await.refusal(), "405 method_not_allowed");
    }
    assert_eq!(caller.get("/api/v1/socket").await.refusal(), "400 malformed");
}
