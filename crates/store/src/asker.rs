//! What a server tells the store of a live chat that begins, for its questions: what only the server knows.

use std::collections::BTreeMap;

use porchlight_flow::asking::{Asked, Call, CallTime, Phrases};
use porchlight_protocol::Millis;
use porchlight_protocol::call_back::{CallBack, Offer};
use porchlight_protocol::hours::Hours;
use porchlight_protocol::person::VisitorRecord;
use porchlight_protocol::questions::Question;

use crate::hours;

/// The group of the words that questions are asked in.
const GROUP: &str = "ask";

/// The words for the days of a week, Monday first.
const CALL_DAYS: [&str; 7] =
    ["callMon", "callTue", "callWed", "callThu", "callFri", "callSat", "callSun"];

/// Whether somebody is there, and the words of a visitor's language.
#[derive(Debug, Clone, Default)]
pub struct Asker {
    /// True if an agent of the site is online.
    pub is_online: bool,
    /// The language of the words, a BCP 47 tag.
    pub language: &'static str,
    /// The product's words of the group `ask`, by key.
    pub words: Vec<(&'static str, &'static str)>,
}

impl Asker {
    /// The questions in words: the question's own, else the site's, else the product's. One without any is left out.
    pub(crate) fn asked(&self, asks: &[Question], own: &BTreeMap<String, String>) -> Vec<Asked> {
        let text = |ask: &Question| match ask.own_text(self.language) {
            Some(text) => Some(text.to_owned()),
            None => Some(self.word(&ask.field, own)).filter(|text| !text.is_empty()),
        };
        let asked = |ask: &Question| {
            Some(Asked { field: ask.field.clone(), required: ask.required, text: text(ask)? })
        };
        asks.iter().filter_map(asked).collect()
    }

    /// What is said beside the questions.
    pub(crate) fn phrases(&self, own: &BTreeMap<String, String>) -> Phrases {
        Phrases {
            email_again: self.word("emailAgain", own),
            phone_again: self.word("phoneAgain", own),
            again: self.word("again", own),
            meant: self.word("meant", own),
            skip: self.word("skip", own),
            thanks: self.word("thanks", own),
        }
    }

    /// The offer to call a visitor back of whom this is known, at the times that these hours have from now on. It names their time
    /// zone if the visitor is in another one.
    pub(crate) fn call(
        &self,
        hours: &Hours,
        now: Millis,
        known: Option<&VisitorRecord>,
        own: &BTreeMap<String, String>,
    ) -> Call {
        let text = |name: &str| {
            let zone = known.and_then(|record| record.time_zone.as_deref());
            let word = self.word(name, own);
            if zone.is_some_and(|zone| zone != hours.zone) {
                [&word, " (", &hours.zone, ")"].concat()
            } else {
                word
            }
        };
        let time = |(offer, at): (Offer, CallBack)| {
            let day = match offer.ahead {
                0 => "callToday",
                1 => "callTomorrow",
                _ => CALL_DAYS.get(offer.day as usize).copied().unwrap_or_default(),
            };
            let Offer { from, until, .. } = offer;
            CallTime { text: format!("{} {from}–{until}", self.word(day, own)), at }
        };
        let phone = Question::for_call();
        let has_phone = known.is_some_and(|record| phone.is_answered(record));
        Call {
            text: text("call"),
            again: text("callAgain"),
            times: hours::call_times(hours, now).into_iter().map(time).collect(),
            no: self.word("callNo", own),
            thanks: self.word("callThanks", own),
            phone: self.asked(&[phone], own).pop().filter(|_| !has_phone),
        }
    }

    fn word(&self, name: &str, own: &BTreeMap<String, String>) -> String {
        let key = [GROUP, ".", name].concat();
        let ours = || {
            let found = self.words.iter().find(|(known, _)| *known == key);
            found.map(|(_, text)| (*text).to_owned()).unwrap_or_default()
        };
        own.get(&key).cloned().unwrap_or_else(ours)
    }
}
