//! Nothing that comes in brings the server down, or makes it say that it is at fault.

use futures_util::SinkExt;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use reqwest::Method;
use tokio_tungstenite::tungstenite::Message;

use crate::harness::*;

/// Bytes, or something like JSON with the words that the server knows.
fn body() -> impl Strategy<Value = Vec<u8>> {
    let words = [
        "{",
        "}",
        "[",
        "]",
        ":",
        ",",
        "\"",
        "null",
        "true",
        "-1",
        "0",
        "1e999",
        "18446744073709551616",
        "\"message\"",
        "\"text\"",
        "\"close\"",
        "\"seen\"",
        "\"claim\"",
        "\"from\"",
        "\"reopen\"",
        "\"keep_open\"",
        "\"note\"",
        "\"hide_closed\"",
        "\"disable_field\"",
        "\"notice\"",
        "\"notices\"",
        "\"auto_close_after_s\"",
        "\"client_id\"",
        "\"wire\"",
        "\"auth\"",
        "\"booted\"",
        "\"epoch\"",
        "\"revision\"",
        "\"known\"",
        "\"email\"",
        "\"password\"",
        "\"\\ud800\"",
        "\"\\u0000\"",
        "\"hello\"",
        "\"up_to\"",
        "\"bot\"",
        "\"language\"",
        "\"choose\"",
        "\"flow\"",
        "\"role\"",
        "\"token\"",
        "\"current\"",
        "\"steps\"",
        "\"id\"",
        "\"hash\"",
        "\"jwt\"",
        "\"attributes\"",
        "\"revision\"",
        "\"email\"",
        "\"0123456789abcdef0123456789abcdef\"",
    ];
    prop_oneof![
        vec(any::<u8>(), 0..200),
        vec(proptest::sample::select(words.to_vec()), 0..30)
            .prop_map(|words| words.concat().into_bytes()),
    ]
}

fn segment() -> impl Strategy<Value = String> {
    prop_oneof![
        "[0-9a-f]{32}",
        vec(any::<u8>(), 0..12)
            .prop_map(|bytes| bytes.iter().map(|byte| format!("%{byte:02x}")).collect::<String>()),
        Just("..".to_owned()),
    ]
}

#[tokio::test]
async fn no_request_is_the_servers_fault() {
    let server = TestServer::start().await;
    let bot = server.bot(&server.add_bot(&server.site));
    let (visitor, ada) = (server.visitor(), server.agent("ada").await);
    let id = visitor.starts("Hello").await;
    let methods = [Method::GET, Method::PUT, Method::POST, Method::DELETE, Method::PATCH];
    let paths = [
        "/sync",
        "/sync?wait={}",
        "/conversations",
        "/conversations?limit={}&before={}",
        "/conversations/{}",
        "/conversations/{}/events?after={}",
        "/conversations/{}/events/{}",
        "/conversations/{id}/events?after={}&limit=0",
        "/conversations/{id}/events/{}",
        "/conversations/{id}/read",
        "/conversations/{id}/typing",
        "/session",
        "/away",
        "/idle",
        "/settings/closing",
        "/settings/closing/effect",
        "/settings/live-chat",
        "/settings/messages",
        "/settings/read-receipts",
        "/settings/texts?language={}",
        "/visitor",
        "/visitor/page",
        "/visitor/return",
        "/settings/collecting",
        "/settings/identity/check",
        "/visitors/{}",
        "/visitors/{}/conversations?before={}&limit={}",
        "/settings/identity",
        "/settings/identity/secrets",
        "/settings/identity/secrets/{}",
        "/bots",
        "/bots/{}/flow",
        "/bots/{}/greeting",
        "/bots/{}/trial",
        "/bots/{}/flow/versions",
        "/bots/{}/flow/versions/{}",
        "/team",
        "/team/{}/role",
        "/team/{}/active",
        "/team/invitations",
        "/team/invitations/{}",
        "/account",
        "/account/sites",
        "/session/site",
        "/invitation/join",
        "/account/name",
        "/account/email",
        "/account/picture",
        "/pictures/{}",
        "/account/password",
        "/account/sessions/{}",
        "/account/second-factor",
        "/account/second-factor/recovery-codes",
        "/audit?topic={}&before={}",
        "/visitors/blocked?after={}",
        "/visitors/{}/standing",
        "/visitors/{}/block",
        "/visitors/{}/erase",
        "/visitors/{}/export.json",
        "/visitors/{}/export.html",
        "/settings/questions",
        "/settings/mail",
        "/settings/mail/test",
        "/settings/mail/queue/{}/retry",
        "/account/mail",
        "/settings/retention",
        "/settings/retention/effect",
        "/{}",
    ];
    let callers = [(*visitor).clone(), (*ada).clone(), bot, server.caller()];
    let mut runner = TestRunner::deterministic();
    let request = (
        0..callers.len(),
        proptest::sample::select(methods.to_vec()),
        proptest::sample::select(paths.to_vec()),
        vec(segment(), 3),
        body(),
    );
    for _ in 0..600 {
        let (caller, method, path, segments, body) =
            request.new_tree(&mut runner).unwrap().current();
        // Signing out would end the fun.
        if method == Method::DELETE && path == "/session" {
            continue;
        }
        let mut path = path.replace("{id}", id.as_str());
        for segment in &segments {
            path = path.replacen("{}", segment, 1);
        }
        let answer = callers[caller].send(method.clone(), &path, body.clone()).await;
        let shown = String::from_utf8_lossy(&body);
        assert!(!answer.status.is_server_error(), "{method} {path} {shown}: {}", answer.text);
    }
    assert_eq!(server.caller().get("/healthz").await.status, 200);
}

#[tokio::test]
async fn no_frame_is_the_servers_fault() {
    let server = TestServer::start().await;
    let mut runner = TestRunner::deterministic();
    let frame = (any::<bool>(), body());
    for _ in 0..150 {
        let (binary, body) = frame.new_tree(&mut runner).unwrap().current();
        let mut socket = Socket::open(server.address, &[]).await;
        let text = String::from_utf8_lossy(&body).into_owned();
        let message = if binary { Message::binary(body) } else { Message::text(text.clone()) };
        socket.stream.send(message).await.unwrap();
        let (code, _) = socket.refused().await;
        assert_ne!(code, "internal", "{text}");
    }
    assert_eq!(server.caller().get("/healthz").await.status, 200);
}
