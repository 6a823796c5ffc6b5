//! Reads words files (i18next JSON v4) and finds what is wrong in them. The build script of this crate calls
//! it, so a wrong file is a compile error that names file, key and reason.

use std::collections::{BTreeMap, BTreeSet};

use icu_locale::{Locale, LocaleCanonicalizer, LocaleDirectionality};
use icu_plurals::{PluralCategory, PluralRules};
use serde_json::{Map, Value};

/// The plural categories, in the order of CLDR, with the suffixes of i18next.
const CATEGORIES: [(PluralCategory, &str); 6] = [
    (PluralCategory::Zero, "zero"),
    (PluralCategory::One, "one"),
    (PluralCategory::Two, "two"),
    (PluralCategory::Few, "few"),
    (PluralCategory::Many, "many"),
    (PluralCategory::Other, "other"),
];

/// Counts that a text may be about: a category that none of them needs may be left out.
const COUNTS: std::ops::RangeInclusive<u32> = 0..=10_000;

/// A text, or its plural forms by category.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Text {
    Plain(String),
    Plural(BTreeMap<&'static str, String>),
}

impl Text {
    /// The names of its places; with plural forms, those of all together.
    pub fn places(&self) -> BTreeSet<String> {
        match self {
            Text::Plain(text) => places(text).unwrap_or_default(),
            Text::Plural(forms) => {
                forms.values().flat_map(|form| places(form).unwrap_or_default()).collect()
            }
        }
    }
}

/// Texts by key: `home.title`.
pub type Words = BTreeMap<String, Text>;

/// What is wrong, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Empty if it is about the file as a whole.
    pub key: String,
    pub why: String,
}

fn fault(key: &str, why: impl Into<String>) -> Fault {
    Fault { key: key.to_owned(), why: why.into() }
}

/// A language, by the name of its file.
pub struct Tongue {
    /// The plural categories of the language, and how many of [`COUNTS`] each has: none if only fractions and great numbers
    /// have it.
    counts: BTreeMap<PluralCategory, usize>,
    pub is_rtl: bool,
}

impl Tongue {
    /// What CLDR knows of a language; a fault unless the tag is written as BCP 47 has it.
    pub fn of(tag: &str) -> Result<Tongue, Fault> {
        let ill = |_| {
            fault("", format!("{tag:?} is no language tag; the name should be like pt-BR.json"))
        };
        let mut locale = Locale::try_from_str(tag).map_err(ill)?;
        LocaleCanonicalizer::new_extended().canonicalize(&mut locale);
        let usual = locale.to_string();
        if usual != tag {
            return Err(fault("", format!("{tag:?} is written {usual:?}")));
        }
        let rules = PluralRules::try_new_cardinal((&locale).into());
        let rules = rules.map_err(|_| fault("", "the plural rules of the language are unknown"))?;
        let is_rtl = LocaleDirectionality::new_extended().is_right_to_left(&locale.id);
        let mut counts: BTreeMap<_, _> = rules.categories().map(|category| (category, 0)).collect();
        for count in COUNTS {
            *counts.entry(rules.category_for(count)).or_default() += 1;
        }
        Ok(Tongue { counts, is_rtl })
    }
}

/// Reads a words file of this language.
pub fn read(json: &str, tongue: &Tongue) -> Result<Words, Vec<Fault>> {
    let file: Map<String, Value> =
        serde_json::from_str(json).map_err(|error| vec![fault("", error.to_string())])?;
    let mut words = Words::new();
    let mut faults = Vec::new();
    flatten("", &file, &mut words, &mut faults);
    for (key, text) in &words {
        faults.extend(wrong_forms(key, text, tongue));
    }
    if faults.is_empty() { Ok(words) } else { Err(faults) }
}

fn flatten(before: &str, group: &Map<String, Value>, words: &mut Words, faults: &mut Vec<Fault>) {
    for (name, value) in group {
        let key = if before.is_empty() { name.clone() } else { format!("{before}.{name}") };
        let text = match value {
            Value::Object(inner) => {
                flatten(&key, inner, words, faults);
                continue;
            }
            Value::String(text) => text,
            _ => {
                faults.push(fault(&key, "is neither a text nor a group"));
                continue;
            }
        };
        if text.trim().is_empty() || text.trim() != text {
            faults.push(fault(&key, "is empty, or begins or ends with a space"));
        }
        if let Err(why) = places(text) {
            faults.push(fault(&key, why));
        }
        let Some((name, suffix)) = key.rsplit_once('_') else {
            if words.insert(key.clone(), Text::Plain(text.clone())).is_some() {
                faults.push(fault(&key, "has plural forms beside a text without"));
            }
            continue;
        };
        let Some((_, category)) = CATEGORIES.iter().find(|(_, category)| *category == suffix)
        else {
            faults.push(fault(&key, format!("{suffix:?} is no plural category")));
            continue;
        };
        match words.entry(name.to_owned()).or_insert_with(|| Text::Plural(BTreeMap::new())) {
            Text::Plural(forms) => drop(forms.insert(category, text.clone())),
            Text::Plain(_) => faults.push(fault(&key, "is beside a text without plural forms")),
        }
    }
}

/// Whether the plural forms are those that the language has.
fn wrong_forms(key: &str, text: &Text, tongue: &Tongue) -> Vec<Fault> {
    let Text::Plural(forms) = text else { return Vec::new() };
    let mut faults = Vec::new();
    for (category, suffix) in CATEGORIES {
        let form = format!("{key}_{suffix}");
        let known = tongue.counts.get(&category);
        let counts = known.copied().unwrap_or_default();
        match forms.get(suffix) {
            Some(_) if known.is_none() => {
                faults.push(fault(&form, "is a plural category that the language doesn't have"));
            }
            None if counts > 0 || category == PluralCategory::Other => {
                faults.push(fault(&form, "is missing; the language needs this plural category"));
            }
            // "One minute" needs no number where no other number has the category.
            Some(text) if counts != 1 && !text.contains("{{count}}") => {
                faults.push(fault(&form, "lacks the place {{count}}"));
            }
            _ => {}
        }
    }
    faults
}

/// Compares a language with English: it has the same keys, each with the same places.
pub fn compare(english: &Words, other: &Words) -> Vec<Fault> {
    let mut faults = Vec::new();
    for (key, text) in english {
        let (ours, theirs) = match (text, other.get(key)) {
            (_, None) => {
                faults.push(fault(key, "is missing"));
                continue;
            }
            (Text::Plain(_), Some(Text::Plural(_))) => {
                faults.push(fault(key, "has plural forms, and none in en.json"));
                continue;
            }
            (Text::Plural(_), Some(Text::Plain(_))) => {
                faults.push(fault(key, "has no plural forms, but some in en.json"));
                continue;
            }
            (text, Some(other)) => (text.places(), other.places()),
        };
        for place in ours.difference(&theirs).filter(|place| *place != "count") {
            faults.push(fault(key, format!("lacks the place {{{{{place}}}}}")));
        }
        for place in theirs.difference(&ours) {
            faults.push(fault(key, format!("has the place {{{{{place}}}}}, which en.json lacks")));
        }
    }
    for key in other.keys().filter(|key| !english.contains_key(*key)) {
        faults.push(fault(key, "is not in en.json"));
    }
    faults
}

/// The names of the places in a text, or why one of them is none.
pub fn places(text: &str) -> Result<BTreeSet<String>, String> {
    let mut names = BTreeSet::new();
    for (number, part) in text.split("{{").enumerate() {
        let (name, rest) = part.split_once("}}").unwrap_or(("", part));
        if number > 0 && (name.is_empty() || !name.bytes().all(|byte| byte.is_ascii_alphabetic())) {
            return Err(format!("has a place that is not of the form {{{{name}}}}: {{{{{part}"));
        }
        if number == 0 && part.contains("}}") || rest.contains("}}") {
            return Err("has a }} without its {{".to_owned());
        }
        if number > 0 {
            names.insert(name.to_owned());
        }
    }
    Ok(names)
}
