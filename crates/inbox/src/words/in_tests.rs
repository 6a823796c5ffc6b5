//! The English words without a document, and what the tests need of a browser's knowledge of English.

use porchlight_browser::words::filled;
use porchlight_words::INBOX;
use serde_json::Value;

const DOCUMENT: &str = include_str!("../../index.html");

fn entry(at: u32) -> Value {
    let table = INBOX.table(INBOX.english(), DOCUMENT);
    let mut table: Vec<Value> = serde_json::from_str(&table).unwrap();
    table.swap_remove(usize::try_from(at).unwrap())
}

pub fn say(at: u32) -> String {
    entry(at).as_str().unwrap().to_owned()
}

pub fn fill(at: u32, values: &[&str]) -> String {
    filled(&say(at), values)
}

pub fn form(at: u32, number: u32) -> String {
    let forms = entry(at);
    let form = if number == 1 { &forms["one"] } else { &forms["other"] };
    form.as_str().unwrap().to_owned()
}

pub fn number(number: u32, _: &str) -> String {
    number.to_string()
}

/// Hours alone have a short form that differs.
pub fn length(number: u32, unit: &str, style: &str, _: &str) -> String {
    let unit = match (unit, style) {
        ("hour", "short") => "hr",
        ("minute", "short") => return format!("{number} min"),
        _ => unit,
    };
    let plural = if number == 1 || unit == "hr" { "" } else { "s" };
    format!("{number} {unit}{plural}")
}

pub fn relative(distance: i64, unit: &str, style: &str, locale: &str) -> String {
    let number = u32::try_from(distance).unwrap_or(u32::MAX);
    format!("in {}", length(number, unit, style, locale))
}

pub fn locale() -> String {
    "en".to_owned()
}

pub fn is_rtl() -> bool {
    false
}
