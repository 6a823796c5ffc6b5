//! The three options for closed conversations.

use leptos::ev::Event;
use leptos::prelude::*;

use crate::settings::closing::ClosingForm;
use crate::settings::closing::fields::Fields;
use crate::settings::closing::view::notice;
use crate::words::{Word, say};

/// A field of the form that is on or off.
type Which = fn(&mut Fields) -> &mut bool;

/// The three options, and the one that belongs to the first.
pub fn card(page: ClosingForm) -> impl IntoView {
    let notice = Memo::new(move |_| page.fields.with(|fields| fields.notice));
    let hides = Memo::new(move |_| page.fields.with(|fields| fields.hide_closed));
    view! {
        <section class="card" aria-labelledby="options">
            <h2 class="card__title" id="options">
                {say(Word::OptionsTitle)}
            </h2>
            <div class="setting">
                <label class="setting__name" for="hide">
                    {say(Word::OptionsHide)}
                </label>
                {switch(
                    page,
                    "hide",
                    Some(Word::OptionsReloaded),
                    Word::OptionsHideText,
                    |fields| &mut fields.hide_closed,
                )}
            </div>
            {move || hides.get().then(|| keep(page))}
            <div class="setting">
                <label class="setting__name" for="disable">
                    {say(Word::OptionsDisable)}
                </label>
                {switch(
                    page,
                    "disable",
                    Some(Word::OptionsAtOnce),
                    Word::OptionsDisableText,
                    |fields| &mut fields.disable_field,
                )}
            </div>
            <div class="setting">
                <label class="setting__name" for="notice">
                    {say(Word::OptionsNotice)}
                </label>
                {switch(
                    page,
                    "notice",
                    Some(Word::OptionsAtOnce),
                    Word::OptionsNoticeText,
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
                    {say(Word::OptionsLost)}
                </p>
            }
        })
    };
    view! {
        <div class="setting setting--sub">
            <label class="setting__name" for="keep">
                {say(Word::OptionsKeep)}
            </label>
            {switch(
                page,
                "keep",
                None,
                Word::OptionsKeepText,
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
    when: Option<Word>,
    words: Word,
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
            {when.map(|when| view! { <span class="chip setting__when">{say(when)}</span> " " })}
            {say(words)}
        </p>
    }
}
