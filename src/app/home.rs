//! Home's lines keep their places under the pointer.

use std::rc::Rc;
use std::sync::Arc;

use porchlight_browser::{Timeout, time};
use porchlight_client::Place;
use porchlight_client::hold::held;

use super::App;
use crate::keep::find;
use crate::screen::HomeLine;

impl App {
    /// The pointer has moved: somebody may be about to click.
    pub fn pointer_moved(&self) {
        let mut hold = self.hold.get();
        hold.stirs(time::local());
        self.hold.set(hold);
    }

    /// The lines in the places where they stand now: in their order, unless that would move one while
    /// the pointer is over the list.
    pub fn place_lines(self: &Rc<Self>, wanted: Vec<Arc<HomeLine>>) -> Vec<Arc<HomeLine>> {
        let stood = self.screen.borrow().home.clone();
        let places = |lines: &[Arc<HomeLine>]| -> Vec<Place> {
            lines.iter().map(|line| line.place.clone()).collect()
        };
        let (there, belong) = (places(&stood), places(&wanted));
        let mut hold = self.hold.get();
        let waits_ms = if there == belong || self.is_preview() {
            hold.settles();
            None
        } else {
            hold.over(find(".row:hover").is_some());
            hold.waits(time::local())
        };
        self.hold.set(hold);
        let Some(waits_ms) = waits_ms else { return wanted };
        let app = self.clone();
        self.held.replace(Some(Timeout::after(waits_ms, move || app.look_again())));
        let line = |place: &Place| {
            let mut lines = wanted.iter().chain(&stood);
            lines.find(|line| line.place == *place).cloned()
        };
        held(&there, &belong, |_| false).iter().filter_map(line).collect()
    }
}
