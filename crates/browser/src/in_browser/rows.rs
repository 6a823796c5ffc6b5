//! Heights and places of rows in a document that is laid out.

use wasm_bindgen::JsCast;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::HtmlElement;

use super::{put, run};
use crate::rows::Rows;
use crate::scroll::Scroll;

/// A log that is 100 pixels high: a heading of 30, a spacer of 40, rows of 20, 50, 80 and 60, the third with the name of
/// a day of 10 before it, and a spacer of 100 at the end.
fn log() -> HtmlElement {
    put("<div style='position: relative; height: 100px; overflow: auto; overflow-anchor: none'>
        <p style='margin: 0; height: 30px'></p>
        <div id='spacer' style='height: 40px'></div>
        <div class='row' style='height: 20px'></div>
        <div class='row' style='height: 50px'></div>
        <p class='day' style='margin: 0; height: 10px'></p>
        <div class='row' style='height: 80px'></div>
        <div class='row' style='height: 60px'></div>
        <div style='height: 100px'></div></div>")
}

fn rows(place: &HtmlElement) -> Rows {
    let log: HtmlElement = place.first_element_child().unwrap().unchecked_into();
    let spacer = place.query_selector("#spacer").unwrap().unwrap().unchecked_into();
    Rows::of(log, spacer, ".row")
}

#[wasm_bindgen_test]
fn a_day_belongs_to_the_row_below_it() {
    let place = log();
    assert_eq!(rows(&place).heights_px(), [20, 50, 90, 60]);
    place.remove();
}

#[wasm_bindgen_test]
fn a_view_is_told_from_the_beginning_of_the_rows() {
    let place = log();
    let rows = rows(&place);
    assert_eq!(rows.view_px(), (-30, 100), "the heading is above them");
    rows.log.set_scroll_top(75);
    assert_eq!(rows.view_px(), (45, 100));
    place.remove();
}

#[wasm_bindgen_test]
fn what_is_read_stays_where_it_was() {
    let place = log();
    let rows = rows(&place);
    rows.log.set_scroll_top(100);
    let anchor = rows.anchor().unwrap();
    // The first in view is the second row, which began at 90. Above it something grows, and something leaves.
    run(
        "arguments[0].querySelector('#spacer').style.height = '173px'; arguments[0].querySelector('.row').remove()",
        &[place.clone().into()],
    );
    anchor.restore(&rows.log);
    assert_eq!(rows.log.scroll_top(), 213);
    // What is gone moves nothing.
    run("arguments[0].querySelector('.row').remove()", &[place.clone().into()]);
    anchor.restore(&rows.log);
    assert_eq!(rows.log.scroll_top(), 213);
    place.remove();
}

#[wasm_bindgen_test]
fn without_a_row_in_view_there_is_nothing_to_keep() {
    let place = log();
    let rows = rows(&place);
    rows.log.set_scroll_top(1_000);
    assert!(rows.anchor().is_none(), "the spacer behind the rows fills the view");
    place.remove();
}

#[wasm_bindgen_test]
fn the_end_is_near_within_a_few_pixels() {
    let place = log();
    let log = rows(&place).log;
    for (top, near) in [(290, true), (243, true), (241, false), (0, false)] {
        log.set_scroll_top(top);
        assert_eq!(Scroll::of(&log).is_near_end(&log), near, "at {}", log.scroll_top());
    }
    place.remove();
}
