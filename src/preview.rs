//! The preview on a settings page: the same screen, fed with samples by the page around it. It has a
//! machine for as long as it takes to show a sample, and no network, no storage and no sound at all.

use std::rc::Rc;

use porchlight_browser::{Shell, time};
use porchlight_client::{Command, Input, Machine, Me, Place, Range};
use porchlight_protocol::wire::{Page, Sample, ServerFrame};

use crate::app::App;
use crate::locale;
use crate::shell::WidgetShell;

impl App {
    /// Shows a sample in the place of the one before. What is none is passed over.
    pub fn show_sample(self: &Rc<Self>, sample: &str) {
        let Some(sample) = crate::read::<Sample>(sample).filter(|_| self.is_preview()) else {
            return;
        };
        self.locale.replace(locale::checked(&sample.language));
        let mut inputs = vec![
            Input::Boot { known: true, stored: Vec::new() },
            Input::Frame(ServerFrame::Welcome(sample.welcome)),
        ];
        let place = sample.thread.clone().map(Place::At);
        if let Some(id) = sample.thread {
            let head = sample.events.last().map_or(0, |event| event.seq);
            let page = Page { events: sample.events, head };
            inputs.push(Input::Command(Command::Open(Place::At(id.clone()))));
            let range = Range::Before(head.saturating_add(1));
            inputs.push(Input::Events { id, range, result: Ok(page) });
        }
        let mut machine = Machine::new(Me::Visitor);
        let mut changes = Vec::new();
        for input in inputs {
            changes.extend(machine.step(time::local(), 0, input).changes);
        }
        time::follow(&machine);
        match place {
            None => self.paint().thread = None,
            place if place == self.place() => {}
            Some(place) => self.begin_thread(place),
        }
        WidgetShell { app: self.clone() }.changed(&machine, &changes);
        // Whoever edits the settings hears of them there.
        self.paint().said.clear();
    }
}
