//! The rows of a log that are in the document: how high they are, which of them are in view, and how one of these is put
//! back to where it was. What [`porchlight_client::window::Window`] is told, and what follows from its answer.

use wasm_bindgen::JsCast;
use web_sys::HtmlElement;

/// The rows of a log in the document.
pub struct Rows {
    /// The element that scrolls. It is positioned, so that offsets are from its upper edge.
    pub log: HtmlElement,
    /// The spacer for the rows before them.
    spacer: HtmlElement,
    rows: Vec<HtmlElement>,
}

impl Rows {
    /// The rows are the siblings after `spacer` that `selector` matches. What stands between two of them, such as the
    /// name of a day, belongs to the second.
    pub fn of(log: HtmlElement, spacer: HtmlElement, selector: &str) -> Self {
        let mut rows = Vec::new();
        let mut next = spacer.next_element_sibling();
        while let Some(element) = next {
            next = element.next_element_sibling();
            if element.matches(selector).unwrap_or(false) {
                rows.push(element.unchecked_into());
            }
        }
        Rows { log, spacer, rows }
    }

    /// Their heights in pixels, for [`porchlight_client::window::Window::measure`].
    pub fn heights_px(&self) -> Vec<i32> {
        let mut begin_px = end_px(&self.spacer);
        let mut heights_px = Vec::new();
        for row in &self.rows {
            let end_px = end_px(row);
            heights_px.push(end_px - begin_px);
            begin_px = end_px;
        }
        heights_px
    }

    /// What is in view, for [`porchlight_client::window::Window::look`]: pixels below the beginning of the log, and the
    /// height of the view.
    pub fn view_px(&self) -> (i32, i32) {
        view_px(&self.log, &self.spacer)
    }

    /// The first row in view, if there is one.
    pub fn anchor(&self) -> Option<Anchor> {
        let (top_px, height_px) = (self.log.scroll_top(), self.log.client_height());
        let row = self.rows.iter().find(|row| end_px(row) > top_px)?;
        let below_px = row.offset_top() - top_px;
        (below_px < height_px).then(|| Anchor { row: row.clone(), below_px })
    }
}

/// A row, and where it stood in view.
pub struct Anchor {
    row: HtmlElement,
    /// Pixels between the upper edges of the view and of the row.
    below_px: i32,
}

impl Anchor {
    /// Scrolls the log so that the row is where it stood, if it is still in the document.
    pub fn restore(&self, log: &HtmlElement) {
        let top_px = self.row.offset_top() - self.below_px;
        // To set what is there already would end a phone's momentum.
        if self.row.is_connected() && log.scroll_top() != top_px {
            log.set_scroll_top(top_px);
        }
    }
}

/// What is in view of a log whose rows begin with this spacer, see [`Rows::view_px`].
pub fn view_px(log: &HtmlElement, spacer: &HtmlElement) -> (i32, i32) {
    (log.scroll_top() - spacer.offset_top(), log.client_height())
}

fn end_px(element: &HtmlElement) -> i32 {
    element.offset_top() + element.offset_height()
}
