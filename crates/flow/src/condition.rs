//! What holds or not, by what was saved.

use std::collections::BTreeMap;

use porchlight_protocol::text::is_blank;

use crate::answer::{self, Kind};
use crate::flow::{Condition, Test};
use crate::text::plain;

/// True if the condition holds. A value of which nothing can be seen is nothing.
pub(crate) fn holds(condition: &Condition, attributes: &BTreeMap<String, String>) -> bool {
    let value = attributes.get(&condition.attribute).filter(|value| !is_blank(value));
    let value = value.map(|value| plain(value));
    let is = |wanted: &str| value.as_ref().is_some_and(|value| *value == plain(wanted));
    let number = || -> Option<f64> { answer::read(Kind::Number, value.as_ref()?)?.parse().ok() };
    match &condition.test {
        Test::Is(wanted) => is(wanted),
        Test::IsNot(wanted) => !is(wanted),
        Test::Contains(part) => value.is_some_and(|value| value.contains(&plain(part))),
        Test::Exists(exists) => value.is_some() == *exists,
        Test::Above(limit) => number().is_some_and(|number| number > limit.value()),
        Test::Below(limit) => number().is_some_and(|number| number < limit.value()),
    }
}
