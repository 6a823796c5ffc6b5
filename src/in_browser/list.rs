//! The keyed list, in a document.

use std::sync::Arc;

use leptos::prelude::*;
use wasm_bindgen::JsValue;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::Element;

use super::{place, run};
use crate::view::keyed::Keyed;

/// A name, and what is shown of it.
type Item = (u32, u32);

fn button((name, text): &Item) -> impl IntoView + use<> {
    view! { <button id=format!("item-{name}")>{text.to_string()}</button> }
}

fn list(items: &[Item]) -> Keyed<Item, impl IntoView + use<>> {
    let items = items.iter().copied().map(Arc::new).collect();
    Keyed { items, same: |a, b| a.0 == b.0, view: button }
}

/// The names and texts in the document, in its order.
fn shown(place: &Element) -> Vec<Item> {
    const SHOWN: &str = "return JSON.stringify([...it.children].map((child) => [Number(child.id.slice(5)), Number(child.textContent)]))";
    let text = run(SHOWN, place).as_string().unwrap();
    serde_json::from_str(&text).unwrap()
}

/// Gives each element that has none yet a number that stays with it, and returns those of all, by name.
fn elements(place: &Element) -> Vec<(u32, u32)> {
    const NUMBER: &str = "window.numbers ??= 0; return JSON.stringify([...it.children].map((child) => [Number(child.id.slice(5)), child.number ??= ++numbers]))";
    let text = run(NUMBER, place).as_string().unwrap();
    serde_json::from_str(&text).unwrap()
}

fn focused() -> String {
    document().active_element().map(|element| element.id()).unwrap_or_default()
}

fn focus(id: &str) {
    run("document.getElementById(it).focus()", &JsValue::from(id));
}

#[wasm_bindgen_test]
fn items_are_in_their_order() {
    let place = place();
    let mut state = list(&[(1, 10), (2, 20), (3, 30)]).build();
    state.mount(&place, None);
    assert_eq!(shown(&place), [(1, 10), (2, 20), (3, 30)]);
    for next in [
        &[(3, 30), (1, 10), (2, 20)][..],
        &[(4, 40), (3, 31), (2, 20)],
        &[],
        &[(9, 90)],
        &[(1, 1), (9, 91), (2, 2)],
    ] {
        list(next).rebuild(&mut state);
        assert_eq!(shown(&place), next);
    }
    state.unmount();
    assert_eq!(shown(&place), []);
    place.remove();
}

#[wasm_bindgen_test]
fn items_keep_their_elements_wherever_they_go() {
    let place = place();
    let mut state = list(&[]).build();
    state.mount(&place, None);
    let mut random = 7_u32;
    let mut roll = |sides: usize| {
        random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (random >> 16) as usize % sides
    };
    let mut known: Vec<(u32, u32)> = Vec::new();
    for _ in 0..500 {
        let mut names: Vec<u32> = (0..12).collect();
        let items: Vec<Item> =
            (0..roll(13)).map(|_| (names.swap_remove(roll(names.len())), roll(3) as u32)).collect();
        list(&items).rebuild(&mut state);
        assert_eq!(shown(&place), items);
        let now = elements(&place);
        for (name, number) in &now {
            let before = known.iter().find(|(known, _)| known == name);
            assert!(
                before.is_none_or(|(_, before)| before == number),
                "{name} has another element"
            );
        }
        known = now;
    }
    place.remove();
}

#[wasm_bindgen_test]
fn focus_stays_while_others_come_go_and_change() {
    let place = place();
    let mut state = list(&[(1, 0), (2, 0), (3, 0)]).build();
    state.mount(&place, None);
    focus("item-2");
    for next in [
        &[(4, 0), (1, 0), (2, 0), (3, 0)][..],
        &[(2, 0), (3, 0)],
        &[(2, 5), (3, 5)],
        &[(1, 0), (2, 5), (3, 5), (6, 0)],
        // The last one moves up, past the one with the focus.
        &[(6, 0), (1, 0), (2, 5), (3, 5)],
    ] {
        list(next).rebuild(&mut state);
        assert_eq!(focused(), "item-2", "{next:?}");
    }
    place.remove();
}

#[wasm_bindgen_test]
fn what_is_selected_stays_where_the_text_does() {
    let place = place();
    let mut state = list(&[(1, 11), (2, 22)]).build();
    state.mount(&place, None);
    run("getSelection().selectAllChildren(it.lastElementChild)", &place);
    list(&[(3, 33), (1, 12), (2, 22)]).rebuild(&mut state);
    assert_eq!(run("return String(getSelection())", &place).as_string().as_deref(), Some("22"));
    place.remove();
}
