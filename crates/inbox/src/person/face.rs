//! What a visitor is called and looks like, wherever the inbox shows one.

use porchlight_protocol::VisitorId;
use porchlight_protocol::person::VisitorName;

use crate::text;
use crate::words::{Pattern, fill};

/// The name and the avatar of a visitor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Face {
    /// The name; else the e-mail address; else `Visitor 6089`, by the first digits of the id.
    pub name: String,
    /// The letters of the avatar; empty if nothing is known, or if the name has no letters.
    pub initials: String,
    /// The avatar's colour, 1 to 6, computed from the id.
    pub tone: u32,
}

impl Face {
    /// The face of a visitor, by what this client was told.
    pub fn of(id: &VisitorId, told: Option<&VisitorName>) -> Face {
        let called = told.and_then(|told| told.name.as_deref().or(told.email.as_deref()));
        Face {
            name: called.map_or_else(|| numbered(id), str::to_owned),
            initials: called.map(text::initials).unwrap_or_default(),
            tone: tone(id),
        }
    }
}

/// What a visitor is called of whom nothing is known.
pub fn numbered(id: &VisitorId) -> String {
    let digits: String = id.as_str().chars().take(4).collect();
    fill(Pattern::ItemVisitorName, &[&digits.to_uppercase()])
}

fn tone(id: &VisitorId) -> u32 {
    id.as_str().chars().filter_map(|digit| digit.to_digit(16)).sum::<u32>() % 6 + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    fn face(name: Option<&str>, email: Option<&str>) -> (String, String) {
        let id = VisitorId::from_bytes([0x3f; 16]);
        let owned = |it: Option<&str>| it.map(str::to_owned);
        let told = VisitorName {
            id: id.clone(),
            name: owned(name),
            email: owned(email),
            phone: None,
            call_back: None,
            proved: false,
            page: None,
            revision: 1,
            standing: 0,
            joined: None,
        };
        let face = Face::of(&id, Some(&told));
        (face.name, face.initials)
    }

    fn is(name: &str, initials: &str) -> (String, String) {
        (name.to_owned(), initials.to_owned())
    }

    #[test]
    fn a_visitor_is_called_by_what_is_known_best() {
        let id = VisitorId::from_bytes([0x3f; 16]);
        let nobody = Face::of(&id, None);
        assert_eq!((nobody.name.as_str(), nobody.initials.as_str()), ("Visitor 3F3F", ""));
        assert!((1..=6).contains(&nobody.tone));
        assert_eq!(face(None, None), is("Visitor 3F3F", ""));
        assert_eq!(face(None, Some("mia@example.org")), is("mia@example.org", "M"));
        assert_eq!(face(Some("Mia Sommer"), Some("mia@example.org")), is("Mia Sommer", "MS"));
    }

    #[test]
    fn a_name_without_letters_has_no_initials() {
        assert_eq!(face(Some("🙂"), None), is("🙂", ""));
        assert_eq!(face(Some("(Mia)"), None), is("(Mia)", "M"));
    }
}
