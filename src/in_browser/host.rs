//! The channel to the host page. The test's own window is the page.

use std::cell::RefCell;
use std::rc::Rc;

use leptos::prelude::window;
use porchlight_protocol::VisitorKey;
use porchlight_protocol::wire::SiteConfig;
use wasm_bindgen::JsValue;
use wasm_bindgen_test::wasm_bindgen_test;

use super::{run, sleep, until};
use crate::host::{Host, HostMessage};

/// Offers a channel, as the loader does, and notes in `it.heard` what the widget says on it. Returns the page's end.
const OFFER: &str = r#"
    const channel = new MessageChannel();
    channel.port1.heard = [];
    channel.port1.onmessage = ({ data }) => channel.port1.heard.push(JSON.stringify(data));
    window.postMessage(it, location.origin, [channel.port2]);
    return channel.port1;"#;

/// The loader's words when it connects.
const CONNECT: &str = r#"return { porchlight: 1, type: "connect" }"#;

fn config(origin: &str) -> SiteConfig {
    let json = [
        r#"{"site":"pk_"#,
        &"1".repeat(32),
        r#"","name":"Shop","allow_origins":[""#,
        origin,
        r#""]}"#,
    ];
    porchlight_browser::json::read(&json.concat()).unwrap()
}

/// What the widget heard, in words.
type Heard = Rc<RefCell<Vec<String>>>;

fn note(message: &HostMessage) -> String {
    match message {
        HostMessage::Init { key, kept, locale, color, sound, open, layout, place } => format!(
            "init {} {kept:?} {locale} {color:?} {sound:?} {open} {} {place:?}",
            key.is_some(),
            layout.name()
        ),
        HostMessage::Open { open, focus } => format!("open {open} {focus}"),
        HostMessage::Key(key) => format!("key {}", key.as_ref().map_or("none", VisitorKey::as_str)),
        HostMessage::Kept(changes) => format!("kept {changes:?}"),
        HostMessage::Layout(layout) => format!("layout {}", layout.name()),
        HostMessage::Page(path) => format!("page {path}"),
        HostMessage::Start(bot) => format!("start {bot}"),
        HostMessage::Sample(sample) => format!("sample {sample}"),
    }
}

/// A host that listens to this page, and what it hears.
fn in_a_frame(origin: &str) -> (Rc<Host>, Heard) {
    let heard = Heard::default();
    let config = config(origin);
    let host = Host::within(window().into(), &config);
    let notes = heard.clone();
    host.clone().listen(&config, move |message| notes.borrow_mut().push(note(&message)));
    (host, heard)
}

fn origin() -> String {
    window().location().origin().unwrap()
}

/// What the widget has said on this port.
fn said(port: &JsValue) -> String {
    run("return it.heard.join(' ')", port).as_string().unwrap()
}

/// Sends a message on the page's end.
fn say(port: &JsValue, message: &str) {
    let script = ["it.postMessage(", message, ")"].concat();
    run(&script, port);
}

#[wasm_bindgen_test]
async fn one_channel_is_taken_and_answered() {
    let (host, heard) = in_a_frame(&origin());
    let connect = run(CONNECT, &JsValue::NULL);
    let port = run(OFFER, &connect);
    until("an answer", || said(&port).contains("ready")).await;
    assert_eq!(said(&port), r#"{"v":1,"type":"ready"}"#);

    let key = VisitorKey::from_bytes([7; 32]);
    let init = [
        r#"{v: 1, type: "init", visitorKey: ""#,
        key.as_str(),
        r##"", kept: {"draft:new": "Hel", odd: 5}, locale: "de-AT", color: "#123456", sound: false, open: true, fullscreen: true}"##,
    ];
    say(&port, &init.concat());
    for more in [
        r#"{v: 1, type: "opened"}"#,
        r#"{v: 1, type: "opened", focus: false}"#,
        r#"{v: 1, type: "closed"}"#,
        r#"{v: 1, type: "key", visitorKey: "not a key"}"#,
        r#"{v: 1, type: "kept", changes: {"draft:new": null}}"#,
        r#"{v: 1, type: "layout", fullscreen: false}"#,
        // Of a newer loader, or of nobody.
        r#"{v: 1, type: "dance"}"#,
        "null",
        r#""text""#,
        r#"{v: 1, type: "ping"}"#,
    ] {
        say(&port, more);
    }
    until("the pong", || said(&port).contains("pong")).await;
    assert_eq!(
        *heard.borrow(),
        [
            r##"init true [("draft:new", Some("Hel")), ("odd", None)] de-AT Some("#123456") Some(false) true sheet None"##,
            "open true true",
            "open true false",
            "open false false",
            "key none",
            r#"kept [("draft:new", None)]"#,
            "layout panel",
        ]
    );

    // A second one may be anybody's.
    let second = run(OFFER, &connect);
    host.close();
    until("a word", || said(&port).contains("close")).await;
    assert_eq!(said(&second), "");
}

#[wasm_bindgen_test]
async fn an_offer_of_a_stranger_is_not_taken() {
    let (_elsewhere, heard) = in_a_frame("https://shop.example");
    let connect = run(CONNECT, &JsValue::NULL);
    let port = run(OFFER, &connect);
    sleep(100).await;
    assert_eq!(said(&port), "", "this page is none of the site's");

    let config = config(&origin());
    let child = run(
        "const it2 = document.createElement('iframe'); document.body.append(it2); return it2.contentWindow",
        &JsValue::NULL,
    );
    let host = Host::within(child, &config);
    host.listen(&config, |_| panic!("it is not the parent who offers"));
    let port = run(OFFER, &connect);
    sleep(100).await;
    assert_eq!(said(&port), "");
    for wrong in [
        r#"return { porchlight: 2, type: "connect" }"#,
        "return { porchlight: 1 }",
        "return 'porchlight'",
        "return null",
    ] {
        let (_host, heard) = in_a_frame(&origin());
        let port = run(OFFER, &run(wrong, &JsValue::NULL));
        sleep(50).await;
        assert_eq!(said(&port), "", "{wrong}");
        assert!(heard.borrow().is_empty());
    }
    assert!(heard.borrow().is_empty());
}

#[wasm_bindgen_test]
async fn what_has_not_changed_is_not_said_again() {
    let (host, _heard) = in_a_frame(&origin());
    let port = run(OFFER, &run(CONNECT, &JsValue::NULL));
    until("an answer", || said(&port).contains("ready")).await;
    for count in [0, 0, 2, 2, 0] {
        host.unread(count);
        host.active(count > 0);
        host.place(if count > 0 { "c" } else { "" });
    }
    host.close();
    until("a word", || said(&port).contains("close")).await;
    let counts = r#"return it.heard.map((text) => JSON.parse(text)).map(({ type, count, open, place }) => type + (count ?? open ?? place ?? "")).join(" ")"#;
    assert_eq!(
        run(counts, &port).as_string().unwrap(),
        "ready unread0 activefalse unread2 activetrue placec unread0 activefalse place close"
    );
}
