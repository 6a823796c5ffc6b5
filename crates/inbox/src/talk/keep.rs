//! The place that is read in the transcript, and the focus in it: both stay while lines come and go, and while the
//! transcript or what is in it changes its size.

use leptos::prelude::*;
use leptos::task::{spawn_local, tick};
use porchlight_browser::rows::{Anchor, Rows};
use porchlight_browser::scroll::Scroll;
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;

use crate::app::App;
use crate::ui::focus::nothing_has_focus;

/// The id of the spacer before the lines.
pub const SPACER: &str = "rows";

/// The lines that belong to a row each. A day separator belongs to the row below it.
const ROWS: &str = ".msg, .line--event";

/// How the transcript stands.
#[derive(Default)]
pub struct Keeper {
    /// How it stood when it was scrolled last.
    stood: Scroll,
    /// The row that stays where it is, unless the end does.
    anchor: Option<Anchor>,
    /// Lines are about to be rendered.
    holds: bool,
    /// The focus was in one of the lines by then.
    had_focus: bool,
    /// A look at what is in view is scheduled.
    looks: bool,
}

/// The rows in the document, if there is a transcript.
fn rows() -> Option<Rows> {
    let spacer: HtmlElement = document().get_element_by_id(SPACER)?.unchecked_into();
    let log: HtmlElement = spacer.closest("[role=log]").ok()??.unchecked_into();
    Some(Rows::of(log, spacer, ROWS))
}

/// Forgets how the transcript stood: it is about to be rendered anew.
pub fn begin(app: App) {
    app.transcript.keeper.set_value(Keeper::default());
}

/// Notes place and focus before the lines change, and restores them when they are rendered.
pub fn hold(app: App) {
    let is_held = |keeper: &mut Keeper| std::mem::replace(&mut keeper.holds, true);
    if app.transcript.keeper.try_update_value(is_held) != Some(false) {
        return;
    }
    if let Some(rows) = rows() {
        note(app, &rows);
    }
    let focused = document().query_selector("[role=log] :focus");
    let had_focus = focused.is_ok_and(|focused| focused.is_some());
    app.transcript.keeper.update_value(|keeper| keeper.had_focus = had_focus);
    spawn_local(async move {
        // Not at the next animation frame: by then it may have been scrolled, away from what was noted.
        tick().await;
        settle(app);
    });
}

/// Notes where the transcript stands. True if its end is in view.
fn note(app: App, rows: &Rows) -> bool {
    let now = Scroll::of(&rows.log);
    let near_end = now.is_near_end(&rows.log);
    let before = app.transcript.keeper.try_update_value(|keeper| {
        keeper.anchor = rows.anchor();
        std::mem::replace(&mut keeper.stood, now)
    });
    let at_end = app.transcript.at_end.get_untracked();
    let keeps_end = now.keeps_end(before.unwrap_or(now), at_end, near_end);
    if keeps_end != at_end {
        app.transcript.at_end.set(keeps_end);
    }
    near_end
}

fn settle(app: App) {
    let held = app.transcript.keeper.try_update_value(|keeper| {
        keeper.holds = false;
        std::mem::take(&mut keeper.had_focus)
    });
    let (Some(had_focus), Some(rows)) = (held, rows()) else { return };
    put_back(app, &rows);
    if had_focus && nothing_has_focus() {
        // It was in a line that has left the document. From here on, the arrow keys scroll.
        let _ = rows.log.focus();
    }
}

/// Puts back what is read after the size of the transcript or of what is in it has changed: the parts below grow, text
/// is enlarged, a failed message gets a line of buttons.
pub fn resized(app: App) {
    if app.transcript.keeper.try_with_value(|keeper| keeper.holds) == Some(false)
        && let Some(rows) = rows()
    {
        put_back(app, &rows);
    }
}

/// Scrolls to where the transcript stood, and tells the window how high its rows are now.
fn put_back(app: App, rows: &Rows) {
    let log = &rows.log;
    app.transcript.keeper.update_value(|keeper| {
        if app.transcript.at_end.get_untracked() {
            log.set_scroll_top(log.scroll_height());
            // The browser tells of it late, perhaps once for this and for an agent's way up from there, which has to be
            // seen as such.
            keeper.stood = Scroll::of(log);
        } else if let Some(anchor) = &keeper.anchor {
            anchor.restore(log);
        }
        keeper.anchor = rows.anchor();
    });
    app.transcript.window.update_value(|window| window.measure(&rows.heights_px()));
    // Lines that change here would change sizes while sizes are observed.
    let looks = |keeper: &mut Keeper| std::mem::replace(&mut keeper.looks, true);
    if app.transcript.keeper.try_update_value(looks) == Some(false) {
        request_animation_frame(move || {
            let is_there =
                app.transcript.keeper.try_update_value(|keeper| keeper.looks = false).is_some();
            if let (true, Some(rows)) = (is_there, self::rows()) {
                look(app, &rows);
            }
        });
    }
}

/// Shows the lines that are in view, if others are in the document, and has older ones loaded before they are.
fn look(app: App, rows: &Rows) {
    let (top_px, height_px) = rows.view_px();
    if app.transcript.window.try_update_value(|window| window.look(top_px, height_px)) == Some(true)
    {
        app.show_lines();
    }
    if Scroll::of(&rows.log).is_near_start() {
        app.want_older();
    }
}

/// Follows a scroll of the transcript.
pub fn scrolled(app: App) {
    let Some(rows) = rows() else { return };
    if note(app, &rows) {
        app.reached_end();
    }
    look(app, &rows);
}
