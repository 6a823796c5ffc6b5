//! The agent's picture: as it is, or as it would be.

use leptos::either::Either;
use leptos::ev::{DragEvent, Event};
use leptos::html;
use leptos::prelude::*;
use porchlight_protocol::limits::PICTURE_SIDE;
use web_sys::FileList;

use crate::settings::account::picture::{Chosen, FORMATS};
use crate::settings::account::view::said;
use crate::settings::account::{AccountPage, Outcome};
use crate::text;
use crate::ui::focus::focus_soon;
use crate::ui::portrait::portrait;
use crate::words::{Word, say};

/// The part of the page. Files can be dropped anywhere on it.
pub fn picture(page: AccountPage) -> impl IntoView {
    let over = RwSignal::new(false);
    let class = move || if over.get() { "card account__drop" } else { "card" };
    let on_over = move |event: DragEvent| {
        // Without this, the browser would open the file.
        event.prevent_default();
        over.set(true);
    };
    let on_drop = move |event: DragEvent| {
        event.prevent_default();
        over.set(false);
        take(page, event.data_transfer().and_then(|it| it.files()));
    };
    view! {
        <section
            class=class
            aria-label=say(Word::AccountPicture)
            on:dragover=on_over
            on:dragleave=move |_| over.set(false)
            on:drop=on_drop
        >
            <h2 class="card__title">{say(Word::AccountPicture)}</h2>
            <div class="account__picture">
                {shown(page)}
                <div class="account">
                    <p class="setting__hint" id="account-picture-hint">
                        {say(Word::AccountPictureHint)}
                    </p>
                    <div class="account__acts">
                        {acts(page)} <div role="status">{said(page.picture)}</div>
                    </div>
                </div>
            </div>
        </section>
    }
}

/// Takes the first of the files.
fn take(page: AccountPage, files: Option<FileList>) {
    if let Some(file) = files.and_then(|files| files.get(0)) {
        page.choose_picture(file, || focus_soon("#account-picture-save".to_owned()));
    }
}

fn shown(page: AccountPage) -> impl IntoView {
    let app = page.app;
    move || match page.chosen.get() {
        Some(chosen) => Either::Left(preview(chosen)),
        None => Either::Right(view! {
            <span class="avatar avatar--xl" aria-hidden="true">
                {portrait(move || text::initials(&app.name.get()), move || app.own_picture())}
            </span>
        }),
    }
}

fn preview(chosen: Chosen) -> impl IntoView {
    let canvas = NodeRef::<html::Canvas>::new();
    Effect::new(move |_| {
        if let Some(canvas) = canvas.get() {
            chosen.draw(&canvas);
        }
    });
    let side = (2 * PICTURE_SIDE).to_string();
    view! {
        <canvas
            class="avatar avatar--xl"
            role="img"
            aria-label=say(Word::PreviewLabel)
            width=side.clone()
            height=side
            node_ref=canvas
        ></canvas>
    }
}

fn acts(page: AccountPage) -> impl IntoView {
    let is_chosen = Memo::new(move |_| page.chosen.with(Option::is_some));
    move || if is_chosen.get() { Either::Left(keep(page)) } else { Either::Right(choose(page)) }
}

fn keep(page: AccountPage) -> impl IntoView {
    let back = || focus_soon("#account-picture-choose".to_owned());
    view! {
        <button
            class="btn btn--primary"
            id="account-picture-save"
            type="button"
            aria-disabled=move || busy(page)
            on:click=move |_| page.save_picture(back)
        >
            {say(Word::ActSave)}
        </button>
        <button
            class="btn"
            type="button"
            on:click=move |_| {
                page.forget_chosen();
                back();
            }
        >
            {say(Word::BotsCancel)}
        </button>
    }
}

fn choose(page: AccountPage) -> impl IntoView {
    let field = NodeRef::<html::Input>::new();
    let on_change = move |_: Event| {
        let Some(field) = field.get_untracked() else { return };
        let files = field.files();
        take(page, files);
        // The same file may be chosen again.
        field.set_value("");
    };
    let has_one = Memo::new(move |_| page.app.own_picture().is_some());
    let remove = move |_| {
        page.remove_picture();
        focus_soon("#account-picture-choose".to_owned());
    };
    view! {
        <input
            type="file"
            accept=FORMATS.join(",")
            hidden=true
            aria-hidden="true"
            tabindex="-1"
            node_ref=field
            on:change=on_change
        />
        <button
            class="btn"
            id="account-picture-choose"
            type="button"
            aria-describedby="account-picture-hint"
            aria-disabled=move || busy(page)
            on:click=move |_| {
                if let Some(field) = field.get_untracked() {
                    field.click();
                }
            }
        >
            {say(Word::AccountPictureChoose)}
        </button>
        {move || {
            has_one
                .get()
                .then(|| {
                    view! {
                        <button class="btn btn--quiet" type="button" on:click=remove>
                            {say(Word::AccountPictureRemove)}
                        </button>
                    }
                })
        }}
    }
}

fn busy(page: AccountPage) -> Option<&'static str> {
    (page.picture.get() == Outcome::Busy).then_some("true")
}
