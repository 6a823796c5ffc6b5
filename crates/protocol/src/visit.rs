//! What a site collects of its visitors without anybody telling it, in groups that can be switched off; and the pages of a
//! visit.

use serde::Serialize;

use crate::limits::{PAGE_TITLE_CHARS_MAX, VISIT_ENDS_AFTER_MS, VISIT_PAGES_MAX};
use crate::person::{self, VisitorRecord};
use crate::{Millis, from_json, text};

/// What is collected of a site's visitors. The body of `PUT …/settings/collecting`, and the answer to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Collecting {
    /// The pages of the visit, with their titles.
    pub pages: bool,
    /// The page that led to the site.
    pub referrer: bool,
    /// The browser and its system.
    pub device: bool,
    /// The browser's time zone.
    pub time_zone: bool,
    /// The language.
    pub language: bool,
}

impl Default for Collecting {
    /// What a new site collects: all of it, of those who write to the team.
    fn default() -> Self {
        Collecting { pages: true, referrer: true, device: true, time_zone: true, language: true }
    }
}

/// A group of what is collected, with a switch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Group {
    /// [`VisitorRecord::visit`].
    Pages,
    /// [`VisitorRecord::referrer`].
    Referrer,
    /// [`VisitorRecord::device`].
    Device,
    /// [`VisitorRecord::time_zone`].
    TimeZone,
    /// [`VisitorRecord::language`].
    Language,
}

impl Group {
    /// All groups, in the order of the settings.
    pub const ALL: [Group; 5] =
        [Group::Pages, Group::Referrer, Group::Device, Group::TimeZone, Group::Language];

    /// The group's name in commands, and its field on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Group::Pages => "pages",
            Group::Referrer => "referrer",
            Group::Device => "device",
            Group::TimeZone => "time_zone",
            Group::Language => "language",
        }
    }
}

impl Collecting {
    /// What a site collects that was there before pages could be: an upgrade alone tells nobody what visitors read.
    pub const BEFORE: Collecting =
        Collecting { pages: false, referrer: true, device: true, time_zone: true, language: true };

    /// True if a group is collected.
    pub const fn has(self, group: Group) -> bool {
        match group {
            Group::Pages => self.pages,
            Group::Referrer => self.referrer,
            Group::Device => self.device,
            Group::TimeZone => self.time_zone,
            Group::Language => self.language,
        }
    }

    /// The same with a group switched on or off.
    pub const fn with(mut self, group: Group, on: bool) -> Self {
        let slot = match group {
            Group::Pages => &mut self.pages,
            Group::Referrer => &mut self.referrer,
            Group::Device => &mut self.device,
            Group::TimeZone => &mut self.time_zone,
            Group::Language => &mut self.language,
        };
        *slot = on;
        self
    }

    /// True if a group is off here that was on before: what was collected of it has to go.
    pub fn drops(self, before: Collecting) -> bool {
        Group::ALL.into_iter().any(|group| before.has(group) && !self.has(group))
    }

    /// The groups that are on, for the audit log.
    pub fn listed(self) -> String {
        let on = Group::ALL.into_iter().filter(|group| self.has(*group));
        on.map(Group::as_str).collect::<Vec<_>>().join(" ")
    }

    /// The fields of [`ToldPage`] that a page of the site may tell. The referrer goes with the pages: by itself only the
    /// site's own page tells it, by `identify`.
    pub fn told(self) -> Vec<&'static str> {
        let mut told = Vec::new();
        if self.pages {
            told.extend(["address", "title"]);
            if self.referrer {
                told.push("referrer");
            }
        }
        if self.time_zone {
            told.push("time_zone");
        }
        told
    }

    /// Removes what is not collected from a record.
    pub fn strip(self, record: &mut VisitorRecord) {
        if !self.pages {
            record.visit = None;
        }
        for (on, slot) in [
            (self.referrer, &mut record.referrer),
            (self.device, &mut record.device),
            (self.time_zone, &mut record.time_zone),
            (self.language, &mut record.language),
        ] {
            if !on {
                *slot = None;
            }
        }
    }
}

/// A visit: the pages that a visitor has looked at, until half an hour went by without another one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Visit {
    /// The pages, the newest first, which is the one that the visitor is on or has left last; 20 at most.
    pub pages: Vec<VisitedPage>,
    /// When the visitor was seen on the newest page last, to the minute.
    pub seen_at: Millis,
}

/// A page of a visit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct VisitedPage {
    /// The address, without query and fragment, which may hold secrets.
    pub address: String,
    /// The title, if it has one.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub title: String,
    /// When the visitor came to it.
    pub at: Millis,
}

/// The page that a visitor is on or has left last, as lists show it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LastPage {
    /// [`VisitedPage::address`].
    pub address: String,
    /// [`VisitedPage::title`].
    #[serde(skip_serializing_if = "String::is_empty")]
    pub title: String,
    /// [`Visit::seen_at`], as of the last change that lists were told.
    pub seen_at: Millis,
}

impl LastPage {
    /// True while the visit goes on, as far as is known.
    pub fn is_current(&self, now: Millis) -> bool {
        now - self.seen_at < VISIT_ENDS_AFTER_MS
    }
}

/// What a page of the site tells of the visit. The body of `PUT …/sites/{site}/visitor/page`. What the site does not
/// collect is ignored, and so is what is ill-formed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ToldPage {
    /// The address of the page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// The title of the page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// The page that led to the site.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub referrer: Option<String>,
    /// The browser's time zone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time_zone: Option<String>,
}

/// How exactly is known when a visitor was seen on a page last, in milliseconds.
const SEEN_MS: Millis = 60_000;

impl ToldPage {
    /// Takes what was told over into a record, as far as the site collects it.
    pub fn take(&self, record: &mut VisitorRecord, collecting: Collecting, now: Millis) {
        if let Some(address) = self.address.as_deref().and_then(person::referrer) {
            let title = self.title.as_deref().map(title).unwrap_or_default();
            Visit::go(&mut record.visit, address, title, now);
        }
        if let Some(referrer) = self.referrer.as_deref().and_then(person::referrer) {
            record.referrer = Some(referrer);
        }
        if let Some(zone) = self.time_zone.as_deref().and_then(person::time_zone) {
            record.time_zone = Some(zone.to_owned());
        }
        collecting.strip(record);
    }
}

/// A title on one line; cut, if it is longer than a title may be.
fn title(given: &str) -> String {
    let plain = text::plain_line(given, usize::MAX).unwrap_or_default();
    plain.chars().take(PAGE_TITLE_CHARS_MAX).collect()
}

impl Visit {
    /// Its newest page.
    pub fn last_page(&self) -> Option<LastPage> {
        let VisitedPage { address, title, .. } = self.pages.first()?.clone();
        Some(LastPage { address, title, seen_at: self.seen_at })
    }

    /// The visitor is on a page. It is the visit's newest page then, or of a new visit, if the one before has ended.
    fn go(visit: &mut Option<Visit>, address: String, title: String, now: Millis) {
        let goes_on = |visit: &Visit| now - visit.seen_at < VISIT_ENDS_AFTER_MS;
        let mut pages = visit.take_if(|visit| goes_on(visit)).map(|it| (it.pages, it.seen_at));
        let (pages_before, seen_before) = pages.take().unwrap_or_default();
        let mut pages = pages_before;
        let mut seen_at = now;
        match pages.first_mut() {
            // A title often comes after its page.
            Some(newest) if newest.address == address => {
                if !title.is_empty() {
                    newest.title = title;
                }
                if now - seen_before < SEEN_MS {
                    seen_at = seen_before;
                }
            }
            _ => pages.insert(0, VisitedPage { address, title, at: now }),
        }
        pages.truncate(VISIT_PAGES_MAX);
        *visit = Some(Visit { pages, seen_at });
    }
}

from_json!(strict struct Collecting { pages, referrer, device, time_zone, language });
from_json!(struct Visit { pages: each, seen_at });
from_json!(struct VisitedPage { address, title: optional, at });
from_json!(struct LastPage { address, title: optional, seen_at });
from_json!(strict struct ToldPage {
    address: optional, title: optional, referrer: optional, time_zone: optional
});

#[cfg(test)]
mod tests {
    use super::*;
    use crate::VisitorId;

    const MINUTE: Millis = 60_000;

    fn record() -> VisitorRecord {
        VisitorRecord::new(VisitorId::from_bytes([1; 16]), 5)
    }

    fn page(address: &str, title: &str) -> ToldPage {
        let (address, title) = (Some(address.to_owned()), Some(title.to_owned()));
        ToldPage { address, title, ..ToldPage::default() }
    }

    fn seen(record: &VisitorRecord) -> Vec<(&str, &str)> {
        let pages = record.visit.iter().flat_map(|visit| &visit.pages);
        pages.map(|page| (page.address.as_str(), page.title.as_str())).collect()
    }

    #[test]
    fn a_visit_is_its_last_pages_until_half_an_hour_without_one() {
        let (mut record, all) = (record(), Collecting::default());
        page("https://a.example/1?token=s#t", "").take(&mut record, all, 0);
        page("https://a.example/1", "One").take(&mut record, all, 10);
        assert_eq!(seen(&record), [("https://a.example/1", "One")], "the title came later");
        page("https://a.example/2", "Two\u{202e}\n2").take(&mut record, all, 29 * MINUTE);
        page("https://a.example/1", "One").take(&mut record, all, 58 * MINUTE);
        let pages = seen(&record);
        assert_eq!((pages.len(), pages[0].0, pages[1].1), (3, "https://a.example/1", "Two 2"));
        page("https://a.example/9", "").take(&mut record, all, 88 * MINUTE);
        assert_eq!(seen(&record), [("https://a.example/9", "")], "another visit");
        for n in 0..50 {
            page(&format!("https://a.example/{n}"), &"x".repeat(1_000)).take(
                &mut record,
                all,
                89 * MINUTE,
            );
        }
        let pages = seen(&record);
        assert_eq!((pages.len(), pages[0].0), (VISIT_PAGES_MAX, "https://a.example/49"));
        assert_eq!(pages[0].1.chars().count(), PAGE_TITLE_CHARS_MAX);
    }

    #[test]
    fn who_stays_on_a_page_is_seen_to_the_minute() {
        let (mut record, all) = (record(), Collecting::default());
        let told = page("https://a.example/1", "One");
        told.take(&mut record, all, 0);
        let first = record.clone();
        told.take(&mut record, all, MINUTE - 1);
        assert_eq!(record, first, "nothing to write");
        told.take(&mut record, all, MINUTE);
        assert_eq!(record.visit.map(|visit| visit.seen_at), Some(MINUTE));
    }

    #[test]
    fn what_is_switched_off_is_not_kept_and_not_asked_for() {
        let told = ToldPage {
            referrer: Some("https://find.example/?q=me".to_owned()),
            time_zone: Some("Europe/Berlin".to_owned()),
            ..page("https://a.example/1", "One")
        };
        let mut full = VisitorRecord {
            device: Some("Firefox".to_owned()),
            language: Some("de".to_owned()),
            ..record()
        };
        told.take(&mut full, Collecting::default(), 0);
        let there = |record: &VisitorRecord| {
            [
                record.visit.is_some(),
                record.referrer.is_some(),
                record.device.is_some(),
                record.time_zone.is_some(),
                record.language.is_some(),
            ]
        };
        assert_eq!(there(&full), [true; 5]);
        for (place, group) in Group::ALL.into_iter().enumerate() {
            let without = Collecting::default().with(group, false);
            assert!(without.drops(Collecting::default()) && !without.drops(without));
            assert!(!Collecting::default().drops(without));
            let mut kept = full.clone();
            told.take(&mut kept, without, 0);
            let mut expected = [true; 5];
            expected[place] = false;
            assert_eq!(there(&kept), expected, "{group:?}");
            assert!(!without.told().contains(&group.as_str()), "{group:?}");
        }
        assert_eq!(Collecting::BEFORE.told(), ["time_zone"]);
    }

    #[test]
    fn what_is_no_page_is_ignored() {
        let mut kept = record();
        for bad in ["", "about:blank", "javascript://x/%0aalert(1)", "file:///etc/passwd"] {
            let zone = Some("Europe/Berlin\u{202e}".to_owned());
            let told = ToldPage { time_zone: zone, ..page(bad, "x") };
            told.take(&mut kept, Collecting::default(), 9);
        }
        assert_eq!(kept, record());
    }
}
