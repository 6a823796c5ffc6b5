//! A menu behind a button: arrow keys move in it, Escape closes it, and the focus returns to the button.

use leptos::ev::{FocusEvent, KeyboardEvent};
use leptos::html;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement, Node};

use super::icon::{self, icon};
use crate::words::{Word, say};

/// An item of a menu.
#[derive(Clone)]
pub struct Item {
    /// Its icon.
    pub icon: &'static str,
    /// What it says.
    pub words: Word,
    /// What it does.
    pub does: Does,
}

/// What an item does.
#[derive(Clone)]
pub enum Does {
    /// Calls this.
    Act(Callback<()>),
    /// Downloads the file at this address.
    Download(String),
}

/// The button, which is called `name`, and the menu of these items.
pub fn menu(
    name: Word,
    items: impl Fn() -> Vec<Item> + Copy + Send + Sync + 'static,
) -> impl IntoView {
    let open = RwSignal::new(false);
    let opener = NodeRef::<html::Button>::new();
    let whole = NodeRef::<html::Div>::new();
    let close = move || {
        open.set(false);
        if let Some(opener) = opener.get_untracked() {
            let _ = opener.focus();
        }
    };
    let on_opener_key = move |event: KeyboardEvent| {
        if event.key() == "ArrowDown" && !open.get_untracked() {
            event.prevent_default();
            open.set(true);
        }
    };
    let on_menu_key = move |event: KeyboardEvent| match event.key().as_str() {
        "Escape" => {
            event.prevent_default();
            event.stop_propagation();
            close();
        }
        key @ ("ArrowUp" | "ArrowDown" | "Home" | "End") => {
            event.prevent_default();
            if let Some(whole) = whole.get_untracked() {
                step(&whole, key);
            }
        }
        _ => {}
    };
    let on_focus_out = move |event: FocusEvent| {
        let to = event.related_target().and_then(|to| to.dyn_into::<Node>().ok());
        // The last event comes after the menu was removed.
        let whole = whole.try_get_untracked().flatten();
        if !whole.is_some_and(|whole| whole.contains(to.as_ref())) {
            let _ = open.try_set(false);
        }
    };
    view! {
        <div class="more" node_ref=whole on:focusout=on_focus_out>
            <button
                class="icon-btn"
                type="button"
                aria-label=say(name)
                aria-haspopup="menu"
                aria-expanded=move || if open.get() { "true" } else { "false" }
                node_ref=opener
                on:click=move |_| open.update(|open| *open = !*open)
                on:keydown=on_opener_key
            >
                {icon(icon::MORE)}
            </button>
            {move || {
                open.get()
                    .then(|| {
                        request_animation_frame(move || {
                            if let Some(whole) = whole.try_get_untracked().flatten() {
                                step(&whole, "Home");
                            }
                        });
                        view! {
                            <div class="menu" role="menu" aria-label=say(name) on:keydown=on_menu_key>
                                {items().into_iter().map(|it| item(it, close)).collect_view()}
                            </div>
                        }
                    })
            }}
        </div>
    }
}

fn item(Item { icon: path, words, does }: Item, close: impl Fn() + Copy + 'static) -> AnyView {
    match does {
        Does::Act(act) => {
            let choose = move |_| {
                close();
                act.run(());
            };
            view! {
                <button class="menu__item" type="button" role="menuitem" tabindex="-1" on:click=choose>
                    {icon(path)}
                    {say(words)}
                </button>
            }
            .into_any()
        }
        Does::Download(address) => view! {
            <a class="menu__item" role="menuitem" tabindex="-1" href=address download="" on:click=move |_| close()>
                {icon(path)}
                {say(words)}
            </a>
        }
        .into_any(),
    }
}

/// Moves the focus within the menu.
fn step(whole: &Element, key: &str) {
    let first = whole.query_selector("[role=menuitem]").ok().flatten();
    let siblings = std::iter::successors(first, Element::next_element_sibling);
    let items: Vec<HtmlElement> = siblings.filter_map(|item| item.dyn_into().ok()).collect();
    let active = document().active_element();
    let here = items.iter().position(|item| active.as_ref() == Some(item.as_ref()));
    let last = items.len().saturating_sub(1);
    let to = match (key, here) {
        ("End", _) | ("ArrowUp", None | Some(0)) => last,
        ("ArrowUp", Some(here)) => here - 1,
        ("ArrowDown", Some(here)) if here < last => here + 1,
        _ => 0,
    };
    if let Some(item) = items.get(to) {
        let _ = item.focus();
    }
}
