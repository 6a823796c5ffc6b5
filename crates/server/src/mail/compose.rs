//! What a mail says, as text and as HTML. What people have written is text in both.

use anyhow::{Context, Result};
use lettre::Message;
use lettre::address::Address;
use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart};
use porchlight_protocol::Millis;
use porchlight_store::mails::{Letter, Mail, Said, Waits};
use porchlight_store::{Origin, Site};
use porchlight_words::{CHAT, Language, Wording};

use crate::export::html::escaped;

/// Characters of a message that a mail has.
const MESSAGE_CHARS_MAX: usize = 5_000;

/// Characters of a name, and of a line in a list.
const LINE_CHARS_MAX: usize = 160;

/// A mail as it is written.
struct Written {
    language: &'static Language,
    subject: String,
    /// The paragraph above.
    intro: String,
    /// What is told.
    parts: Vec<Part>,
    /// What stands below it.
    notes: Vec<String>,
    /// A button: its words and its address.
    open: Option<(String, String)>,
    /// Why somebody gets this.
    why: String,
    /// Where to unsubscribe.
    unsubscribe: Option<(String, String)>,
}

/// Something that is told: a message, or a visitor who waits.
struct Part {
    /// Who.
    name: String,
    /// What stands beside it.
    beside: String,
    text: String,
    href: Option<String>,
}

/// The mail as it is sent.
pub fn compose(
    origin: &Origin,
    from: &Mailbox,
    site: &Site,
    wording: Wording<'_>,
    mail: &Mail,
) -> Result<Message> {
    let written = write(origin, site, wording, mail);
    let Texts { subject, plain, html } = Texts::of(&written);
    let name = from.name.clone().unwrap_or_else(|| line(&site.name, LINE_CHARS_MAX));
    let from = Mailbox::new(Some(name), from.email.clone());
    let to: Address = mail.to.parse().context("nobody can be written to at this address")?;
    let domain = from.email.domain();
    let mut message = Message::builder()
        .message_id(Some(format!("<{}@{domain}>", mail.id)))
        .from(from.clone())
        .reply_to(from)
        .to(Mailbox::new(None, to))
        .date_now()
        .subject(subject);
    for (name, value) in headers(&written) {
        message = message.raw_header(HeaderValue::new(HeaderName::new_from_ascii_str(name), value));
    }
    message
        .multipart(MultiPart::alternative_plain_html(plain, html))
        .context("the mail can't be written")
}

/// What a person reads of a mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Texts {
    /// The subject.
    pub subject: String,
    /// The text.
    pub plain: String,
    /// The same as HTML.
    pub html: String,
}

impl Texts {
    fn of(written: &Written) -> Self {
        Texts { subject: written.subject.clone(), plain: plain(written), html: html(written) }
    }
}

/// What a person reads of a mail, in this wording of its [`language`].
pub fn texts(origin: &Origin, site: &Site, wording: Wording<'_>, mail: &Mail) -> Texts {
    Texts::of(&write(origin, site, wording, mail))
}

/// The headers that no person reads.
fn headers(written: &Written) -> Vec<(&'static str, String)> {
    // Other programs don't answer what a program has sent.
    let mut headers = vec![
        ("Auto-Submitted", "auto-generated".to_owned()),
        ("X-Auto-Response-Suppress", "All".to_owned()),
        ("Content-Language", written.language.tag.to_owned()),
    ];
    if let Some((_, href)) = &written.unsubscribe {
        headers.push(("List-Unsubscribe", format!("<{href}>")));
        headers.push(("List-Unsubscribe-Post", "List-Unsubscribe=One-Click".to_owned()));
    }
    headers
}

/// The language of a mail.
pub fn language(site: &Site, mail: &Mail) -> &'static Language {
    match &mail.letter {
        Letter::Answer { language, .. } => CHAT.choose(language.as_deref(), None),
        Letter::Test | Letter::Waiting { .. } => CHAT.choose(Some(&site.mail.language), None),
    }
}

fn write(origin: &Origin, site: &Site, wording: Wording<'_>, mail: &Mail) -> Written {
    let language = language(site, mail);
    let name = line(&site.name, LINE_CHARS_MAX);
    let say = |key: &str| {
        let word = wording.get(key).unwrap_or_default();
        word.replace("{{site}}", &name)
    };
    let inbox = format!("{origin}/dashboard/chat/inbox");
    match &mail.letter {
        Letter::Test => Written {
            language,
            subject: say("mail.testSubject"),
            intro: say("mail.testText"),
            parts: Vec::new(),
            notes: Vec::new(),
            open: None,
            why: origin.to_string(),
            unsubscribe: None,
        },
        Letter::Waiting { waits, more } => {
            let part = |it: &Waits| Part {
                name: line(it.name.as_deref().unwrap_or(&say("mail.visitor")), LINE_CHARS_MAX),
                beside: length(it.ms),
                text: line(&it.words, LINE_CHARS_MAX),
                href: Some(format!("{inbox}/{}", it.conversation)),
            };
            Written {
                language,
                subject: say("mail.waitingSubject"),
                intro: say("mail.waitingIntro"),
                parts: waits.iter().map(part).collect(),
                notes: more.then(|| "…".to_owned()).into_iter().collect(),
                open: Some((say("mail.waitingOpen"), inbox.clone())),
                why: say("mail.waitingWhy"),
                unsubscribe: None,
            }
        }
        Letter::Answer { messages, more, link, .. } => {
            let part = |it: &Said| Part {
                name: line(&it.by, LINE_CHARS_MAX),
                beside: String::new(),
                text: cut(&it.text, MESSAGE_CHARS_MAX),
                href: None,
            };
            let earlier = Part {
                name: name.clone(),
                beside: String::new(),
                text: "…".to_owned(),
                href: None,
            };
            let earlier = more.then_some(earlier);
            let unsubscribe = format!("{origin}/mail/{}/{}", site.key, mail.id);
            Written {
                language,
                subject: say("mail.answerSubject"),
                intro: say("mail.answerIntro"),
                parts: earlier.into_iter().chain(messages.iter().map(part)).collect(),
                notes: vec![say("mail.answerReply")],
                // Behind the #, which browsers send to no server.
                open: Some((say("mail.answerOpen"), format!("{origin}/c/{}#{link}", site.key))),
                why: say("mail.answerWhy"),
                unsubscribe: Some((say("mail.unsubscribe"), unsubscribe)),
            }
        }
    }
}

/// How long somebody waits, in units that all languages have.
fn length(ms: Millis) -> String {
    let minutes = (ms / 60_000).max(1);
    match (minutes / 60, minutes / (24 * 60)) {
        (0, _) => format!("{minutes} min"),
        (hours, 0) => format!("{hours} h"),
        (_, days) => format!("{days} d"),
    }
}

/// A text on one line, without what is no letter: control characters, and those that turn the direction of what follows.
pub fn line(text: &str, chars_max: usize) -> String {
    let shown = text.chars().map(|c| if c.is_control() { ' ' } else { c });
    let shown: String = shown.filter(|c| !turns(*c)).collect();
    let words: Vec<&str> = shown.split_whitespace().collect();
    cut(&words.join(" "), chars_max)
}

/// True for marks of direction, of which one that nobody ends turns what stands behind it.
fn turns(c: char) -> bool {
    matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

fn cut(text: &str, chars_max: usize) -> String {
    match text.char_indices().nth(chars_max) {
        Some((at, _)) => format!("{}…", text.get(..at).unwrap_or_default()),
        None => text.to_owned(),
    }
}

fn plain(written: &Written) -> String {
    let Written { intro, parts, notes, open, why, unsubscribe, .. } = written;
    let mut blocks = vec![intro.clone()];
    for Part { name, beside, text, href } in parts {
        let head = if beside.is_empty() { name.clone() } else { format!("{name} ({beside})") };
        let mut block = format!("{head}:\n{text}");
        if let Some(href) = href {
            block = format!("{block}\n{href}");
        }
        blocks.push(block);
    }
    blocks.extend(notes.iter().cloned());
    if let Some((words, href)) = open {
        blocks.push(format!("{words}: {href}"));
    }
    blocks.push(format!("-- \n{why}"));
    if let Some((words, href)) = unsubscribe {
        blocks.push(format!("{words}: {href}"));
    }
    let mut text = blocks.join("\n\n");
    text.push('\n');
    text
}

/// In dark programs; those that don't know it show the light colours, which stand in the elements.
const STYLE: &str = ":root{color-scheme:light dark;supported-color-schemes:light dark}\
    @media(prefers-color-scheme:dark){\
    .page{background:#171411!important}.card{background:#1f1b17!important;border-color:#39332c!important}\
    .ink{color:#f4efe8!important}.soft{color:#b5ab9e!important}.link{color:#ffcf7a!important}\
    .said{background:#2a251f!important}}";

const FONT: &str =
    "font-family:system-ui,-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif";

fn html(written: &Written) -> String {
    let Written { language, subject, intro, parts, notes, open, why, unsubscribe } = written;
    let (tag, direction) = (language.tag, language.direction());
    let (subject, intro) = (escape(subject), escape(intro));
    let start = if language.is_rtl { "right" } else { "left" };
    let parts: String = parts.iter().map(part).collect();
    let notes: String = notes
        .iter()
        .map(|note| {
            format!(
                "<p class=\"soft\" style=\"margin:16px 0 0;font-size:15px;line-height:1.5;color:#675e53\">{}</p>",
                escape(note)
            )
        })
        .collect();
    let open = open.as_ref().map_or_else(String::new, |(words, href)| {
        format!(
            "<p style=\"margin:24px 0 0\"><a href=\"{}\" style=\"display:inline-block;padding:11px 20px;\
             border-radius:10px;background:#f6a821;color:#241803;font-size:16px;font-weight:600;\
             text-decoration:none\">{}</a></p>",
            escape(href),
            escape(words)
        )
    });
    let unsubscribe = unsubscribe.as_ref().map_or_else(String::new, |(words, href)| {
        format!(
            " <a class=\"link\" href=\"{}\" style=\"color:#7a4500\">{}</a>",
            escape(href),
            escape(words)
        )
    });
    let why = escape(why);
    format!(
        "<!doctype html>\n<html lang=\"{tag}\" dir=\"{direction}\"><head><meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n\
         <meta name=\"supported-color-schemes\" content=\"light dark\">\n\
         <title>{subject}</title>\n<style>{STYLE}</style></head>\n\
         <body class=\"page\" style=\"margin:0;padding:0;background:#faf8f4\">\n\
         <table class=\"page\" role=\"presentation\" width=\"100%\" cellpadding=\"0\" cellspacing=\"0\" \
         style=\"background:#faf8f4\"><tr><td align=\"center\" style=\"padding:24px 12px\">\n\
         <table role=\"presentation\" width=\"100%\" cellpadding=\"0\" cellspacing=\"0\" dir=\"{direction}\" \
         style=\"max-width:560px;text-align:{start};{FONT}\">\n\
         <tr><td class=\"card ink\" style=\"padding:24px 20px;background:#ffffff;border:1px solid #e8e2d8;\
         border-radius:14px;color:#221d17\">\n\
         <p class=\"ink\" style=\"margin:0;font-size:17px;line-height:1.45;font-weight:600;color:#221d17\">{intro}</p>\n\
         {parts}{notes}{open}\n</td></tr>\n\
         <tr><td class=\"soft\" style=\"padding:16px 20px;font-size:13px;line-height:1.5;color:#675e53\">\
         {why}{unsubscribe}</td></tr>\n</table>\n</td></tr></table>\n</body></html>\n"
    )
}

fn part(part: &Part) -> String {
    let Part { name, beside, text, href } = part;
    let name = match href {
        Some(href) => format!(
            "<a class=\"link\" href=\"{}\" style=\"color:#7a4500\"><bdi>{}</bdi></a>",
            escape(href),
            escape(name)
        ),
        None => format!("<bdi>{}</bdi>", escape(name)),
    };
    let beside = match beside.is_empty() {
        true => String::new(),
        false => {
            format!(" <span style=\"white-space:nowrap\">· <bdi>{}</bdi></span>", escape(beside))
        }
    };
    let text = escape(text).replace('\n', "<br>\n");
    format!(
        "<p class=\"soft\" style=\"margin:18px 0 4px;font-size:13px;line-height:1.4;color:#675e53\">{name}{beside}</p>\n\
         <p class=\"said ink\" dir=\"auto\" style=\"margin:0;padding:10px 14px;border-radius:10px;background:#f3f0ea;\
         font-size:16px;line-height:1.5;color:#221d17;overflow-wrap:anywhere;word-break:break-word\">{text}</p>\n"
    )
}

/// A text as it stands in HTML, without the marks of direction, which would reach beyond what somebody has written.
pub fn escape(text: &str) -> String {
    let plain: String = text.chars().filter(|c| !turns(*c)).collect();
    escaped(&plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_a_line_whatever_somebody_has_written() {
        assert_eq!(
            line(" Mia\r\nBcc: all@shop.example\u{202e}\u{0} ", 100),
            "Mia Bcc: all@shop.example"
        );
        assert_eq!(line(&"x".repeat(1 << 20), 5), "xxxxx…");
        assert_eq!(line("ليان 🏮", 100), "ليان 🏮");
    }

    #[test]
    fn a_length_has_the_unit_that_fits() {
        for (minutes, shown) in
            [(0, "1 min"), (59, "59 min"), (60, "1 h"), (1_439, "23 h"), (1_440, "1 d")]
        {
            assert_eq!(length(minutes * 60_000), shown);
        }
    }

    #[test]
    fn nothing_that_somebody_has_written_is_markup() {
        assert_eq!(escape("<a href=\"x\">'&'"), "&lt;a href=&quot;x&quot;&gt;&#39;&amp;&#39;");
    }
}
