//! The preview: the real widget in a frame, what it is fed with, and whether it answers.

use leptos::prelude::*;
use porchlight_browser::Timeout;
use web_sys::HtmlIFrameElement;

use super::channel::{Channel, Heard};
use super::sample::{Look, When};

/// Milliseconds without a further edit after which the frame is fed anew.
const FEED_AFTER_MS: u64 = 100;

/// The preview beside the form.
#[derive(Clone, Copy)]
pub struct Preview {
    /// What the visitor looks at.
    pub look: RwSignal<Look>,
    /// Whether the frame can be seen.
    pub state: RwSignal<FrameState>,
    /// Grows when the frame is to be made anew.
    pub round: RwSignal<u32>,
    channel: StoredValue<Option<Channel>, LocalStorage>,
    timer: StoredValue<Option<Timeout>, LocalStorage>,
    feed: StoredValue<Option<String>>,
}

/// Whether the frame can be seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FrameState {
    /// It is on its way.
    Loading,
    /// It shows what it was fed with.
    Live,
    /// It does not answer.
    Failed,
}

impl Preview {
    /// A preview that has no frame yet.
    pub fn new(language: String) -> Preview {
        Preview {
            look: RwSignal::new(Look { when: When::AtOnce, home: false, language }),
            state: RwSignal::new(FrameState::Loading),
            round: RwSignal::new(0),
            channel: StoredValue::new_local(None),
            timer: StoredValue::new_local(None),
            feed: StoredValue::new(None),
        }
    }

    /// There is a frame, on this origin; the dates in it are in the language of `locale`.
    pub fn attach(self, frame: HtmlIFrameElement, origin: String, locale: String) {
        let channel = Channel::new(frame, origin, locale, move |heard| self.heard(heard));
        self.channel.set_value(Some(channel));
    }

    /// The frame has loaded its document.
    pub fn loaded(self) {
        self.channel.with_value(|channel| channel.as_ref().map(Channel::loaded));
    }

    /// Makes a new frame.
    pub fn retry(self) {
        self.channel.set_value(None);
        self.state.set(FrameState::Loading);
        self.round.update(|round| *round += 1);
    }

    /// Shows what `sample` makes, soon: one edit follows the other.
    pub fn feed(self, sample: impl Fn() -> Option<String> + 'static) {
        let feed = move || {
            // The page may have been left in the meantime.
            if let (Some(sample), false) = (sample(), self.state.is_disposed()) {
                self.feed.set_value(Some(sample));
                self.send();
            }
        };
        self.timer.set_value(Some(Timeout::after(FEED_AFTER_MS, feed)));
    }

    fn send(self) {
        let Some(Some(sample)) = self.feed.try_get_value() else { return };
        self.channel.with_value(|channel| channel.as_ref().map(|channel| channel.feed(&sample)));
    }

    fn heard(self, heard: Heard) {
        match heard {
            _ if self.state.is_disposed() => {}
            Heard::Ready => self.send(),
            Heard::Alive => self.put(FrameState::Live),
            Heard::Silent => self.put(FrameState::Failed),
        }
    }

    fn put(self, state: FrameState) {
        if self.state.get_untracked() != state {
            self.state.set(state);
        }
    }
}
