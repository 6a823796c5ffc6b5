//! The three options for closed conversations.

use leptos::ev::Event;
use leptos::prelude::*;

use super::notice;
use crate::closing::ClosingForm;
use crate::closing::fields::Fields;

const AT_ONCE: &str = "At once";
const RELOADED: &str = "After a reload";

/// A field of the form that is on or off.
type Which = fn(&mut Fields) -> &mut bool;

/// The three options, and the one that belongs to the first.
pub fn card(page: ClosingForm) -> impl IntoView {
    let notice = Memo::new(move |_| page.fields.with(|fields| fields.notice));
    let hides = Memo::new(move |_| page.fields.with(|fields| fields.hide_closed));
    view! {
        <section class="card" aria-labelledby="options">
            <h2 class="card__title" id="options">
                "When a conversation is closed"
            </h2>
            <div class="setting">
                <label class="setting__name" for="hide">
                    "Hide closed conversations from the visitor’s Home"
                </label>
                {switch(
                    page,
                    "hide",
                    Some(RELOADED),
                    "Closed conversations disappear from the visitor’s Home the next time they load \
                     the page, never while they are looking. Re-opening brings them back.",
                    |fields| &mut fields.hide_closed,
                )}
            </div>
            {move || hides.get().then(|| keep(page))}
            <div class="setting">
                <label class="setting__name" for="disable">
                    "Disable the live chat field after a conversation is closed"
                </label>
                {switch(
                    page,
                    "disable",
                    Some(AT_ONCE),
                    "The visitor can’t reply in a closed conversation. They can still read it, and \
                     start a new one.",
                    |fields| &mut fields.disable_field,
                )}
            </div>
            <div class="setting">
                <label class="setting__name" for="notice">
                    "Show a notification after a conversation is closed"
                </label>
                {switch(
                    page,
                    "notice",
                    Some(AT_ONCE),
                    "A notice at the end of the conversation says that it is closed. If the live \
                     chat field is disabled, the notice takes its place.",
                    |fields| &mut fields.notice,
                )}
                {move || notice.get().then(|| notice::texts(page))}
            </div>
        </section>
    }
}

/// The option of hiding.
fn keep(page: ClosingForm) -> impl IntoView {
    let keeps = Memo::new(move |_| page.fields.with(|fields| fields.keep_unread));
    let lost = move || {
        (!keeps.get()).then(|| {
            view! {
                <p class="setting__more setting__hint">
                    "An answer that the visitor hasn’t read yet disappears with the rest."
                </p>
            }
        })
    };
    view! {
        <div class="setting setting--sub">
            <label class="setting__name" for="keep">
                "Keep it until it is read"
            </label>
            {switch(
                page,
                "keep",
                None,
                "A closed conversation with an unread message stays until the visitor has read it \
                 and loads the page once more.",
                |fields| &mut fields.keep_unread,
            )}
            {lost}
        </div>
    }
}

/// A switch with its explanation; `when` is the moment of the preview that shows it.
pub fn switch(
    page: ClosingForm,
    id: &'static str,
    when: Option<&'static str>,
    words: &'static str,
    which: Which,
) -> impl IntoView {
    let on = Memo::new(move |_| page.fields.with(|fields| *which(&mut fields.clone())));
    let change = move |event: Event| {
        let checked = event_target_checked(&event);
        page.change(|fields| *which(fields) = checked);
    };
    let text_id = [id, "-text"].concat();
    view! {
        <input
            class="switch"
            type="checkbox"
            role="switch"
            id=id
            prop:checked=on
            disabled=page.fixed
            aria-describedby=text_id.clone()
            on:change=change
        />
        <p class="setting__text" id=text_id>
            {when.map(|when| view! { <span class="chip setting__when">{when}</span> " " })}
            {words}
        </p>
    }
}
