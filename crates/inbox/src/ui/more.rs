//! A button with three dots, and the menu of what else can be done.

use leptos::prelude::*;

use crate::ui::icon::{self, icon};
use crate::ui::menu::{Menu, popup};
use crate::words::{Word, say};

/// An item of the menu.
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
pub fn more(
    name: Word,
    items: impl Fn() -> Vec<Item> + Copy + Send + Sync + 'static,
) -> impl IntoView {
    let menu = Menu::new();
    let all = move || items().into_iter().map(|one| item(menu, one)).collect_view();
    view! {
        <div class="more" node_ref=menu.whole on:focusout=move |event| menu.focus_left(&event)>
            <button
                class="icon-btn"
                type="button"
                aria-label=say(name)
                aria-haspopup="menu"
                aria-expanded=move || menu.expanded()
                node_ref=menu.opener
                on:click=move |_| menu.toggle()
                on:keydown=move |event| menu.opener_key(&event)
            >
                {icon(icon::MORE)}
            </button>
            {popup(menu, name, all)}
        </div>
    }
}

fn item(menu: Menu, Item { icon: path, words, does }: Item) -> AnyView {
    match does {
        Does::Act(act) => {
            let choose = move |_| {
                menu.close();
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
            <a
                class="menu__item"
                role="menuitem"
                tabindex="-1"
                href=address
                download=""
                on:click=move |_| menu.close()
            >
                {icon(path)}
                {say(words)}
            </a>
        }
        .into_any(),
    }
}
