//! What visitors see of a closed conversation: three options, each on or off.

use leptos::ev::Event;
use leptos::prelude::*;

use super::notice;
use crate::closing::ClosingForm;
use crate::closing::fields::Fields;

const AT_ONCE: &str = "At once";
const RELOADED: &str = "After a reload";

/// One of what is on or off.
type Which = fn(&mut Fields) -> &mut bool;

/// The three options.
pub fn card(page: ClosingForm) -> impl IntoView {
    let notice = Memo::new(move |_| page.fields.with(|fields| fields.notice));
    view! {
        <section class="card" aria-labelledby="options">
            <h2 class="card__title" id="options">
                "When a conversation is closed"
            </h2>
            <div class="setting">
                <label class="setting__name" for="hide">
                    "Hide closed conversations"
                </label>
                {switch(
                    page,
                    "hide",
                    Some(RELOADED),
                    "It leaves the visitor’s Home the next time the page is loaded: nothing \
                     disappears while somebody looks at it. It comes back when you re-open it.",
                    |fields| &mut fields.hide_closed,
                )}
            </div>
            <div class="setting">
                <label class="setting__name" for="disable">
                    "Disable the live chat field"
                </label>
                {switch(
                    page,
                    "disable",
                    Some(AT_ONCE),
                    "The field goes and messages are refused. The visitor can read everything and \
                     start a new conversation.",
                    |fields| &mut fields.disable_field,
                )}
            </div>
            <div class="setting">
                <label class="setting__name" for="notice">
                    "Show a closed notice"
                </label>
                {switch(
                    page,
                    "notice",
                    Some(AT_ONCE),
                    "A line tells the visitor that the conversation is closed. Without the field, \
                     it stands in the field’s place.",
                    |fields| &mut fields.notice,
                )}
                {move || notice.get().then(|| notice::texts(page))}
            </div>
        </section>
    }
}

/// A switch, and what it does; `when` says when that shows.
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
