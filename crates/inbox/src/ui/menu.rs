//! A menu below or above the button that opens it: arrows move in it, Escape closes it, and so does leaving it.

use leptos::ev::{FocusEvent, KeyboardEvent};
use leptos::html;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement, Node};

use crate::ui::focus::focus_now;
use crate::words::{Word, say};

/// The state of a menu and its button.
#[derive(Clone, Copy)]
pub struct Menu {
    /// True while the menu is shown.
    pub open: RwSignal<bool>,
    /// The button.
    pub opener: NodeRef<html::Button>,
    /// The element around both: if the focus leaves it, the menu closes.
    pub whole: NodeRef<html::Div>,
}

impl Menu {
    /// A closed menu.
    pub fn new() -> Menu {
        Menu { open: RwSignal::new(false), opener: NodeRef::new(), whole: NodeRef::new() }
    }

    /// Shows or hides the menu.
    pub fn toggle(self) {
        self.open.update(|open| *open = !*open);
    }

    /// Closes the menu, and gives the focus back to the button.
    pub fn close(self) {
        self.open.set(false);
        if let Some(opener) = self.opener.get_untracked() {
            let _ = opener.focus();
        }
    }

    /// The value of the button's `aria-expanded`.
    pub fn expanded(self) -> &'static str {
        if self.open.get() { "true" } else { "false" }
    }

    /// Opens the menu with the arrow keys, on its button.
    pub fn opener_key(self, event: &KeyboardEvent) {
        if matches!(event.key().as_str(), "ArrowUp" | "ArrowDown") {
            event.prevent_default();
            self.open.set(true);
        }
    }

    /// Closes the menu when the focus leaves it and its button.
    pub fn focus_left(self, event: &FocusEvent) {
        let to = event.related_target().and_then(|to| to.dyn_into::<Node>().ok());
        // The last event comes after the elements were removed.
        let whole = self.whole.try_get_untracked().flatten();
        if !whole.is_some_and(|whole| whole.contains(to.as_ref())) {
            let _ = self.open.try_set(false);
        }
    }
}

/// The menu, while it is shown. The focus goes to the checked item, else to the first.
pub fn popup<V: IntoView + 'static>(
    menu: Menu,
    label: Word,
    items: impl Fn() -> V + Send + 'static,
) -> impl IntoView {
    move || {
        menu.open.get().then(|| {
            let list = NodeRef::<html::Div>::new();
            list.on_load(|_| {
                request_animation_frame(|| {
                    focus_now(".menu [aria-checked=true], .menu:not(:has([aria-checked=true])) .menu__item");
                });
            });
            let on_key = move |event: KeyboardEvent| {
                let to = match event.key().as_str() {
                    "Escape" => {
                        event.prevent_default();
                        return menu.close();
                    }
                    "ArrowDown" => Step::By(1),
                    "ArrowUp" => Step::By(-1),
                    "Home" => Step::First,
                    "End" => Step::Last,
                    _ => return,
                };
                event.prevent_default();
                if let Some(list) = list.get_untracked() {
                    step(&list, to);
                }
            };
            view! {
                <div class="menu" role="menu" aria-label=say(label) node_ref=list on:keydown=on_key>
                    {items()}
                </div>
            }
        })
    }
}

/// Where an arrow key leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    By(isize),
    First,
    Last,
}

impl Step {
    /// The index to go to, among `all` items. The ends lead to each other.
    fn target(self, here: Option<usize>, all: usize) -> Option<usize> {
        let last = all.checked_sub(1)?;
        Some(match (self, here) {
            (Step::By(by), Some(here)) => match here.checked_add_signed(by) {
                Some(next) if next <= last => next,
                Some(_) => 0,
                None => last,
            },
            (Step::First | Step::By(_), _) => 0,
            (Step::Last, _) => last,
        })
    }
}

fn step(list: &HtmlElement, to: Step) {
    let all = std::iter::successors(list.first_element_child(), Element::next_element_sibling);
    let items = all.filter(|it| it.matches(".menu__item").unwrap_or(false));
    let items: Vec<HtmlElement> = items.filter_map(|it| it.dyn_into().ok()).collect();
    let active = document().active_element();
    let here = items.iter().position(|item| Some(item.as_ref()) == active.as_ref());
    if let Some(item) = to.target(here, items.len()).and_then(|next| items.get(next)) {
        let _ = item.focus();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrows_go_round() {
        assert_eq!(Step::By(1).target(Some(0), 3), Some(1));
        assert_eq!(Step::By(1).target(Some(2), 3), Some(0));
        assert_eq!(Step::By(-1).target(Some(0), 3), Some(2));
        assert_eq!(Step::Last.target(Some(0), 3), Some(2));
        assert_eq!(Step::First.target(Some(2), 3), Some(0));
        assert_eq!(Step::By(1).target(None, 3), Some(0));
        assert_eq!(Step::By(1).target(None, 0), None);
    }
}
