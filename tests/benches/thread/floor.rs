//! The floor: a hand-written page.

use porchlight_stories::{Look, Screen, Story};
use serde_json::{Value, json};

use crate::Thread;
use crate::frames::Frames;

const PAGE: &str = include_str!("floor.html");

/// The widget's style sheets.
const STYLES: [&str; 5] = [
    include_str!("../../../style/tokens.css"),
    include_str!("../../../style/base.css"),
    include_str!("../../../style/home.css"),
    include_str!("../../../style/thread.css"),
    include_str!("../../../style/composer.css"),
];

/// A hand-written page with a thread.
pub struct Floor {
    page: Screen,
    frames: Frames,
}

impl Floor {
    /// Opens it.
    pub fn open(story: &Story) -> Floor {
        let page = story.somebody("floor").window(Look::DESK);
        page.go("about:blank");
        page.script::<Value>(
            "document.open(); document.write(arguments[0]); document.close()",
            json!([PAGE.replace("STYLES", &STYLES.concat())]),
        );
        Floor { frames: Frames::after("2".repeat(32), 0, 0), page }
    }
}

impl Thread for Floor {
    fn page(&self) -> &Screen {
        &self.page
    }

    fn frames(&mut self) -> &mut Frames {
        &mut self.frames
    }

    fn begins_to_write(&self) {
        const EMPTY: &str = "field.value = ''; field.focus()";
        self.page.script::<Value>(EMPTY, json!([]));
    }
}
