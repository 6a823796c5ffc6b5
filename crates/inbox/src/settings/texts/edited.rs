//! The texts of the chat in one language, as an admin edits them.

use std::collections::BTreeMap;

use porchlight_protocol::texts::{OwnText, OwnTexts, TextsPage};

/// What was saved, and what stands in the fields.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edited {
    /// As it was saved.
    pub saved: TextsPage,
    /// What stands in the fields, by key. An empty field has none.
    own: BTreeMap<String, String>,
}

/// Texts that stand together: those whose keys begin alike.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// The beginning of the keys: `home`.
    pub name: String,
    /// The texts, sorted by key.
    pub texts: Vec<OurText>,
}

/// What the product says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OurText {
    /// The key: `home.new`.
    pub key: String,
    /// The text.
    pub text: String,
}

impl Edited {
    /// As it was saved.
    pub fn of(saved: TextsPage) -> Self {
        let own = own(&saved);
        Edited { saved, own }
    }

    /// What stands in a field.
    pub fn text(&self, key: &str) -> &str {
        self.own.get(key).map_or("", String::as_str)
    }

    /// Writes into a field.
    pub fn write(&mut self, key: &str, text: &str) {
        if text.trim().is_empty() {
            self.own.remove(key);
        } else {
            self.own.insert(key.to_owned(), text.to_owned());
        }
    }

    /// The number of fields that are not empty.
    pub fn count(&self) -> usize {
        self.own.len()
    }

    /// True if a field differs from what was saved.
    pub fn is_changed(&self) -> bool {
        self.own != own(&self.saved)
    }

    /// What is to be saved.
    pub fn to_save(&self) -> OwnTexts {
        let text =
            |(key, text): (&String, &String)| OwnText { key: key.clone(), text: text.clone() };
        OwnTexts { texts: self.own.iter().map(text).collect() }
    }

    /// Takes what the server has saved of `sent`. What was written since stays in the fields.
    pub fn take_saved(&mut self, saved: TextsPage, sent: &OwnTexts) {
        if self.to_save() == *sent {
            self.own = own(&saved);
        }
        self.saved = saved;
    }

    /// The texts that match what is searched for: in the key, in our words or in the site's, in any case. With
    /// `only_own`, those that were saved in the site's words or stand in a field.
    pub fn groups(&self, search: &str, only_own: bool) -> Vec<Group> {
        let wanted = search.trim().to_lowercase();
        let mut groups: Vec<Group> = Vec::new();
        for text in &self.saved.texts {
            let own = self.text(&text.key);
            if only_own && own.is_empty() && text.own.is_none() {
                continue;
            }
            let is_in = |text: &str| text.to_lowercase().contains(&wanted);
            if !(is_in(&text.key) || is_in(&text.text) || is_in(own)) {
                continue;
            }
            let name = text.key.split('.').next().unwrap_or_default();
            let ours = OurText { key: text.key.clone(), text: text.text.clone() };
            match groups.last_mut().filter(|group| group.name == name) {
                Some(group) => group.texts.push(ours),
                None => groups.push(Group { name: name.to_owned(), texts: vec![ours] }),
            }
        }
        groups
    }
}

fn own(page: &TextsPage) -> BTreeMap<String, String> {
    let own = page.texts.iter().filter_map(|text| Some((text.key.clone(), text.own.clone()?)));
    own.collect()
}

/// The direction of a field: of what stands in it, else of our text, which shows through. An empty field with `auto`
/// would be from left to right in every language.
pub fn direction(own: &str, ours: &str) -> &'static str {
    // Hebrew, Arabic and what stands between and after them, and their presentation forms.
    let is_rtl = |c: char| matches!(c, '\u{590}'..='\u{8ff}' | '\u{fb1d}'..='\u{fdff}' | '\u{fe70}'..='\u{fefc}');
    match (own.is_empty(), ours.contains(is_rtl)) {
        (false, _) => "auto",
        (true, true) => "rtl",
        (true, false) => "ltr",
    }
}

/// The places in double braces of a text, which its replacement must have: `{{name}}`.
pub fn places(text: &str) -> Vec<&str> {
    let parts = text.match_indices("{{").filter_map(|(at, _)| {
        let rest = text.get(at..)?;
        rest.get(..rest.find("}}")? + 2)
    });
    parts.collect()
}

#[cfg(test)]
mod tests {
    use porchlight_protocol::texts::SiteText;

    use super::*;

    fn page(own: Option<&str>) -> TextsPage {
        let text = |key: &str, text: &str, own: Option<&str>| SiteText {
            key: key.to_owned(),
            text: text.to_owned(),
            own: own.map(str::to_owned),
        };
        TextsPage {
            languages: Vec::new(),
            language: "en".to_owned(),
            revision: 1,
            texts: vec![
                text("field.send", "Send", None),
                text("home.new", "New conversation", own),
                text("home.sub", "Ask us anything", None),
            ],
        }
    }

    fn found(edited: &Edited, search: &str, only_own: bool) -> Vec<String> {
        let groups = edited.groups(search, only_own).into_iter();
        groups.flat_map(|group| group.texts).map(|text| text.key).collect()
    }

    #[test]
    fn an_empty_field_is_the_products_text() {
        let mut edited = Edited::of(page(Some("Ask us")));
        assert_eq!((edited.text("home.new"), edited.text("field.send")), ("Ask us", ""));
        assert!(!edited.is_changed());
        edited.write("home.new", " ");
        assert!(edited.is_changed() && edited.to_save().texts.is_empty());
        edited.write("home.new", "Ask us");
        assert!(!edited.is_changed());
    }

    #[test]
    fn what_is_written_while_it_is_saved_stays() {
        let mut edited = Edited::of(page(None));
        edited.write("home.new", "Ask us ");
        let sent = edited.to_save();
        let mut later = edited.clone();
        edited.take_saved(page(Some("Ask us")), &sent);
        assert_eq!(edited.text("home.new"), "Ask us", "as the server has cleaned it");
        assert!(!edited.is_changed());
        later.write("home.new", "Ask us all");
        later.take_saved(page(Some("Ask us")), &sent);
        assert!(later.is_changed() && later.text("home.new") == "Ask us all");
    }

    #[test]
    fn texts_are_found_by_what_they_say_and_by_what_they_said() {
        let mut edited = Edited::of(page(Some("Ask Ann")));
        assert_eq!(found(&edited, "", false), ["field.send", "home.new", "home.sub"]);
        assert_eq!(found(&edited, " ask ", false), ["home.new", "home.sub"]);
        assert_eq!(found(&edited, "CONVERSATION", false), ["home.new"]);
        assert_eq!(found(&edited, "home.", false), ["home.new", "home.sub"]);
        assert_eq!(found(&edited, "", true), ["home.new"]);
        assert!(found(&edited, "nothing", false).is_empty());
        // A field that was emptied does not go away under the hand.
        edited.write("home.new", "");
        edited.write("field.send", "Go");
        assert_eq!(found(&edited, "", true), ["field.send", "home.new"]);
        let names: Vec<_> = edited.groups("", false).into_iter().map(|group| group.name).collect();
        assert_eq!(names, ["field", "home"]);
    }

    #[test]
    fn an_empty_field_has_the_direction_of_our_text() {
        assert_eq!(direction("", "بعد {{count}} أيام"), "rtl");
        assert_eq!(direction("", "{{count}} ימים"), "rtl");
        assert_eq!(direction("", "Nach {{count}} Tagen"), "ltr");
        assert_eq!(direction("Ask us", "بعد"), "auto");
    }

    #[test]
    fn places_are_shown_as_they_are_written() {
        assert_eq!(places("Conversation with {{name}}, {{count}}"), ["{{name}}", "{{count}}"]);
        assert!(places("Send {{").is_empty());
    }
}
