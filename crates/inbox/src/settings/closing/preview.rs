//! The preview: the real widget in a frame, the sample that it shows, and whether it answers.

use leptos::prelude::*;
use porchlight_browser::Timeout;
use web_sys::HtmlIFrameElement;

use crate::settings::channel::{Channel, Heard};
use crate::settings::closing::sample::{Look, When};

/// Debounce: milliseconds after the last edit until the sample is sent.
const FEED_AFTER_MS: u64 = 100;

/// The preview beside the form.
#[derive(Clone, Copy)]
pub struct Preview {
    /// The moment, screen and language that the preview shows.
    pub look: RwSignal<Look>,
    /// Whether the frame is shown.
    pub state: RwSignal<FrameState>,
    /// A counter: a change rebuilds the frame.
    pub round: RwSignal<u32>,
    channel: StoredValue<Option<Channel>, LocalStorage>,
    timer: StoredValue<Option<Timeout>, LocalStorage>,
    feed: StoredValue<Option<String>>,
}

/// Whether the frame is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FrameState {
    /// Not yet: it is loading.
    Loading,
    /// Yes.
    Live,
    /// No: it does not answer.
    Failed,
}

impl Preview {
    /// A preview without a frame.
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

    /// Connects to a frame on this origin that asks for the language of `locale`.
    pub fn attach(self, frame: HtmlIFrameElement, origin: String, locale: String) {
        let channel = Channel::new(frame, origin, locale, move |heard| self.heard(heard));
        self.channel.set_value(Some(channel));
        self.put(FrameState::Loading);
    }

    /// The frame has loaded a document.
    pub fn loaded(self) {
        self.channel.with_value(|channel| channel.as_ref().map(Channel::loaded));
    }

    /// Rebuilds the frame.
    pub fn retry(self) {
        self.channel.set_value(None);
        self.state.set(FrameState::Loading);
        self.round.update(|round| *round += 1);
    }

    /// Shows the result of `sample`, debounced.
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
            // The preview is not interactive.
            Heard::Closed => {}
        }
    }

    fn put(self, state: FrameState) {
        if self.state.get_untracked() != state {
            self.state.set(state);
        }
    }
}
