//! A bot's flow, as an admin edits it.

use porchlight_flow::{Problem, read, step_lines};
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::settings::bots::outline::{Outlined, languages, outline};

/// Two spaces, as the documentation has them.
const INDENT: &str = "  ";

/// A bot's flow: what was published, and what stands in the field.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Edited {
    /// The published version; `None` if the bot is switched off.
    pub version: Option<u64>,
    /// The newest version that was seen here, whether it is on or not; 0 if there was none.
    pub newest: u64,
    /// The flow as it was published last; empty if there never was one.
    pub saved: String,
    /// What stands in the field.
    pub text: String,
    /// True once there is something to edit: before, a template is chosen.
    pub is_begun: bool,
    /// What was found in the field when it was looked at last.
    pub checked: Checked,
}

/// What was found in a flow.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Checked {
    /// What is wrong with it.
    pub problems: Vec<Problem>,
    /// Its steps; with problems, those of the last text without.
    pub outline: Vec<Outlined>,
    /// The languages of its texts, the flow's own first; with problems, those of the last text without.
    pub languages: Vec<String>,
}

/// The answer to `GET …/flow`. The flow is not parsed: its admins see it as they have written it.
#[derive(Deserialize)]
struct FlowPage {
    version: Option<u64>,
    newest: Option<u64>,
    flow: Option<Box<RawValue>>,
}

impl Edited {
    /// The flow of the server's answer; `None` if that is none.
    pub fn of(answer: &str, language: &str) -> Option<Self> {
        let page: FlowPage = serde_json::from_str(answer).ok()?;
        let saved = page.flow.map(|flow| readable(flow.get())).unwrap_or_default();
        let is_begun = !saved.is_empty();
        let (version, newest) = (page.version, page.newest.unwrap_or_default());
        let text = saved.clone();
        let mut edited =
            Edited { version, newest, text, saved, is_begun, checked: Checked::default() };
        edited.check(language);
        Some(edited)
    }

    /// Begins with a text.
    pub fn begin(&mut self, text: String, language: &str) {
        self.is_begun = true;
        self.text = text;
        self.check(language);
    }

    /// Looks for problems in the field.
    pub fn check(&mut self, language: &str) {
        if !self.is_begun {
            self.checked = Checked::default();
            return;
        }
        match read(&self.text) {
            Ok(flow) => {
                let outline = outline(&flow, &step_lines(&self.text), language);
                let languages = languages(&flow);
                self.checked = Checked { problems: Vec::new(), outline, languages };
            }
            Err(problems) => self.checked.problems = problems,
        }
    }

    /// True if the field differs from what was published last.
    pub fn is_changed(&self) -> bool {
        self.text != self.saved
    }

    /// True if publishing would change something, and nothing is in the way.
    pub fn can_be_published(&self) -> bool {
        let is_news = self.is_changed() || self.version.is_none();
        self.is_begun && is_news && self.checked.problems.is_empty()
    }

    /// This text was published as this version.
    pub fn published(&mut self, text: String, version: u64) {
        self.version = Some(version);
        self.newest = version;
        self.saved = text;
    }

    /// Somebody else has published meanwhile. What was written here stays; a field without changes follows.
    pub fn overtaken(&mut self, theirs: Edited, language: &str) {
        if !self.is_changed() {
            self.text.clone_from(&theirs.saved);
            self.is_begun = theirs.is_begun;
            self.check(language);
        }
        self.version = theirs.version;
        self.newest = theirs.newest;
        self.saved = theirs.saved;
    }

    /// Puts another text into the field. Returns what stood in it.
    pub fn replace(&mut self, text: String, language: &str) -> String {
        let before = std::mem::replace(&mut self.text, text);
        self.is_begun = true;
        self.check(language);
        before
    }

    /// Resets the field to what was published last. Returns what stood in it.
    pub fn discard(&mut self, language: &str) -> String {
        self.is_begun = !self.saved.is_empty();
        let text = std::mem::replace(&mut self.text, self.saved.clone());
        self.check(language);
        text
    }
}

/// The text of a version, from the server's answer; `None` if that is none.
pub fn text_of(answer: &str) -> Option<String> {
    let page: FlowPage = serde_json::from_str(answer).ok()?;
    page.flow.map(|flow| readable(flow.get()))
}

/// The flow with line ends as a field has them; if it is on one line, as a program writes it, on several.
fn readable(json: &str) -> String {
    let json = json.replace("\r\n", "\n").replace('\r', "\n");
    if json.contains('\n') { json } else { indented(&json) }
}

/// JSON on a line for each entry. What is in quotation marks stays.
fn indented(json: &str) -> String {
    let mut out = String::with_capacity(json.len() * 2);
    let (mut depth, mut in_text, mut is_escaped) = (0_usize, false, false);
    let mut chars = json.chars().peekable();
    let new_line = |out: &mut String, depth: usize| {
        out.push('\n');
        out.extend(std::iter::repeat_n(INDENT, depth));
    };
    while let Some(c) = chars.next() {
        if in_text {
            out.push(c);
            in_text = c != '"' || is_escaped;
            is_escaped = c == '\\' && !is_escaped;
            continue;
        }
        match c {
            ' ' | '\t' => {}
            '"' => {
                in_text = true;
                out.push(c);
            }
            '{' | '[' => {
                out.push(c);
                while chars.next_if(|c| matches!(c, ' ' | '\t')).is_some() {}
                // What is empty stays together.
                if let Some(end) = chars.next_if(|c| matches!(c, '}' | ']')) {
                    out.push(end);
                } else {
                    depth += 1;
                    new_line(&mut out, depth);
                }
            }
            '}' | ']' => {
                depth = depth.saturating_sub(1);
                new_line(&mut out, depth);
                out.push(c);
            }
            ',' => {
                out.push(c);
                new_line(&mut out, depth);
            }
            ':' => out.push_str(": "),
            _ => out.push(c),
        }
    }
    out
}

/// Where a line of a text begins and ends, from 1, in the UTF-16 units of a field's selection.
pub fn line_at(text: &str, line: usize) -> (u32, u32) {
    let length = |text: &str| u32::try_from(text.encode_utf16().count()).unwrap_or(u32::MAX);
    let before: u32 = text.split_inclusive('\n').take(line.saturating_sub(1)).map(length).sum();
    let here = text.split('\n').nth(line.saturating_sub(1)).map_or(0, length);
    (before, before + here)
}

#[cfg(test)]
mod tests {
    use super::*;

    const FLOW: &str = "{\"flow\": 1, \"start\": \"a\",\r\n \"steps\": {\"a\": {\"end\": true}}}";

    fn of(version: Option<u64>, flow: &str) -> Edited {
        let on = version.map(|version| format!("\"version\":{version},")).unwrap_or_default();
        let newest = version.unwrap_or(1);
        Edited::of(&format!("{{{on}\"newest\":{newest},\"flow\":{flow}}}"), "en").unwrap()
    }

    #[test]
    fn a_flow_is_shown_as_it_was_written() {
        let edited = of(Some(3), FLOW);
        assert_eq!(edited.text, FLOW.replace('\r', ""));
        assert_eq!((edited.version, edited.checked.problems.len()), (Some(3), 0));
        assert_eq!(edited.checked.outline.len(), 1);
        assert!(!edited.is_changed() && !edited.can_be_published());
        assert!(Edited::of("nothing", "en").is_none());
    }

    #[test]
    fn a_flow_on_one_line_is_shown_on_several() {
        let json = r#"{"flow":1,"start":"a","steps":{"a":{"say":"{\"x\": [1, 2]} \\","then":"b"},"b":{"ask":"?","choices":[],"set":{ }}}}"#;
        let shown = indented(json);
        let parse = |json: &str| serde_json::from_str::<serde_json::Value>(json).unwrap();
        assert_eq!(parse(&shown), parse(json));
        assert!(
            shown.starts_with("{\n  \"flow\": 1,\n  \"start\": \"a\",\n  \"steps\": {\n    \"a\"")
        );
        assert!(shown.contains(r#""say": "{\"x\": [1, 2]} \\","#), "{shown}");
        assert!(shown.contains("\"choices\": [],\n") && shown.contains("\"set\": {}\n"), "{shown}");
    }

    #[test]
    fn what_is_published_is_new_and_without_problems() {
        let mut edited = of(None, FLOW);
        assert!(edited.can_be_published(), "it is switched off");
        edited.text.push('}');
        edited.check("en");
        assert!(edited.is_changed() && !edited.can_be_published());
        assert_eq!(edited.checked.problems.len(), 1);
        assert_eq!(edited.checked.outline.len(), 1, "that of the last text without problems");
        let mut bare = Edited::of("{}", "en").unwrap();
        assert!(!bare.is_begun && !bare.can_be_published() && !bare.is_changed());
        bare.begin(FLOW.to_owned(), "en");
        assert!(bare.can_be_published() && bare.is_changed());
        assert_eq!(bare.discard("en"), FLOW);
        assert!(!bare.is_begun && !bare.is_changed());
    }

    #[test]
    fn what_others_publish_takes_nothing_that_was_written() {
        let theirs = of(Some(4), "{\"flow\":1,\"start\":\"b\",\"steps\":{\"b\":{\"end\":true}}}");
        let mut mine = of(Some(3), FLOW);
        mine.text.push(' ');
        let text = mine.text.clone();
        mine.overtaken(theirs.clone(), "en");
        assert_eq!((mine.version, mine.newest), (Some(4), 4));
        assert_eq!((&mine.text, &mine.saved), (&text, &theirs.saved));
        assert!(mine.can_be_published(), "as mine");
        assert_eq!(mine.discard("en"), text);
        assert_eq!(mine, theirs);

        let mut unchanged = of(Some(3), FLOW);
        unchanged.overtaken(theirs.clone(), "en");
        assert_eq!(unchanged, theirs);
    }

    #[test]
    fn an_older_version_is_put_into_the_field_and_taken_back() {
        let mut edited = of(Some(3), FLOW);
        assert_eq!((edited.version, edited.newest), (Some(3), 3));
        let mut older = edited.text.replace("\"start\": \"a\"", "\"start\": \"z\"");
        let before = edited.replace(older.clone(), "en");
        assert!(edited.is_changed() && !edited.checked.problems.is_empty());
        assert_eq!(edited.replace(before.clone(), "en"), older);
        assert!(!edited.is_changed() && edited.checked.problems.is_empty());
        older.clone_from(&before);
        edited.published(older, 5);
        assert_eq!((edited.version, edited.newest, edited.is_changed()), (Some(5), 5, false));
    }

    #[test]
    fn a_version_reads_as_the_field_does() {
        let json = r#"{"version":2,"flow":{"flow":1,"steps":{}}}"#;
        assert_eq!(text_of(json).unwrap(), "{\n  \"flow\": 1,\n  \"steps\": {}\n}");
        assert_eq!((text_of("{}"), text_of("nothing")), (None, None));
    }

    #[test]
    fn a_line_is_found_by_what_a_field_counts() {
        assert_eq!(line_at("a\n🏮b\nc", 1), (0, 1));
        assert_eq!(line_at("a\n🏮b\nc", 2), (2, 5));
        assert_eq!(line_at("a\n🏮b\nc", 3), (6, 7));
        assert_eq!(line_at("a", 9), (1, 1));
    }
}
