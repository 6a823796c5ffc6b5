//! The parts of a record that agents change, and what a change asks of the server. What may be said is decided by
//! [`Details::checked`](porchlight_protocol::person::Details::checked), here as there.

use porchlight_protocol::ErrorCode;
use porchlight_protocol::person::{
    AttributeValue, Change, Details, EditVisitor, Given, Told, VisitorRecord,
};

use crate::person::told::value;

/// A part of a record that an agent changes by itself.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// The name.
    Name,
    /// The e-mail address.
    Email,
    /// The telephone number.
    Phone,
    /// The attribute with this key.
    Attribute(String),
    /// An attribute that is being added.
    New,
}

/// What the agent has written.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Written {
    /// With [`Part::New`]: what the attribute is to be called.
    pub key: String,
    /// The value; blank to remove it.
    pub value: String,
}

/// Why what was written can't be saved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Problem {
    /// The rules of the record refuse it.
    Refused(ErrorCode),
    /// There is an attribute of this name.
    Twice,
    /// The attribute has no value.
    Nothing,
}

impl Part {
    /// What stands in the field before the agent writes.
    pub fn written(&self, record: &VisitorRecord) -> Written {
        let of = |told: &Option<Told<String>>| told.as_ref().map(|told| told.value.clone());
        let now = match self {
            Part::Name => of(&record.name),
            Part::Email => of(&record.email),
            Part::Phone => of(&record.phone),
            Part::Attribute(key) => record.attributes.get(key).map(|told| value(&told.value)),
            Part::New => None,
        };
        Written { key: String::new(), value: now.unwrap_or_default() }
    }

    /// The change that saves what was written; `None` if it changes nothing.
    pub fn edit(
        &self,
        written: &Written,
        record: &VisitorRecord,
    ) -> Result<Option<EditVisitor>, Problem> {
        let mut details = Details::default();
        let text = || Change::Set(written.value.clone());
        match self {
            Part::Name => details.name = text(),
            Part::Email => details.email = text(),
            Part::Phone => details.phone = text(),
            Part::Attribute(key) => {
                let before = record.attributes.get(key).map(|told| &told.value);
                details.attributes.insert(key.clone(), given(&written.value, before));
            }
            Part::New => {
                let key = key(&written.key);
                if record.attributes.contains_key(&key) {
                    return Err(Problem::Twice);
                }
                details.attributes.insert(key, given(&written.value, None));
            }
        }
        let Details { name, email, phone, call_back, attributes } =
            details.checked().map_err(|error| Problem::Refused(error.code))?;
        if *self == Part::New && attributes.values().any(|it| *it == Given::Nothing) {
            return Err(Problem::Nothing);
        }
        let revision = record.revision;
        let edit = EditVisitor { revision, name, email, phone, call_back, attributes };
        // What is there already would be taken back by itself.
        Ok((undo(&edit, record) != edit).then_some(edit))
    }
}

/// The change that takes `edit` back, by the record from before it. Its revision is the one from before, too.
pub fn undo(edit: &EditVisitor, before: &VisitorRecord) -> EditVisitor {
    let attribute = |key: &String| {
        let told = before.attributes.get(key);
        (key.clone(), told.map_or(Given::Nothing, |told| Given::Value(told.value.clone())))
    };
    EditVisitor {
        revision: before.revision,
        name: back(&edit.name, &before.name),
        email: back(&edit.email, &before.email),
        phone: back(&edit.phone, &before.phone),
        call_back: back(&edit.call_back, &before.call_back),
        attributes: edit.attributes.keys().map(attribute).collect(),
    }
}

fn back<T: Clone>(change: &Change<T>, before: &Option<Told<T>>) -> Change<T> {
    match (change, before) {
        (Change::Keep, _) => Change::Keep,
        (_, Some(told)) => Change::Set(told.value.clone()),
        (_, None) => Change::Remove,
    }
}

/// The key of an attribute, by what an agent calls it: `Order number` is `order_number`.
pub fn key(name: &str) -> String {
    name.split(|c: char| c.is_whitespace() || c == '-')
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join("_")
        .to_lowercase()
}

/// An attribute by what was written. It stays a number, or true or false, if it was one and can be.
fn given(text: &str, before: Option<&AttributeValue>) -> Given {
    let text = text.trim();
    let same = match before {
        Some(AttributeValue::Number(_)) => text.parse().ok().map(AttributeValue::Number),
        Some(AttributeValue::Bool(_)) => {
            let truth = |it: &bool| value(&AttributeValue::Bool(*it)) == text;
            [true, false].into_iter().find(truth).map(AttributeValue::Bool)
        }
        Some(AttributeValue::Text(_)) | None => None,
    };
    Given::Value(same.unwrap_or_else(|| AttributeValue::Text(text.to_owned())))
}

#[cfg(test)]
mod tests {
    use super::*;
    use porchlight_protocol::VisitorId;
    use porchlight_protocol::person::Teller;

    fn told<T>(value: T) -> Told<T> {
        Told { value, by: Teller::Page, at: 1 }
    }

    fn record() -> VisitorRecord {
        let mut record = VisitorRecord::new(VisitorId::from_bytes([1; 16]), 0);
        record.revision = 7;
        record.name = Some(told("Mia".to_owned()));
        for (key, value) in [
            ("plan", AttributeValue::Text("gold".to_owned())),
            ("orders", AttributeValue::Number(3)),
            ("vip", AttributeValue::Bool(true)),
        ] {
            record.attributes.insert(key.to_owned(), told(value));
        }
        record
    }

    fn written(value: &str) -> Written {
        Written { key: String::new(), value: value.to_owned() }
    }

    fn attribute(key: &str, value: &str) -> Given {
        let part = Part::Attribute(key.to_owned());
        let edit = part.edit(&written(value), &record()).unwrap().unwrap();
        edit.attributes.get(key).unwrap().clone()
    }

    #[test]
    fn what_is_written_is_checked_by_the_rules_of_the_record() {
        let edit = |part: Part, text: &str| part.edit(&written(text), &record());
        let named = edit(Part::Name, "  Mia   Sommer ").unwrap().unwrap();
        assert_eq!((named.revision, named.name), (7, Change::Set("Mia Sommer".to_owned())));
        let removed = edit(Part::Name, " ").unwrap().unwrap();
        assert_eq!(removed.name, Change::Remove);
        let wrong = Problem::Refused(ErrorCode::EmailInvalid);
        assert_eq!(edit(Part::Email, "mia"), Err(wrong));
        let wrong = Problem::Refused(ErrorCode::PhoneInvalid);
        assert_eq!(edit(Part::Phone, "call me"), Err(wrong));
    }

    #[test]
    fn what_changes_nothing_is_not_sent() {
        for part in [
            Part::Name,
            Part::Email,
            Part::Attribute("plan".to_owned()),
            Part::Attribute("vip".to_owned()),
        ] {
            let same = part.written(&record());
            assert_eq!(part.edit(&same, &record()), Ok(None), "{part:?}");
        }
    }

    #[test]
    fn an_attribute_keeps_its_type_where_it_can() {
        assert_eq!(attribute("orders", " 12 "), Given::Value(AttributeValue::Number(12)));
        assert_eq!(
            attribute("orders", "a dozen"),
            Given::Value(AttributeValue::Text("a dozen".to_owned()))
        );
        assert_eq!(attribute("vip", "No"), Given::Value(AttributeValue::Bool(false)));
        assert_eq!(attribute("plan", "7"), Given::Value(AttributeValue::Text("7".to_owned())));
        assert_eq!(attribute("plan", ""), Given::Nothing);
    }

    #[test]
    fn an_attribute_that_is_added_needs_a_name_of_its_own_and_a_value() {
        let add = |key: &str, value: &str| {
            Part::New.edit(&Written { key: key.to_owned(), value: value.to_owned() }, &record())
        };
        let added = add(" Order  Number", "0012").unwrap().unwrap();
        let number = AttributeValue::Text("0012".to_owned());
        assert_eq!(added.attributes.get("order_number"), Some(&Given::Value(number)));
        assert_eq!(add("Plan", "silver"), Err(Problem::Twice));
        assert_eq!(add("city", " "), Err(Problem::Nothing));
        let nameless = Problem::Refused(ErrorCode::AttributeInvalid);
        assert_eq!(add("", "x"), Err(nameless));
        assert_eq!(add("größe", "x"), Err(nameless));
    }

    #[test]
    fn what_was_before_takes_it_back() {
        let before = record();
        let edit = EditVisitor {
            revision: 7,
            name: Change::Remove,
            phone: Change::Set("030 1234".to_owned()),
            attributes: [
                ("plan".to_owned(), Given::Nothing),
                ("city".to_owned(), Given::Value(AttributeValue::Text("Lisbon".to_owned()))),
            ]
            .into(),
            ..EditVisitor::default()
        };
        let undo = undo(&edit, &before);
        assert_eq!(undo.name, Change::Set("Mia".to_owned()));
        assert_eq!(undo.email, Change::Keep);
        assert_eq!(undo.phone, Change::Remove);
        let plan = AttributeValue::Text("gold".to_owned());
        assert_eq!(undo.attributes.get("plan"), Some(&Given::Value(plan)));
        assert_eq!(undo.attributes.get("city"), Some(&Given::Nothing));
    }
}
