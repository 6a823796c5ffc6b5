//! Where the demo's mails go: nobody gets them, and a page shows them.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use super::compose::Texts;

/// Mails that are kept, the newest first.
const KEPT_MAX: usize = 50;

/// A mail that would have been sent.
#[derive(Debug, Clone)]
pub struct Kept {
    /// The address.
    pub to: String,
    /// What it says.
    pub texts: Texts,
}

/// The mails, in memory.
#[derive(Debug, Clone, Default)]
pub struct Outbox(Arc<Mutex<VecDeque<Kept>>>);

impl Outbox {
    /// Keeps a mail.
    pub fn keep(&self, mail: Kept) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.push_front(mail);
        kept.truncate(KEPT_MAX);
    }

    /// The mails, the newest first.
    pub fn all(&self) -> Vec<Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_are_kept() {
        let outbox = Outbox::default();
        let texts = Texts { subject: String::new(), plain: String::new(), html: String::new() };
        for number in 0..=KEPT_MAX {
            outbox.keep(Kept { to: number.to_string(), texts: texts.clone() });
        }
        let kept = outbox.all();
        assert_eq!((kept.len(), kept[0].to.as_str()), (KEPT_MAX, "50"));
        assert_eq!(kept.last().unwrap().to, "1");
    }
}
