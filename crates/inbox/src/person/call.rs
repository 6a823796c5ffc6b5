//! The wish of a visitor to be called back: when, in words, and that somebody has called.

use porchlight_browser::dates;
use porchlight_protocol::Millis;
use porchlight_protocol::call_back::CallBack;
use porchlight_protocol::person::{Change, EditVisitor, Teller, Told, VisitorName, VisitorRecord};

use crate::app::App;
use crate::person::zone;
use crate::ui::parts::{locale, moment};

/// The time of a call, where the agent is: `today, 14:00–17:00`, `Tuesday 09:00–12:00`.
pub fn time(wish: CallBack, now: Millis) -> String {
    let locale = locale();
    let to_come = dates::to_come(wish.from, now, &locale);
    // A day that has begun, or is over, is named.
    let is_to_come = to_come != dates::clock(wish.from, &locale);
    let begins = if is_to_come { to_come } else { moment(wish.from, now) };
    [&begins, "–", &dates::clock(wish.until, &locale)].concat()
}

/// The same where the visitor is; `None` if that is the same, or not known.
pub fn time_there(wish: CallBack, zone: &str) -> Option<String> {
    if zone == dates::zone() {
        return None;
    }
    let (from, until) = (zone::time_in(zone, wish.from)?, zone::clock_in(zone, wish.until)?);
    Some([&from, "–", &until].concat())
}

/// True if the time is over.
pub fn is_late(wish: CallBack, now: Millis) -> bool {
    wish.until <= now
}

impl App {
    /// Somebody has called this visitor. The toast offers to undo it.
    pub fn has_called(self, name: &VisitorName) {
        if let Some((before, edit)) = called(name) {
            self.edit_visitor(before, edit, move |answer| {
                if let Err(failure) = answer
                    && let Some(why) = self.why(failure)
                {
                    self.tell(why);
                }
            });
        }
    }
}

/// The change of a record that says that somebody has called, and what of the record it takes to undo it.
fn called(name: &VisitorName) -> Option<(VisitorRecord, EditVisitor)> {
    let revision = name.revision;
    let wish = Told { value: name.call_back?, by: Teller::Other, at: 0 };
    let new = VisitorRecord::new(name.id.clone(), 0);
    let before = VisitorRecord { call_back: Some(wish), revision, ..new };
    let edit = EditVisitor { revision, call_back: Change::Remove, ..EditVisitor::default() };
    Some((before, edit))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::person::part::undo;
    use porchlight_protocol::VisitorId;

    #[test]
    fn who_was_called_has_no_wish_and_the_undo_brings_it_back() {
        let mut name = VisitorRecord::new(VisitorId::from_bytes([1; 16]), 0).as_name();
        assert_eq!(called(&name), None);
        let wish = CallBack { from: 5, until: 9 };
        (name.call_back, name.revision) = (Some(wish), 7);
        let (before, edit) = called(&name).unwrap();
        assert_eq!(
            (edit.revision, &edit.call_back, &edit.name),
            (7, &Change::Remove, &Change::Keep)
        );
        assert_eq!(undo(&edit, &before).call_back, Change::Set(wish));
        assert!(is_late(wish, 9) && !is_late(wish, 8));
    }
}
