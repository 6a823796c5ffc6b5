//! A flow as it is written in JSON. [`crate::read`] makes a [`crate::Flow`] of it.

use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;

use serde::de::{Error, MapAccess, Unexpected, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::Number;

use crate::answer::Kind;
use crate::problem::{TESTS, VERBS};
use crate::text::Text;

/// What is read first: the format of all the rest may depend on it.
#[derive(Deserialize)]
pub(crate) struct Head {
    /// The version of the format.
    pub flow: u64,
}

/// A flow.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawFlow {
    /// For editors, which find the schema by it.
    #[serde(rename = "$schema")]
    pub _schema: Option<String>,
    pub flow: Option<u64>,
    pub language: Option<String>,
    pub start: Option<String>,
    pub steps: Option<Entries<RawStep>>,
}

/// A step: one verb, and the fields that belong to it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawStep {
    pub say: Option<Text>,
    pub ask: Option<Text>,
    pub branch: Option<Vec<RawCase>>,
    pub set: Option<Unique<Text>>,
    pub wait_s: Option<Number>,
    pub hand_over: Option<Last>,
    pub close: Option<Last>,
    pub end: Option<True>,

    pub choices: Option<Vec<RawChoice>>,
    pub answer: Option<Kind>,
    pub save: Option<String>,
    pub tries: Option<Number>,
    pub again: Option<Text>,
    pub otherwise: Option<String>,
    #[serde(rename = "else")]
    pub otherwise_than_cases: Option<String>,
    pub then: Option<String>,
}

/// A choice.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawChoice {
    pub label: Option<Text>,
    pub value: Option<String>,
    pub then: Option<String>,
}

/// A case of a branch.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawCase {
    #[serde(rename = "if")]
    pub attribute: Option<String>,
    pub is: Option<String>,
    pub is_not: Option<String>,
    pub contains: Option<String>,
    pub exists: Option<bool>,
    pub above: Option<Number>,
    pub below: Option<Number>,
    pub then: Option<String>,
}

impl RawStep {
    /// The verbs that it has.
    pub fn verbs(&self) -> Vec<&'static str> {
        let is_there = [
            self.say.is_some(),
            self.ask.is_some(),
            self.branch.is_some(),
            self.set.is_some(),
            self.wait_s.is_some(),
            self.hand_over.is_some(),
            self.close.is_some(),
            self.end.is_some(),
        ];
        present(VERBS, is_there)
    }

    /// The other fields that it has.
    pub fn fields(&self) -> Vec<&'static str> {
        let names = ["choices", "answer", "save", "tries", "again", "otherwise", "else", "then"];
        let is_there = [
            self.choices.is_some(),
            self.answer.is_some(),
            self.save.is_some(),
            self.tries.is_some(),
            self.again.is_some(),
            self.otherwise.is_some(),
            self.otherwise_than_cases.is_some(),
            self.then.is_some(),
        ];
        present(names, is_there)
    }
}

impl RawCase {
    /// The tests that it has.
    pub fn tests(&self) -> Vec<&'static str> {
        let is_there = [
            self.is.is_some(),
            self.is_not.is_some(),
            self.contains.is_some(),
            self.exists.is_some(),
            self.above.is_some(),
            self.below.is_some(),
        ];
        present(TESTS, is_there)
    }
}

/// The names of what is there.
fn present<const N: usize>(names: [&'static str; N], is_there: [bool; N]) -> Vec<&'static str> {
    names
        .into_iter()
        .zip(is_there)
        .filter(|(_, is_there)| *is_there)
        .map(|(name, _)| name)
        .collect()
}

/// What the last step of a run says, if it says something: `true`, or a text.
pub(crate) struct Last(pub Option<Text>);

impl<'de> Deserialize<'de> for Last {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct LastVisitor;
        impl<'de> Visitor<'de> for LastVisitor {
            type Value = Last;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("true, a text, or an object with a text for each language")
            }

            fn visit_bool<E: Error>(self, is: bool) -> Result<Last, E> {
                let refused = || E::invalid_value(Unexpected::Bool(false), &self);
                if is { Ok(Last(None)) } else { Err(refused()) }
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Last, E> {
                Ok(Last(Some(Text::One(text.to_owned()))))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Last, A::Error> {
                Ok(Last(Some(Text::Many(unique(map)?))))
            }
        }
        deserializer.deserialize_any(LastVisitor)
    }
}

/// `true`: a verb that has nothing to say.
pub(crate) struct True;

impl<'de> Deserialize<'de> for True {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let refused = || D::Error::invalid_value(Unexpected::Bool(false), &"true");
        if bool::deserialize(deserializer)? { Ok(True) } else { Err(refused()) }
    }
}

/// An object whose keys keep their order, and of which two may be equal.
pub(crate) struct Entries<T>(pub Vec<(String, T)>);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Entries<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Objects(PhantomData)).map(Entries)
    }
}

/// An object of which no two keys are equal.
pub(crate) struct Unique<T>(pub BTreeMap<String, T>);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Unique<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct UniqueVisitor<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for UniqueVisitor<T> {
            type Value = BTreeMap<String, T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
                unique(map)
            }
        }
        deserializer.deserialize_map(UniqueVisitor(PhantomData)).map(Unique)
    }
}

struct Objects<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for Objects<T> {
    type Value = Vec<(String, T)>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = map.next_entry()? {
            entries.push(entry);
        }
        Ok(entries)
    }
}

/// The entries of an object, or an error if two keys are equal: serde would keep the last of them silently.
pub(crate) fn unique<'de, T: Deserialize<'de>, A: MapAccess<'de>>(
    mut map: A,
) -> Result<BTreeMap<String, T>, A::Error> {
    let mut entries = BTreeMap::new();
    while let Some(key) = map.next_key::<String>()? {
        if entries.contains_key(&key) {
            return Err(A::Error::custom(format_args!("{key:?} stands twice in one object")));
        }
        entries.insert(key, map.next_value()?);
    }
    Ok(entries)
}
