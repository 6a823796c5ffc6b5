//! Settings → Close Conversations.

use leptos::either::{Either, EitherOf3};
use leptos::ev::{self, Event, SubmitEvent};
use leptos::html;
use leptos::prelude::*;
use porchlight_protocol::ClosingSettings;
use porchlight_protocol::limits::NOTICE_CHARS_MAX;

use super::icon::{self, icon};
use super::parts::blank;
use super::preview::preview;
use crate::app::App;
use crate::closing::{ClosingForm, Saving, notice_chars, notice_problem};
use crate::text;

/// The page.
pub fn settings(app: App) -> impl IntoView {
    let page = ClosingForm::open(app);
    guard(app, page);
    let loaded = Memo::new(move |_| page.saved.with(Option::is_some));
    let failed = Memo::new(move |_| matches!(page.state.get(), Saving::Failed(_)));
    move || match (loaded.get(), failed.get() && !loaded.get_untracked()) {
        (true, _) => EitherOf3::A(form(page)),
        (false, false) => EitherOf3::B(loading()),
        (false, true) => EitherOf3::C(not_loaded(page)),
    }
}

/// Unsaved changes are not left without asking: not within the inbox, and not by closing the tab.
fn guard(app: App, page: ClosingForm) {
    app.unsaved.set_value(Some(page.unsaved));
    on_cleanup(move || {
        let _ = app.unsaved.try_set_value(None);
    });
    // Only while there is something to lose: a page that listens for this is not kept by the
    // browser for going back to.
    Effect::new(move |_| {
        if page.unsaved.get() {
            let listener = window_event_listener(ev::beforeunload, |event| event.prevent_default());
            on_cleanup(move || listener.remove());
        }
    });
}

fn loading() -> impl IntoView {
    view! {
        <section class="settings" aria-label="Close Conversations">
            <p class="older">
                <span class="spin" aria-hidden="true"></span>
                "Loading the settings…"
            </p>
        </section>
    }
}

fn not_loaded(page: ClosingForm) -> impl IntoView {
    view! {
        <section class="settings" aria-label="Close Conversations">
            <div class="blank">
                {blank(
                    icon::ALERT,
                    "We couldn’t load the settings",
                    "Nothing is lost. Please check the connection.",
                )}
                <button class="btn" type="button" on:click=move |_| page.load()>
                    "Retry"
                </button>
            </div>
        </section>
    }
}

fn form(page: ClosingForm) -> impl IntoView {
    let on_submit = move |event: SubmitEvent| {
        event.prevent_default();
        page.save();
    };
    let on_reset = move |event: Event| {
        event.prevent_default();
        page.discard();
    };
    view! {
        <form class="settings" on:submit=on_submit on:reset=on_reset>
            <div class="settings__scroll">
                <div class="settings__page">
                    {head()}
                    <div class="card">
                        {setting(
                            page,
                            "hide",
                            "Hide closed conversations",
                            "A closed conversation leaves the visitor’s Home the next time the chat \
                             is loaded. It comes back when you re-open it.",
                            |settings| &mut settings.hide_closed,
                        )}
                        {setting(
                            page,
                            "disable",
                            "Disable the chat field",
                            "The field goes away at once. The visitor can read everything and start \
                             a new conversation.",
                            |settings| &mut settings.disable_field,
                        )} {notice(page)}
                    </div>
                    {preview(page.form)}
                </div>
            </div>
            {if page.may_change { Either::Left(savebar(page)) } else { Either::Right(read_only()) }}
        </form>
    }
}

fn head() -> impl IntoView {
    view! {
        <header class="settings__head">
            <p class="settings__crumb">"Settings"</p>
            <h1 class="settings__title">"Close Conversations"</h1>
            <p class="settings__sub">
                "What visitors see when a conversation is closed. With everything off, nothing \
                 tells them of it, and their next message re-opens it."
            </p>
        </header>
    }
}

/// One of the options that are on or off.
type Which = fn(&mut ClosingSettings) -> &mut bool;

fn switch(page: ClosingForm, id: &'static str, words: &'static str, which: Which) -> impl IntoView {
    let on = Memo::new(move |_| page.form.with(|form| *which(&mut form.clone())));
    let change = move |event: Event| {
        let checked = event_target_checked(&event);
        page.change(|form| *which(form) = checked);
    };
    let text_id = [id, "-text"].concat();
    view! {
        <input
            class="switch"
            type="checkbox"
            role="switch"
            id=id
            prop:checked=on
            disabled=!page.may_change
            aria-describedby=text_id.clone()
            on:change=change
        />
        <p class="setting__text" id=text_id>
            {words}
        </p>
    }
}

fn setting(
    page: ClosingForm,
    id: &'static str,
    name: &'static str,
    words: &'static str,
    which: Which,
) -> impl IntoView {
    view! {
        <div class="setting">
            <label class="setting__name" for=id>
                {name}
            </label>
            {switch(page, id, words, which)}
        </div>
    }
}

fn notice(page: ClosingForm) -> impl IntoView {
    let on = Memo::new(move |_| page.form.with(|form| form.notice));
    view! {
        <div class="setting">
            <label class="setting__name" for="notice">
                "Show a notice"
            </label>
            {switch(
                page,
                "notice",
                "A line that tells the visitor that the conversation is closed.",
                |settings| &mut settings.notice,
            )}
            {move || on.get().then(|| notice_text(page))}
        </div>
    }
}

fn notice_text(page: ClosingForm) -> impl IntoView {
    let field = NodeRef::<html::Textarea>::new();
    // The form may be put back to what is saved.
    Effect::new(move |_| {
        let text = page.form.with(|form| form.notice_text.clone());
        if let Some(field) = field.get()
            && field.value() != text
        {
            field.set_value(&text);
        }
    });
    let on_input = move |event: Event| {
        let text = event_target_value(&event);
        page.change(|form| form.notice_text = text);
    };
    let chars = Memo::new(move |_| page.form.with(notice_chars));
    let count_class = move || match chars.get() {
        (_, true) => "setting__count setting__count--over",
        _ => "setting__count",
    };
    let count = move || [&chars.get().0.to_string(), " / ", &NOTICE_CHARS_MAX.to_string()].concat();
    let problem = Memo::new(move |_| page.form.with(notice_problem));
    view! {
        <div class="setting__more">
            <label class="label" for="notice-body">
                "Notice"
            </label>
            <textarea
                class="input"
                id="notice-body"
                node_ref=field
                aria-describedby="notice-foot"
                aria-invalid=move || problem.get().map(|_| "true")
                readonly=!page.may_change
                on:input=on_input
            ></textarea>
            <p class="setting__foot" id="notice-foot">
                <span>
                    {move || {
                        problem
                            .get()
                            .map_or(
                                "Plain text. What begins with https:// or mailto: becomes a link.",
                                text::notice_refused,
                            )
                    }}
                </span>
                " "
                <span class=count_class>{count}</span>
            </p>
        </div>
    }
}

fn savebar(page: ClosingForm) -> impl IntoView {
    let save = NodeRef::<html::Button>::new();
    let discarded = move |_| {
        // The button goes with the changes; the focus must not.
        if let Some(save) = save.get_untracked() {
            let _ = save.focus();
        }
    };
    let state = Memo::new(move |_| match (page.state.get(), page.unsaved.get()) {
        (Saving::Busy, _) => ("savebar__state", None, "Saving…".to_owned()),
        (Saving::Failed(why), _) => ("savebar__state problem", Some(icon::ALERT), why),
        (_, true) => ("savebar__state savebar__state--new", None, "Unsaved changes".to_owned()),
        (Saving::Saved, false) => (
            "savebar__state savebar__state--saved",
            Some(icon::CHECK),
            "Saved. Open chats follow at once.".to_owned(),
        ),
        (Saving::Idle, false) => ("savebar__state", None, "No changes".to_owned()),
    });
    let disabled = move || (!page.unsaved.get()).then_some("true");
    view! {
        <div class="savebar">
            <p class=move || state.get().0 role="status">
                {move || state.get().1.map(icon)}
                {move || state.get().2}
            </p>
            {move || {
                page.unsaved
                    .get()
                    .then(|| {
                        view! {
                            <button class="btn btn--quiet" type="reset" on:click=discarded>
                                "Discard changes"
                            </button>
                        }
                    })
            }}
            <button
                class="btn btn--primary"
                type="submit"
                aria-disabled=disabled
                node_ref=save
            >
                "Save"
            </button>
        </div>
    }
}

fn read_only() -> impl IntoView {
    view! {
        <div class="savebar">
            <p class="savebar__state">
                {icon(icon::LOCK)} "Only an admin of the site can change these settings."
            </p>
        </div>
    }
}
