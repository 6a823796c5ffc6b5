//! An export for programs.

use porchlight_protocol::{Conversation, Event};
use porchlight_store::export::Exported;
use serde_json::{Value, json};

/// The end of a conversation.
pub const END_OF_CONVERSATION: &str = "\n]}";
/// The end of the file.
pub const END: &str = "\n]}\n";

/// The beginning of the file.
pub fn begin(of: &Exported) -> String {
    let head = json!({
        "format": "porchlight-visitor/1",
        "exported_at": of.at,
        "site": {"key": of.site_key, "name": of.site_name},
        "visitor": {"id": of.visitor, "first_seen_at": of.created_at, "record": of.record},
    });
    [&open(&head), ",\"conversations\":["].concat()
}

/// The beginning of a conversation.
pub fn begin_conversation(of: &Conversation, first: bool, text: &mut String) {
    let head = json!({
        "id": of.id,
        "kind": of.kind,
        "started_at": of.started_at,
        "status": of.status,
    });
    text.push_str(if first { "\n" } else { ",\n" });
    text.push_str(&open(&head));
    text.push_str(",\"events\":[");
}

/// An event.
pub fn event(event: &Event, first: bool, text: &mut String) {
    text.push_str(if first { "\n" } else { ",\n" });
    text.push_str(&serde_json::to_string(event).unwrap_or_else(|_| "null".to_owned()));
}

/// An object without its end.
fn open(object: &Value) -> String {
    let mut text = object.to_string();
    text.pop();
    text
}
