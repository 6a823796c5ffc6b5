//! What may be sent: strict towards clients, lenient towards the server, and never a panic.

use proptest::prelude::*;
use proptest::sample::Index;
use serde::de::DeserializeOwned;
use serde_json::Value;

use porchlight_protocol::wire::{ClientFrame, Hello, ReadUpTo, Sample, ServerFrame, Start};
use porchlight_protocol::{
    Act, ClosingSettings, ConversationId, ErrorCode, SiteKey, VisitorKey, WIRE_VERSION,
};

use crate::golden::{Sender, cases};

/// What an enum's variant is wrapped in: an object whose only key is the variant's name.
const VARIANTS: [&str; 20] = [
    "agent",
    "assigned",
    "beacon",
    "bot",
    "claim",
    "close",
    "closed",
    "error",
    "event",
    "hello",
    "message",
    "message_and_close",
    "note",
    "online",
    "policy",
    "read",
    "reopened",
    "typing",
    "visitor",
    "welcome",
];

fn is_struct(value: &Value) -> bool {
    let Value::Object(fields) = value else { return false };
    let mut keys = fields.keys();
    !matches!((keys.next(), keys.next()), (Some(key), None) if VARIANTS.contains(&key.as_str()))
}

/// The JSON with an unknown field in one of its structs, for each of them, and where it is.
fn with_an_unknown_field(json: &Value) -> Vec<(String, Value)> {
    let mut variants = Vec::new();
    for place in places(json, "") {
        let mut changed = json.clone();
        let Some(Value::Object(fields)) = changed.pointer_mut(&place) else { continue };
        fields.insert("from_the_future".to_owned(), Value::from(1));
        variants.push((place, changed));
    }
    variants
}

fn places(json: &Value, here: &str) -> Vec<String> {
    let mut found = Vec::new();
    if is_struct(json) {
        found.push(here.to_owned());
    }
    match json {
        Value::Object(fields) => {
            for (key, value) in fields {
                found.extend(places(value, &format!("{here}/{key}")));
            }
        }
        Value::Array(values) => {
            for (n, value) in values.iter().enumerate() {
                found.extend(places(value, &format!("{here}/{n}")));
            }
        }
        _ => {}
    }
    found
}

#[test]
fn unknown_fields_are_ignored_in_what_the_server_sends() {
    let mut tried = 0;
    for case in cases().iter().filter(|case| case.from == Sender::Server) {
        let json: Value = serde_json::from_str(&case.json).unwrap();
        for (place, changed) in with_an_unknown_field(&json) {
            // Who does not know a setting would drop it by saving the others.
            if place == "/settings" {
                continue;
            }
            let parsed = (case.parse)(&changed.to_string());
            assert!(matches!(parsed, Ok(true)), "{} at {place:?}: {parsed:?}", case.name);
            tried += 1;
        }
    }
    assert!(tried > 100, "{tried}");
}

#[test]
fn unknown_fields_are_refused_in_what_clients_send() {
    let mut tried = 0;
    for case in cases().iter().filter(|case| case.from == Sender::Client) {
        let json: Value = serde_json::from_str(&case.json).unwrap();
        for (place, changed) in with_an_unknown_field(&json) {
            // A boot is the server's own: clients only hand it back. A notice is in policies too.
            // Attributes are named by whoever sends them.
            if place == "/booted" || place == "/attributes" || place.starts_with("/notices/") {
                continue;
            }
            let parsed = (case.parse)(&changed.to_string());
            assert!(parsed.is_err(), "{} at {place:?}: {parsed:?}", case.name);
            tried += 1;
        }
    }
    assert!(tried > 15, "{tried}");
}

fn refused<T: DeserializeOwned>(json: &str) {
    assert!(serde_json::from_str::<T>(json).is_err(), "{json}");
}

#[test]
fn what_is_no_act_is_refused() {
    for json in [
        "",
        "null",
        "{}",
        "[]",
        "\"message\"",
        "\"fly\"",
        r#"{"fly":{}}"#,
        r#"{"message":{}}"#,
        r#"{"message":{"text":null}}"#,
        r#"{"message":{"text":1}}"#,
        r#"{"message":{"text":"a","text":"b"}}"#,
        r#"{"message":{"text":"a"},"close":{"seen":1}}"#,
        r#"{"message":{"text":"a"}} {}"#,
        r#"{"close":{}}"#,
        r#"{"close":{"seen":-1}}"#,
        r#"{"close":{"seen":1.5}}"#,
        r#"{"close":{"seen":"1"}}"#,
        r#"{"close":{"seen":18446744073709551616}}"#,
        r#"{"claim":{"from":"Ann"}}"#,
        r#"{"note":{}}"#,
        r#"{"note":"Pays late."}"#,
        r#"{"keep_open":{"seen":1}}"#,
        r#"{"withheld":{}}"#,
        "\"dismissed\"",
        "\"kept_open\"",
        r#"{"claim":{"from":"A1A1A1A1A1A1A1A1A1A1A1A1A1A1A1A1"}}"#,
        // Lone surrogates are no text.
        r#"{"message":{"text":"\ud83d"}}"#,
        r#"{"message":{"text":"\udc26\ud83d"}}"#,
    ] {
        refused::<Act>(json);
    }
}

#[test]
fn what_is_no_frame_no_start_no_mark_and_no_setting_is_refused() {
    refused::<ClientFrame>(r#"{"hello":{}}"#);
    refused::<ClientFrame>(r#"{"welcome":{}}"#);
    refused::<Hello>(r#"{"wire":"1"}"#);
    refused::<Hello>(&format!(
        r#"{{"wire":{WIRE_VERSION},"auth":{{"visitor":{{"site":"a b","key":""}}}}}}"#
    ));
    refused::<Start>(r#"{"client_id":"","text":"a"}"#);
    refused::<Start>(r#"{"text":"a"}"#);
    refused::<ReadUpTo>(r#"{"up_to":-1}"#);
    for settings in [
        r#"{"hide_closed":true}"#,
        r#"{"hide_closed":1,"disable_field":false,"notice":false}"#,
        // The form before there were languages: an old page must not wipe out what is set by now.
        r#"{"hide_closed":true,"disable_field":false,"notice":false,"notice_text":"a"}"#,
        r#"{"hide_closed":true,"disable_field":false,"notice":false,"auto_close_after_s":-60}"#,
        r#"{"hide_closed":true,"disable_field":false,"notice":false,"auto_close_after_s":60.5}"#,
        r#"{"hide_closed":true,"disable_field":false,"notice":false,"auto_close_after_s":"60"}"#,
        r#"{"hide_closed":true,"disable_field":false,"notice":false,"auto_close_after_s":1e99}"#,
        r#"{"hide_closed":true,"disable_field":false,"notice":false,"notices":"Bye"}"#,
        r#"{"hide_closed":true,"disable_field":false,"notice":false,"notices":[{"text":"Bye"}]}"#,
        r#"{"hide_closed":true,"disable_field":false,"notice":false,"notices":{"en":"Bye"}}"#,
    ] {
        refused::<ClosingSettings>(settings);
    }
    let least = r#"{"hide_closed":false,"disable_field":false,"notice":false}"#;
    assert_eq!(serde_json::from_str::<ClosingSettings>(least).unwrap(), ClosingSettings::default());
}

#[test]
fn no_id_gets_in_that_is_not_well_formed() {
    refused::<ConversationId>("\"0123456789abcdef0123456789abcde\"");
    refused::<ConversationId>("\"0123456789abcdef0123456789abcdeff\"");
    refused::<ConversationId>("\"../../../../../../../../etc/passwd\"");
    refused::<ConversationId>("7");
    refused::<VisitorKey>("\"0123456789abcdef0123456789abcdef\"");
    refused::<SiteKey>("\"<script>\"");
}

#[test]
fn error_codes_are_on_the_wire_what_they_say_they_are() {
    let mut names = std::collections::BTreeSet::new();
    for code in ErrorCode::ALL {
        let json = serde_json::to_string(code).unwrap();
        assert_eq!(json, format!("\"{}\"", code.as_str()));
        assert_eq!(serde_json::from_str::<ErrorCode>(&json).unwrap(), *code);
        assert!(names.insert(code.as_str()), "{json} twice");
        assert!((400..600).contains(&code.status()));
        assert!(code.as_str().bytes().all(|b| b.is_ascii_lowercase() || b == b'_'));
        assert!(code.message().ends_with('.'));
        let body = code.body();
        assert_eq!((body.code, body.message.as_str()), (*code, code.message()));
        // What may be tried again is the server's fault or a matter of time, never the sender's.
        assert!(!code.is_retryable() || code.status() >= 429);
    }
}

proptest! {
    /// Nothing that arrives makes a reader panic: bytes of any kind, and frames with a wound.
    #[test]
    fn no_input_panics(
        bytes in proptest::collection::vec(any::<u8>(), 0..64),
        which in any::<Index>(),
        cut in any::<Index>(),
        flip in any::<u8>(),
    ) {
        let cases = SAMPLES.with(Clone::clone);
        let sample = which.get(&cases);
        let mut wounded = sample.clone();
        let at = cut.index(wounded.len());
        wounded[at] ^= flip;
        for input in [&bytes[..], &wounded[..], &sample[..at]] {
            let _ = serde_json::from_slice::<Act>(input);
            let _ = serde_json::from_slice::<ClientFrame>(input);
            let _ = serde_json::from_slice::<ServerFrame>(input);
            let _ = serde_json::from_slice::<Start>(input);
            let _ = serde_json::from_slice::<ClosingSettings>(input);
            let _ = serde_json::from_slice::<Sample>(input);
        }
    }
}

thread_local! {
    static SAMPLES: Vec<Vec<u8>> = cases().into_iter().map(|case| case.json.into_bytes()).collect();
}
