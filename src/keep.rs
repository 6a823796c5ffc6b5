//! Focus and scroll position across renders.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use leptos::prelude::{document, request_animation_frame};
use porchlight_browser::rows::{self, Anchor, Rows};
use porchlight_browser::scroll::Scroll;
use porchlight_protocol::ErrorCode;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement};

use crate::app::App;
use crate::field;
use crate::host::Layout;
use crate::screen::{Newest, Screen, Thread};

/// Pixels that the name of the day covers, at the upper edge of the log.
const DAY_PX: i32 = 32;

/// Remembers focus and scroll position from before a change until it is rendered.
#[derive(Default)]
pub struct Keeper {
    before: RefCell<Option<Before>>,
    /// The first message in view before a change that is not rendered yet, unless that is the end of the log.
    anchor: RefCell<Option<Anchor>>,
    wants_focus: Cell<bool>,
    wants_draft: Cell<bool>,
    wants_mark: Cell<bool>,
    left: RefCell<String>,
    /// When the field was measured last.
    measured: Cell<Option<Composer>>,
}

struct Before {
    /// What had the focus.
    focus: Option<HtmlElement>,
    log: Option<Log>,
}

/// Two values that differ when something was added at the end of the log.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Log {
    thread: u32,
    newest: Option<Newest>,
    notice: bool,
}

/// Two values that differ when the field, or what stands below it, has to be measured anew.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Composer {
    /// Where it is not shown, it has no height.
    open: bool,
    thread: u32,
    field: bool,
    refused: Option<ErrorCode>,
}

impl Keeper {
    /// After the next render, [`go_on`] moves the focus.
    pub fn want_focus(&self) {
        self.wants_focus.set(true);
    }

    /// After the next render, the field shows the thread's draft.
    pub fn want_draft(&self) {
        self.wants_draft.set(true);
    }

    /// Once rows are rendered, the log scrolls to the mark *New messages*.
    pub fn want_mark(&self, wanted: bool) {
        self.wants_mark.set(wanted);
    }

    /// Whether the mark is still to be scrolled to.
    pub fn wants_mark(&self) -> bool {
        self.wants_mark.get()
    }

    /// The line of Home that has the focus next.
    pub fn leave(&self, id: &str) {
        self.left.replace(id.to_owned());
    }
}

/// The element with this id.
pub fn element(id: &str) -> Option<HtmlElement> {
    Some(document().get_element_by_id(id)?.unchecked_into())
}

/// The first element that this selector finds.
pub fn find(selector: &str) -> Option<HtmlElement> {
    Some(document().query_selector(selector).ok()??.unchecked_into())
}

fn focused() -> Option<HtmlElement> {
    let active = document().active_element().filter(|active| active.tag_name() != "BODY")?;
    Some(active.unchecked_into())
}

fn log_of(screen: &Screen) -> Option<Log> {
    screen.thread.as_ref().map(|thread| Log {
        thread: thread.number,
        newest: thread.newest,
        notice: thread.notice_line.is_some(),
    })
}

fn composer_of(app: &App) -> Option<Composer> {
    let screen = app.screen.borrow();
    let Thread { number, field, refused, .. } = screen.thread.as_ref()?;
    let open = app.open.get();
    Some(Composer { open, thread: *number, field: *field, refused: *refused })
}

/// Notes focus and scroll position before a change. [`put_back`] and the next animation frame restore them.
pub fn hold(app: &Rc<App>) {
    let keeper = &app.keeper;
    // Rows that have left the log were higher than their spacer, so the browser moved it up to its new end. By the time
    // it tells of that, more may have come, and it would look as if the visitor had gone up.
    if let Some(log) = element("log").filter(|log| is_at_end(log)) {
        app.stands(Scroll::of(&log));
    }
    let needs_anchor = !app.at_end.get() && keeper.anchor.borrow().is_none();
    if let Some(rows) = rows().filter(|_| needs_anchor) {
        keeper.anchor.replace(rows.anchor());
    }
    if keeper.before.borrow().is_some() {
        return;
    }
    let log = log_of(&app.screen.borrow());
    keeper.before.replace(Some(Before { focus: focused(), log }));
    let app = app.clone();
    request_animation_frame(move || settle(&app));
}

/// Puts what is read back to where it was, as soon as a change is rendered. By the next animation frame the log may have
/// been scrolled, away from there.
pub fn put_back(app: &App) {
    space(&app.screen.borrow());
    if let (Some(anchor), Some(log)) = (app.keeper.anchor.take(), element("log")) {
        anchor.restore(&log);
    }
}

/// Gives the spacers before and behind the rows their heights.
fn space(screen: &Screen) {
    if let Some(thread) = &screen.thread {
        let (before, behind) = thread.spacers_px;
        for (id, height) in [("rows", before), ("rest", behind)] {
            if let Some(spacer) = element(id) {
                let height = [&height.to_string(), "px"].concat();
                let _ = spacer.style().set_property("height", &height);
            }
        }
    }
}

/// The rows in the document, if a thread is shown.
fn rows() -> Option<Rows> {
    Some(Rows::of(element("log")?, element("rows")?, ".msg"))
}

/// Shows the rows that are in view, if others are in the document.
pub fn look(app: &Rc<App>, log: HtmlElement) {
    let Some(first) = element("rows") else { return };
    let (top_px, height_px) = rows::view_px(&log, &first);
    let moved = match &mut app.screen.borrow_mut().thread {
        Some(thread) => thread.window.look(top_px, height_px),
        None => false,
    };
    if moved {
        app.show_rows();
    }
}

fn settle(app: &Rc<App>) {
    let Some(before) = app.keeper.before.take() else { return };
    let wants_draft = app.keeper.wants_draft.take();
    if wants_draft {
        field::show_draft(app);
    }
    let composer = composer_of(app);
    if wants_draft || app.keeper.measured.replace(composer) != composer {
        field::measure(app);
    }
    let now = log_of(&app.screen.borrow());
    let same_thread = now.map(|log| log.thread) == before.log.map(|log| log.thread);
    app.hush();
    if app.keeper.wants_mark.get() {
        to_mark(app);
    } else if app.at_end.get() || !same_thread {
        to_end(app);
    } else if now != before.log
        && let Some(thread) = &mut app.paint().thread
        && (thread.notice_line.is_some() || thread.newest.is_some_and(|newest| !newest.mine))
    {
        thread.below = true;
    }
    if let Some(rows) = rows() {
        if let Some(thread) = &mut app.screen.borrow_mut().thread {
            thread.window.measure(&rows.heights_px());
        }
        look(app, rows.log);
    }
    let wants_focus = app.keeper.wants_focus.take();
    let had_focus = before.focus.is_some();
    if let (Some(held), false, None) = (before.focus, wants_focus, focused()) {
        // A line that has moved has lost it. One that is gone does not take it.
        let _ = held.focus();
    }
    if (had_focus || wants_focus) && focused().is_none() {
        go_on(app, wants_focus);
    }
}

/// Scrolls to where the unread messages begin, or to the first that is loaded.
fn to_mark(app: &Rc<App>) {
    let Some(log) = element("log") else { return };
    if app.screen.borrow().thread.as_ref().is_none_or(|thread| thread.rows.is_empty()) {
        return;
    }
    app.keeper.wants_mark.set(false);
    log.set_scroll_top(element("mark").map_or(0, |mark| mark.offset_top() - DAY_PX));
    app.at_end.set(is_at_end(&log));
    if app.at_end.get() {
        app.read();
    } else if let Some(thread) = &mut app.paint().thread {
        thread.below = true;
    }
}

/// The end of the log is in view.
pub fn is_at_end(log: &Element) -> bool {
    Scroll::of(log).is_near_end(log)
}

/// Scrolls to the end of the log.
pub fn to_end(app: &App) {
    if let Some(log) = element("log") {
        log.set_scroll_top(log.scroll_height());
        app.stands(Scroll::of(&log));
    }
}

/// Moves a focus that was lost: in a thread to the field; on a sheet, where the field would bring up the
/// keyboard, or when the field has just gone, to the log (not to *Start a new conversation*: a space that
/// is being typed would press it); on Home to the line one came from, or to Undo if no line is left.
fn go_on(app: &Rc<App>, asked: bool) {
    let (in_thread, layout) = {
        let screen = app.screen.borrow();
        (screen.thread.is_some(), screen.layout)
    };
    let next = if !in_thread {
        let left = app.keeper.left.take();
        let line = find(&["[data-id=\"", &left, "\"] button"].concat());
        let undo = || find(".toast button").filter(|_| left.is_empty());
        line.or_else(undo).or_else(|| element("new"))
    } else {
        let again = element("again");
        // On a sheet, a field would bring up the keyboard, over what is to be read.
        let reads = again.is_some() || layout == Layout::Sheet;
        let again = again.filter(|_| asked);
        again.or_else(|| element(if reads { "log" } else { "field" }))
    };
    if let (true, Some(next)) = (app.open.get(), next) {
        if next.id() == "log" {
            // Nobody has gone there, so no ring is drawn around everything that is read.
            next.set_class_name("log log--quiet");
        }
        let _ = next.focus();
    }
}
