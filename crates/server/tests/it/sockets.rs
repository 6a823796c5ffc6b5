use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use porchlight_protocol::conversation::Side;
use porchlight_protocol::limits::BODY_BYTES_MAX;
use porchlight_protocol::wire::{Head, Hello, Page, ServerFrame};
use porchlight_protocol::{Author, EventBody, VisitorKey, WIRE_VERSION};
use serde_json::json;
use tokio_tungstenite::tungstenite::{self, Message};

use crate::harness::*;

/// The heartbeat of tests that wait for one. A socket ends after two that its client answers with nothing, and a client
/// of these tests answers only while it listens.
const HEARTBEAT: Duration = Duration::from_millis(500);

#[tokio::test]
async fn both_sides_hear_what_happens_while_it_happens() {
    let server = TestServer::start().await;
    let (visitor, ada) = (server.visitor(), server.agent("ada").await);
    let id = visitor.starts("Hello").await;
    let (mut at_home, welcome) = visitor.socket().await;
    assert_eq!(welcome.conversations.len(), 1);
    assert!(!welcome.online);
    let (mut at_work, welcome) = ada.socket().await;
    assert_eq!(welcome.conversations[0].id, id);
    assert_eq!(at_home.next().await, ServerFrame::Online(true));
    assert_eq!(at_work.next().await, ServerFrame::Online(true));

    ada.claims(&id).await;
    ada.says(&id, "Hi!").await;
    visitor.put(&format!("/conversations/{id}/read"), &json!({"up_to": 3})).await;
    for socket in [&mut at_home, &mut at_work] {
        let (of, event) = socket.next_event().await;
        assert_eq!((of, event.seq), (id.clone(), 2));
        let (_, event) = socket.next_event().await;
        assert!(matches!(event.body, EventBody::Message { ref text, .. } if text == "Hi!"));
        let read = ServerFrame::Read {
            conversation: id.clone(),
            side: Side::Visitor,
            up_to: 3,
            revision: None,
        };
        assert_eq!(socket.next().await, read);
    }
    // Another visitor's affairs reach the agent only.
    let other = server.visitor().starts("Somebody else").await;
    assert_eq!(at_work.next_event().await.0, other);
    visitor.says(&id, "Thanks").await;
    assert_eq!(at_home.next_event().await.0, id);

    drop(at_work);
    assert_eq!(at_home.next().await, ServerFrame::Online(false));
}

#[tokio::test]
async fn who_types_is_told_to_the_others_and_to_nobody_else() {
    let server = TestServer::start().await;
    let (visitor, stranger) = (server.visitor(), server.visitor());
    let (ada, ben) = (server.agent("ada").await, server.agent("ben").await);
    let id = visitor.starts("Hello").await;
    stranger.starts("Somebody else").await;
    let (mut at_home, _) = visitor.socket().await;
    let (mut elsewhere, _) = stranger.socket().await;
    let (mut at_work, _) = ada.socket().await;
    let typing = format!("/conversations/{id}/typing");
    let nothing = json!({});

    assert_eq!(visitor.put(&typing, &nothing).await.status, 204);
    assert_eq!(ben.put(&typing, &nothing).await.status, 204);
    assert_eq!(at_work.next_typing().await, (id.clone(), Author::Visitor));
    let (of, by) = at_work.next_typing().await;
    assert_eq!((of, by.member().map(|agent| agent.name.as_str())), (id.clone(), Some("ben")));
    // The visitor is not told of themselves.
    assert_eq!(at_home.next_typing().await, (id.clone(), by));

    let theirs = stranger.put(&typing, &nothing).await;
    assert_eq!(theirs.refusal(), "404 conversation_unknown");
    let unknown = format!("/conversations/{}/typing", "0".repeat(32));
    assert_eq!(ada.put(&unknown, &nothing).await.refusal(), "404 conversation_unknown");

    // It leaves no trace.
    assert_eq!(visitor.events(&id).await.len(), 1);
    let other = stranger.starts("Me again").await;
    assert_eq!(elsewhere.next_event().await.0, other);
    assert_eq!(at_work.next_event().await.0, other);
}

#[tokio::test]
async fn a_socket_opened_amid_a_flood_misses_nothing_and_repeats_nothing() {
    let server = TestServer::start().await;
    let visitor = server.visitor();
    let id = visitor.starts("1").await;
    let flood = {
        let (visitor, id) = (visitor.clone(), id.clone());
        tokio::spawn(async move {
            for number in 2..=120 {
                visitor.says(&id, &number.to_string()).await;
            }
        })
    };
    for _ in 0..5 {
        let (mut socket, welcome) = visitor.socket().await;
        let mut head = welcome.conversations[0].head;
        for _ in 0..8 {
            let (_, event) = socket.next_event().await;
            assert_eq!(event.seq, head + 1);
            head = event.seq;
        }
    }
    flood.await.unwrap();
}

#[tokio::test]
async fn a_reader_too_slow_is_cut_and_resumes_from_the_log() {
    let server = TestServer::start().await;
    let visitor = server.visitor();
    let id = visitor.starts("Hello").await;
    let (mut slow, _) = visitor.socket().await;
    let (mut quick, _) = visitor.socket().await;
    let text = "😀".repeat(4_000);
    let last = 621;
    let reading = tokio::spawn(async move {
        let mut head = 1;
        while head < last {
            let (_, event) = quick.next_event().await;
            assert_eq!(event.seq, head + 1);
            head = event.seq;
        }
    });
    let mut writers = Vec::new();
    for _ in 0..20 {
        let (visitor, id, text) = (visitor.clone(), id.clone(), text.clone());
        writers.push(tokio::spawn(async move {
            for _ in 0..31 {
                visitor.says(&id, &text).await;
            }
        }));
    }
    for writer in writers {
        writer.await.unwrap();
    }
    reading.await.unwrap();

    // The slow one wakes up: what was under way arrives, in order, and then it is over.
    let mut head = 1;
    loop {
        match slow.hear().await {
            Heard::Frame(ServerFrame::Event { event, .. }) => {
                assert_eq!(event.seq, head + 1);
                head = event.seq;
            }
            Heard::Frame(ServerFrame::Beacon(_) | ServerFrame::Error(_)) => {}
            Heard::Frame(other) => panic!("{other:?}"),
            Heard::Closed(_) => break,
        }
    }
    assert!(head < last, "it was cut, at {head}");
    while head < last {
        let path = format!("/conversations/{id}/events?after={head}");
        let page: Page = visitor.get(&path).await.ok();
        assert_eq!(page.events[0].seq, head + 1);
        head = page.events.last().unwrap().seq;
    }
    assert_eq!(visitor.socket().await.1.conversations[0].head, last);
}

#[tokio::test]
async fn beacons_tell_the_heads_that_moved_lately() {
    let server = TestServer::start_with(|config| {
        config.beacon_every = HEARTBEAT;
    })
    .await;
    let visitor = server.visitor();
    let id = visitor.starts("Hello").await;
    let (mut socket, _) = visitor.socket().await;
    visitor.says(&id, "Hello?").await;
    loop {
        match socket.hear().await {
            Heard::Frame(ServerFrame::Beacon(heads)) if !heads.is_empty() => {
                assert_eq!(heads, [Head { conversation: id, head: 2 }]);
                break;
            }
            Heard::Frame(_) => {}
            Heard::Closed(code) => panic!("closed: {code:?}"),
        }
    }
}

#[tokio::test]
async fn who_shows_no_sign_of_life_is_let_go() {
    let server = TestServer::start_with(|config| {
        config.beacon_every = HEARTBEAT;
    })
    .await;
    let (visitor, ada) = (server.visitor(), server.agent("ada").await);
    visitor.starts("Hello").await;
    let (mut socket, _) = visitor.socket().await;
    // Not polled, the client answers no ping: a laptop with its lid closed.
    let (asleep, _) = ada.socket().await;
    assert_eq!(socket.next().await, ServerFrame::Online(true));
    assert_eq!(socket.next().await, ServerFrame::Online(false));
    drop(asleep);
}

#[tokio::test]
async fn a_first_frame_that_is_no_hello_ends_the_socket() {
    let server = TestServer::start_with(|config| {
        config.hello_within = Duration::from_millis(300);
    })
    .await;
    let visitor = server.visitor();
    visitor.starts("Hello").await;
    let nobody = VisitorKey::from_bytes([1; 32]);
    let hello = |site: &str, key: &VisitorKey| {
        let auth = json!({"visitor": {"site": site, "key": key}});
        json!({"hello": {"wire": WIRE_VERSION, "auth": auth}}).to_string()
    };
    let site = server.site.as_str();
    for (frame, code) in [
        ("nonsense".to_owned(), "malformed"),
        ("{}".to_owned(), "malformed"),
        (r#"{"hello":{"wire":2}}"#.to_owned(), "malformed"),
        (r#"{"hello":{"wire":2,"auth":{"visitor":{"site":"\ud800"}}}}"#.to_owned(), "malformed"),
        (r#"{"hello":{"wire":99,"auth":"new"}}"#.to_owned(), "version_mismatch"),
        (hello("pl_nowhere", &visitor.key), "site_unknown"),
        (hello(site, &nobody), "visitor_key_invalid"),
        (r#"{"hello":{"wire":2,"auth":{"agent":{"csrf":"x"}}}}"#.to_owned(), "sign_in_required"),
        ("x".repeat(BODY_BYTES_MAX + 1), "body_too_large"),
    ] {
        let mut socket = Socket::open(server.address, &[]).await;
        socket.send(frame.clone()).await;
        let expected = (code.to_owned(), Some(1008));
        assert_eq!(socket.refused().await, expected, "{}", &frame[..frame.len().min(80)]);
    }
    let mut binary = Socket::open(server.address, &[]).await;
    binary.stream.send(Message::binary(vec![0, 1, 2])).await.unwrap();
    assert_eq!(binary.refused().await.0, "malformed");
    let mut silent = Socket::open(server.address, &[]).await;
    assert_eq!(silent.refused().await.0, "malformed", "nobody waits for ever");
}

#[tokio::test]
async fn the_hello_is_the_only_frame_of_a_client() {
    let server = TestServer::start().await;
    let visitor = server.visitor();
    visitor.starts("Hello").await;
    let (mut socket, _) = visitor.socket().await;
    socket.send(r#"{"hello":{"wire":2}}"#).await;
    assert_eq!(socket.refused().await, ("malformed".to_owned(), Some(1008)));
}

#[tokio::test]
async fn a_page_of_another_origin_gets_no_socket() {
    let server = TestServer::start().await;
    for origin in ["https://shop.example", "null"] {
        let refused = Socket::try_open(server.address, &[("origin", origin)]).await;
        let Err(tungstenite::Error::Http(answer)) = refused else { panic!() };
        assert_eq!(answer.status(), 403);
    }
    Socket::try_open(server.address, &[("origin", &server.base)]).await.unwrap();
}

#[tokio::test]
async fn an_agents_socket_needs_the_csrf_token_too() {
    let server = TestServer::start().await;
    let ada = server.agent("ada").await;
    let mut socket = Socket::open(server.address, &[("cookie", &ada.cookie)]).await;
    socket.send(r#"{"hello":{"wire":2,"auth":{"agent":{"csrf":"x"}}}}"#).await;
    assert_eq!(socket.refused().await.0, "csrf_token_invalid");
}

#[tokio::test]
async fn signing_out_closes_the_sockets_of_that_session_only() {
    let server = TestServer::start().await;
    let (here, there) = (server.agent("ada").await, server.agent("ada").await);
    let ((mut at_here, _), (mut at_there, _)) = (here.socket().await, there.socket().await);
    here.delete("/session").await;
    assert_eq!(at_here.refused().await, ("sign_in_required".to_owned(), Some(1008)));
    let id = server.visitor().starts("Hello").await;
    assert_eq!(at_there.next_event().await.0, id);
}

#[tokio::test]
async fn sockets_are_told_when_the_server_goes_down() {
    let mut server = TestServer::start().await;
    let visitor = server.visitor();
    visitor.starts("Hello").await;
    let (mut socket, before) = visitor.socket().await;
    let heard = tokio::spawn(async move { socket.refused().await });
    server.restart().await;
    assert_eq!(heard.await.unwrap(), ("unavailable".to_owned(), Some(1001)));

    // It comes back with the boot that it had.
    let visitor = server.visitor_with(&server.site, visitor.key.clone());
    let mut socket = Socket::open(server.address, &[]).await;
    let again =
        Hello { auth: Some(visitor.auth()), booted: Some(before.booted.clone()), ..hello() };
    assert_eq!(socket.hello(again).await.booted, before.booted);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_burst_cuts_nobody_who_reads() {
    let server = TestServer::start().await;
    let ada = server.agent("ada").await;
    let (mut at_work, _) = ada.socket().await;
    // All of them wait for the writer, and are then committed in one go.
    let (free, freed) = std::sync::mpsc::channel::<()>();
    let many = 300;
    let burst = async {
        let visitors = (0..many).map(|_| {
            let visitor = server.visitor();
            tokio::spawn(async move { visitor.starts("All at once").await })
        });
        let visitors: Vec<_> = visitors.collect();
        tokio::time::sleep(Duration::from_millis(500)).await;
        free.send(()).unwrap();
        for visitor in visitors {
            visitor.await.unwrap();
        }
    };
    tokio::join!(burst, server.writes(move || freed.recv_timeout(SOON).unwrap()));
    let mut heard = std::collections::HashSet::new();
    while heard.len() < many {
        heard.insert(at_work.next_event().await.0);
    }
}

/// A close is answered with a close: a browser calls that clean.
async fn closes_cleanly(mut socket: Socket) {
    socket.stream.close(None).await.unwrap();
    loop {
        match tokio::time::timeout(SOON, socket.stream.next()).await.expect("silence") {
            Some(Ok(Message::Close(_))) | None => break,
            Some(Ok(_)) => {}
            Some(Err(error)) => panic!("{error}"),
        }
    }
}

#[tokio::test]
async fn a_close_is_answered_before_the_hello_and_after_it() {
    let server = TestServer::start().await;
    let visitor = server.visitor();
    visitor.starts("Hello").await;
    closes_cleanly(Socket::open(server.address, &[]).await).await;
    closes_cleanly(visitor.socket().await.0).await;
    closes_cleanly(server.agent("ada").await.socket().await.0).await;
}

#[tokio::test]
async fn what_is_no_websocket_frame_has_its_number() {
    use tokio::io::AsyncWriteExt;
    let server = TestServer::start().await;
    let visitor = server.visitor();
    visitor.starts("Hello").await;
    let large = {
        // The head of a masked text of 1 MiB.
        let mut head = vec![0x81, 0xff];
        head.extend(1_048_576_u64.to_be_bytes());
        head.extend([0; 4]);
        head
    };
    for (what, bytes, code, number) in [
        ("not masked", vec![0x81, 0x01, b'x'], "malformed", 1002),
        ("a reserved bit", vec![0xc1, 0x81, 0, 0, 0, 0, b'x'], "malformed", 1002),
        ("a reserved kind", vec![0x83, 0x80, 0, 0, 0, 0], "malformed", 1002),
        ("a ping in pieces", vec![0x09, 0x80, 0, 0, 0, 0], "malformed", 1002),
        ("not UTF-8", vec![0x81, 0x81, 0, 0, 0, 0, 0xff], "malformed", 1007),
        ("far too large", large, "body_too_large", 1009),
    ] {
        let fresh = Socket::open(server.address, &[]).await;
        for (mut socket, when) in [(fresh, "before"), (visitor.socket().await.0, "after")] {
            socket.stream.get_mut().write_all(&bytes).await.unwrap();
            let expected = (code.to_owned(), Some(number));
            assert_eq!(socket.refused().await, expected, "{what}, {when} the hello");
        }
    }
}

#[tokio::test]
async fn pings_without_end_end_the_socket() {
    let server = TestServer::start().await;
    let visitor = server.visitor();
    visitor.starts("Hello").await;
    for mut socket in [Socket::open(server.address, &[]).await, visitor.socket().await.0] {
        for _ in 0..200 {
            if socket.stream.send(Message::Ping(Vec::new().into())).await.is_err() {
                break;
            }
        }
        assert_eq!(socket.refused().await, ("rate_limited".to_owned(), Some(1008)));
    }
}

#[tokio::test]
async fn sockets_that_say_nothing_are_so_many_and_no_more() {
    let server = TestServer::start().await;
    let visitor = server.visitor();
    visitor.starts("Hello").await;
    let (mut known, _) = visitor.socket().await;
    let mut silent = Vec::new();
    let refused = loop {
        match Socket::try_open(server.address, &[]).await {
            Ok(socket) => silent.push(socket),
            Err(tungstenite::Error::Http(answer)) => break answer,
            Err(error) => panic!("{error}"),
        }
        assert!(silent.len() < 1_000);
    };
    assert_eq!(refused.status(), 503);
    // Those that have said hello take no place here.
    let id = visitor.starts("Still there").await;
    assert_eq!(known.next_event().await.0, id);
    silent.pop();
    until("there is a place again", async || Socket::try_open(server.address, &[]).await.is_ok())
        .await;
}

#[tokio::test]
async fn one_session_has_so_many_sockets() {
    let server = TestServer::start().await;
    let (ada, ben) = (server.agent("ada").await, server.agent("ben").await);
    let mut open = Vec::new();
    for _ in 0..32 {
        open.push(ada.socket().await);
    }
    let mut socket = Socket::open(server.address, &[("cookie", &ada.cookie)]).await;
    let auth = json!({"agent": {"csrf": ada.session.csrf}});
    socket.send(json!({"hello": {"wire": WIRE_VERSION, "auth": auth}}).to_string()).await;
    assert_eq!(socket.refused().await.0, "unavailable");
    ben.socket().await;
}
