//! The preview on the settings page: the same views, fed with samples by the page around it. Each sample
//! gets a machine of its own; there is no network, no storage and no sound.

use std::rc::Rc;

use porchlight_browser::json::read;
use porchlight_browser::{Shell, time};
use porchlight_client::{Command, Input, Machine, Me, Place, Range};
use porchlight_protocol::wire::{Page, Sample, ServerFrame};

use crate::app::App;
use crate::shell::WidgetShell;

impl App {
    /// Shows a sample in place of the one before. A text that is no sample is ignored.
    pub fn show_sample(self: &Rc<Self>, sample: &str) {
        let Some(sample) = read::<Sample>(sample).filter(|_| self.is_preview()) else {
            return;
        };
        self.speak(&sample.language);
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
