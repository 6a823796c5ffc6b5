//! What a record says, and who said so, in words.

use porchlight_protocol::person::{AttributeValue, Teller, Told, VisitorRecord};

use crate::words::{Pattern, Word, fill, say};

/// Who told a value, and whether it is proved.
pub fn by(teller: &Teller) -> String {
    say(match teller {
        Teller::Proof => Word::PersonByProof,
        Teller::Page => Word::PersonByPage,
        Teller::Visitor => Word::PersonByVisitor,
        Teller::Bot => Word::PersonByBot,
        Teller::Agent { name } => return fill(Pattern::PersonByAgent, &[name]),
        Teller::Other => Word::PersonByOther,
    })
}

/// The value of an attribute. Numbers are not grouped: most of them name something, such as an order.
pub fn value(value: &AttributeValue) -> String {
    match value {
        AttributeValue::Text(text) => text.clone(),
        AttributeValue::Number(number) => number.to_string(),
        AttributeValue::Bool(true) => say(Word::PersonYes),
        AttributeValue::Bool(false) => say(Word::PersonNo),
    }
}

/// An attribute's key as a label: `order_number` is `Order number`.
pub fn label(key: &str) -> String {
    let words = key.replace('_', " ");
    let mut chars = words.trim().chars();
    match chars.next() {
        Some(first) => first.to_uppercase().chain(chars).collect(),
        None => key.to_owned(),
    }
}

/// The part of the sidebar in which an attribute stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Group {
    /// What website and agents have told.
    Told,
    /// What bots have collected: the visitor's answers, and what flows have set.
    Answered,
}

/// The keys of the attributes of a group, in their order.
pub fn keys(record: &VisitorRecord, group: Group) -> Vec<String> {
    let of = |told: &Told<AttributeValue>| match told.by {
        Teller::Visitor | Teller::Bot => Group::Answered,
        Teller::Page | Teller::Agent { .. } | Teller::Proof | Teller::Other => Group::Told,
    };
    let all = record.attributes.iter().filter(|(_, told)| of(told) == group);
    all.map(|(key, _)| key.clone()).collect()
}

/// True if nobody has told anything of the visitor yet.
pub fn is_blank(record: &VisitorRecord) -> bool {
    let VisitorRecord { name, email, phone, external_id, attributes, .. } = record;
    [name, email, phone, external_id].iter().all(|it| it.is_none()) && attributes.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;
    use porchlight_protocol::VisitorId;

    #[test]
    fn each_value_says_who_told_it() {
        for (teller, words) in [
            (Teller::Proof, "Proved by your website"),
            (Teller::Page, "From your website, not proved"),
            (Teller::Visitor, "Told by the visitor"),
            (Teller::Bot, "Set by a bot"),
            (Teller::Agent { name: "Ada".to_owned() }, "Noted by Ada"),
            (Teller::Other, "Of unknown origin"),
        ] {
            assert_eq!(by(&teller), words);
        }
    }

    #[test]
    fn a_key_is_read_as_words() {
        assert_eq!(label("order_number"), "Order number");
        assert_eq!(label("plan"), "Plan");
        assert_eq!(label("_"), "_");
    }

    #[test]
    fn what_bots_collected_stands_apart() {
        let mut record = VisitorRecord::new(VisitorId::from_bytes([1; 16]), 0);
        assert!(is_blank(&record));
        for (key, by) in [
            ("city", Teller::Visitor),
            ("lead", Teller::Bot),
            ("plan", Teller::Proof),
            ("vip", Teller::Agent { name: "Ada".to_owned() }),
        ] {
            let value = AttributeValue::Bool(true);
            record.attributes.insert(key.to_owned(), Told { value, by, at: 0 });
        }
        assert_eq!(keys(&record, Group::Answered), ["city", "lead"]);
        assert_eq!(keys(&record, Group::Told), ["plan", "vip"]);
        assert!(!is_blank(&record));
    }
}
