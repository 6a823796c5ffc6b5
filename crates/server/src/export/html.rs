//! An export for people: one page, which loads nothing and runs nothing. Text of people is text.

use porchlight_protocol::conversation::{Kind, Status};
use porchlight_protocol::person::Told;
use porchlight_protocol::{Author, Conversation, Event, EventBody, Millis};
use porchlight_store::export::Exported;
use porchlight_words::Language;

/// The end of a conversation.
pub const END_OF_CONVERSATION: &str = "</ol></section>\n";
/// The end of the page.
pub const END: &str = "</main></body></html>\n";

const STYLE: &str = "body{margin:0;font:16px/1.5 system-ui,sans-serif;color:#1c1917;background:#fafaf9}\
main{max-width:46rem;margin:0 auto;padding:2rem 1rem}h1{font-size:1.5rem;margin:0 0 1rem}\
h2{font-size:1rem;margin:0 0 .5rem}dl{display:grid;grid-template-columns:max-content 1fr;gap:.25rem 1rem;margin:0}\
dt{color:#57534e}dd{margin:0;overflow-wrap:anywhere}section{margin-top:2rem;padding-top:1rem;border-top:1px solid #d6d3d1}\
ol{list-style:none;margin:0;padding:0}li{margin:.5rem 0}.by{margin:0;font-size:.8125rem;color:#57534e}\
.text{margin:0;white-space:pre-wrap;overflow-wrap:anywhere}.event{font-size:.8125rem;color:#57534e}\
.visitor .text{padding:.5rem .75rem;background:#e7e5e4;border-radius:.5rem}\
@media(prefers-color-scheme:dark){body{color:#f5f5f4;background:#1c1917}dt,.by,.event{color:#a8a29e}\
section{border-color:#44403c}.visitor .text{background:#292524}}";

/// The beginning of the page.
pub fn begin(of: &Exported, language: &Language) -> String {
    let title = say(language, "export.title");
    let direction = if language.is_rtl { "rtl" } else { "ltr" };
    let row = |key, value: String| {
        format!("<dt>{}</dt><dd dir=\"auto\">{value}</dd>", say(language, key))
    };
    [
        "<!doctype html>\n<html lang=\"",
        language.tag,
        "\" dir=\"",
        direction,
        "\"><head><meta charset=\"utf-8\">\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\
         <meta name=\"viewport\" content=\"width=device-width\"><meta name=\"robots\" content=\"noindex\"><title>",
        &title,
        "</title><style>",
        STYLE,
        "</style></head><body><main><h1>",
        &title,
        "</h1><dl>",
        &row("export.site", escaped(&of.site_name)),
        &row("export.visitor", escaped(of.visitor.as_str())),
        &record(of, language),
        &row("export.firstSeen", time(of.created_at)),
        &row("export.exported", time(of.at)),
        "</dl>\n",
    ]
    .concat()
}

/// What is known of the visitor, as items of a list.
fn record(of: &Exported, language: &Language) -> String {
    let Some(record) = &of.record else { return String::new() };
    let item = |name: &str, value: &str| {
        let (name, value) = (escaped(name), escaped(value));
        format!("<dt dir=\"auto\">{name}</dt><dd dir=\"auto\">{value}</dd>")
    };
    let told = |key, told: &Option<Told<String>>| {
        told.as_ref().map(|told| item(&say(language, key), &told.value))
    };
    let known =
        |key, value: &Option<String>| value.as_ref().map(|value| item(&say(language, key), value));
    let values = [
        told("person.id", &record.external_id),
        told("person.name", &record.name),
        told("person.email", &record.email),
        told("person.phone", &record.phone),
        record.call_back.as_ref().map(|told| {
            let at = told.value;
            let (name, value) = (say(language, "person.call"), [time(at.from), time(at.until)]);
            format!("<dt dir=\"auto\">{name}</dt><dd dir=\"auto\">{}</dd>", value.join(" – "))
        }),
        known("person.language", &record.language),
        known("hours.zone", &record.time_zone),
        known("person.device", &record.device),
        known("person.cameFrom", &record.referrer),
    ];
    let attributes = record.attributes.iter().map(|(key, told)| {
        let value = serde_json::to_value(&told.value).unwrap_or_default();
        item(key, &value.as_str().map_or_else(|| value.to_string(), str::to_owned))
    });
    let pages = record.visit.iter().flat_map(|visit| &visit.pages).map(|page| {
        let (address, title) = (escaped(&page.address), escaped(&page.title));
        let name = say(language, "export.page");
        let parts = [title, address, time(page.at)].into_iter().filter(|part| !part.is_empty());
        let value = parts.collect::<Vec<_>>().join(" · ");
        format!("<dt dir=\"auto\">{name}</dt><dd dir=\"auto\">{value}</dd>")
    });
    values.into_iter().flatten().chain(attributes).chain(pages).collect()
}

/// The beginning of a conversation.
pub fn begin_conversation(of: &Conversation, language: &Language, text: &mut String) {
    let kind = match &of.kind {
        Kind::Live | Kind::Other => say(language, "item.liveChat"),
        Kind::Bot(bot) => escaped(&bot.name),
    };
    let status = match of.status {
        Status::Open | Status::Other => say(language, "talk.open"),
        Status::Closed { .. } => say(language, "talk.closed"),
    };
    let (started, id) = (time(of.started_at), escaped(of.id.as_str()));
    let parts = [
        "<section><h2>",
        &started,
        " · ",
        &kind,
        " · ",
        &status,
        "</h2><p class=\"by\">",
        &id,
        "</p><ol>\n",
    ];
    parts.iter().for_each(|part| text.push_str(part));
}

/// An event, if there is something to see of it.
pub fn event(event: &Event, language: &Language, text: &mut String) {
    let class = if event.author == Author::Visitor { "visitor" } else { "team" };
    let (class, words) = match &event.body {
        EventBody::Message { text, .. } if text.is_empty() => {
            ("event", say(language, "privacy.erasedText"))
        }
        EventBody::Message { text, .. } => (class, escaped(text)),
        EventBody::Closed => ("event", say(language, "talk.closed")),
        EventBody::Reopened => ("event", say(language, "export.reopened")),
        EventBody::Erased => ("event", say(language, "privacy.erasedLine")),
        EventBody::Unreadable => ("event", say(language, "history.unreadable")),
        // Nothing was said: who is responsible, what is on Home, and what is for the team alone.
        EventBody::KeptOpen
        | EventBody::Dismissed
        | EventBody::Restored
        | EventBody::Assigned { .. }
        | EventBody::Note { .. }
        | EventBody::Withheld
        | EventBody::Other => return,
    };
    let by = match &event.author {
        Author::Visitor => say(language, "export.visitor"),
        Author::Agent(member) | Author::Bot(member) => escaped(&member.name),
        Author::Timer | Author::Withheld | Author::Other => say(language, "history.timer"),
    };
    let at = time(event.at);
    let parts = [
        "<li class=\"",
        class,
        "\"><p class=\"by\"><bdi>",
        &by,
        "</bdi> · ",
        &at,
        "</p><p class=\"text\" dir=\"auto\">",
        &words,
        "</p></li>\n",
    ];
    parts.iter().for_each(|part| text.push_str(part));
}

/// A text of the inbox, for a page.
fn say(language: &Language, key: &str) -> String {
    escaped(language.get(key).unwrap_or_default())
}

/// A text as text of a page.
pub fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            c => escaped.push(c),
        }
    }
    escaped
}

/// An instant, in UTC: whoever reads the page may be anywhere.
fn time(at: Millis) -> String {
    let minutes = at.div_euclid(60_000);
    let (days, minute) = (minutes.div_euclid(1_440), minutes.rem_euclid(1_440));
    let (year, month, day) = date(days);
    let (hour, minute) = (minute / 60, minute % 60);
    format!(
        "<time datetime=\"{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}Z\" dir=\"ltr\">\
         {year:04}-{month:02}-{day:02} {hour:02}:{minute:02} UTC</time>"
    )
}

/// The date of a day since 1970, by the civil calendar (Howard Hinnant's `civil_from_days`).
fn date(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let (era, day_of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_write_is_no_markup() {
        assert_eq!(escaped("<b a='1' & \"2\">"), "&lt;b a=&#39;1&#39; &amp; &quot;2&quot;&gt;");
    }

    #[test]
    fn a_time_is_written_in_utc() {
        let plain = |at| time(at).split('>').nth(1).unwrap().replace("</time", "");
        assert_eq!(plain(0), "1970-01-01 00:00 UTC");
        assert_eq!(plain(1_709_210_096_000), "2024-02-29 12:34 UTC");
        assert_eq!(plain(4_107_542_399_000), "2100-02-28 23:59 UTC");
        assert_eq!(plain(-60_000), "1969-12-31 23:59 UTC");
    }
}
