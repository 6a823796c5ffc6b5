//! Settings → Visitors.

mod check;
mod secrets;
mod snippet;

use leptos::ev::SubmitEvent;
use leptos::html;
use leptos::prelude::*;
use porchlight_protocol::person::ProofMethod;
use porchlight_protocol::visit::Group;

use crate::app::App;
use crate::settings::frame::{self, Layout};
use crate::settings::page::Page;
use crate::settings::savebar::{Said, line, savebar};
use crate::settings::setting::Saving;
use crate::settings::visitors::VisitorsPage;
use crate::ui::dialog;
use crate::ui::switch::{Named, switch};
use crate::words::{Word, say};

/// The page.
pub fn visitors(app: App) -> impl IntoView {
    let page = VisitorsPage::open(app);
    let body = frame::once_loaded(
        Page::Visitors,
        move || page.is_there(),
        move || page.has_failed(),
        move || page.load(),
        move || frame::main(cards(page)),
    );
    view! {
        {frame::page(Page::Visitors, Layout::Single, body, bar(page))}
        {move || page.asked.get().map(|_| ask(page))}
    }
}

/// What became of the change that was made last: one is, at a time.
fn bar(page: VisitorsPage) -> impl IntoView {
    let said = Memo::new(move |_| {
        if !page.is_there() {
            return Said::Nothing;
        }
        let states = [page.collecting.state.get(), page.identity.state.get()];
        match states.into_iter().find(|it| *it != Saving::Idle).unwrap_or(Saving::Idle) {
            Saving::Idle => Said::Nothing,
            Saving::Busy => Said::State(say(Word::SaveSaving)),
            Saving::Saved => Said::Saved(say(Word::SaveSaved)),
            Saving::Failed(why) => Said::Problem(why),
        }
    });
    savebar(page.may_change(), move || said.get() == Said::Nothing, move || line(said.get()), ())
}

fn ask(page: VisitorsPage) -> impl IntoView {
    dialog::dialog(
        Word::VisitorsRemoveAsk,
        || say(Word::VisitorsRemoveText),
        || (),
        (Word::PrivacyCancel, move || page.asks(None)),
        (say(Word::VisitorsRemoveDo), move || page.remove()),
    )
}

fn cards(page: VisitorsPage) -> impl IntoView {
    let es256 = Memo::new(move |_| page.method() == ProofMethod::JwtEs256);
    view! {
        {collecting(page)}
        {identity(page)}
        {move || (!es256.get()).then(|| secrets::secrets(page))}
        {snippet::snippet(page)}
        {page.may_change().then(|| check::check(page))}
    }
}

/// The switch of a group.
fn named(group: Group) -> (Named, Word) {
    let (id, text_id, name, text) = match group {
        Group::Pages => {
            ("collect-pages", "collect-pages-text", Word::VisitorsPages, Word::VisitorsPagesText)
        }
        Group::Referrer => (
            "collect-referrer",
            "collect-referrer-text",
            Word::VisitorsReferrer,
            Word::VisitorsReferrerText,
        ),
        Group::Device => (
            "collect-device",
            "collect-device-text",
            Word::VisitorsDevice,
            Word::VisitorsDeviceText,
        ),
        Group::TimeZone => {
            ("collect-zone", "collect-zone-text", Word::VisitorsZone, Word::VisitorsZoneText)
        }
        Group::Language => (
            "collect-language",
            "collect-language-text",
            Word::VisitorsLanguage,
            Word::VisitorsLanguageText,
        ),
    };
    (Named { id, text_id, name }, text)
}

fn collecting(page: VisitorsPage) -> impl IntoView {
    let setting = page.collecting;
    let fixed = move || !setting.may_change || setting.state.get() == Saving::Busy;
    let rows = Group::ALL
        .into_iter()
        .map(|group| {
            let (named, text) = named(group);
            let on = move || setting.saved.get().is_none_or(|saved| saved.has(group));
            switch(named, on, fixed, move || say(text), move |on| page.collect(group, on))
        })
        .collect_view();
    view! {
        <section class="card" aria-labelledby="collecting">
            <h2 class="card__title" id="collecting">
                {say(Word::VisitorsCollect)}
            </h2>
            <p class="card__text">{say(Word::VisitorsCollectText)}</p>
            {rows}
        </section>
    }
}

/// The methods, with what they are in a form, and what they are called.
const METHODS: [(ProofMethod, Word); 3] = [
    (ProofMethod::Hmac, Word::VisitorsHmac),
    (ProofMethod::JwtHs256, Word::VisitorsHs256),
    (ProofMethod::JwtEs256, Word::VisitorsEs256),
];

fn identity(page: VisitorsPage) -> impl IntoView {
    let setting = page.identity;
    let fixed = move || !page.may_change() || page.is_saving();
    let required =
        move || setting.saved.with(|it| it.as_ref().is_some_and(|it| it.settings.required));
    let require = Named {
        id: "identity-required",
        text_id: "identity-required-text",
        name: Word::VisitorsRequired,
    };
    let options = METHODS
        .into_iter()
        .map(|(method, name)| {
            view! {
                <option value=method.as_str() prop:selected=move || page.method() == method>
                    {say(name)}
                </option>
            }
        })
        .collect_view();
    let choose = move |event| {
        let value = event_target_value(&event);
        if let Some((method, _)) = METHODS.into_iter().find(|(it, _)| it.as_str() == value) {
            page.choose(method);
        }
    };
    let es256 = Memo::new(move |_| page.method() == ProofMethod::JwtEs256);
    view! {
        <section class="card" aria-labelledby="identity">
            <h2 class="card__title" id="identity">
                {say(Word::VisitorsIdentity)}
            </h2>
            <div class="setting">
                <label class="setting__name" for="identity-method">
                    {say(Word::VisitorsMethod)}
                </label>
                <select
                    class="input select setting__control"
                    id="identity-method"
                    aria-describedby="identity-text"
                    disabled=fixed
                    on:change=choose
                >
                    {options}
                </select>
                <p class="setting__text" id="identity-text">
                    {say(Word::VisitorsIdentityText)}
                </p>
            </div>
            {move || es256.get().then(|| key(page))}
            {switch(
                require,
                required,
                fixed,
                || say(Word::VisitorsRequiredText),
                move |on| page.require(on),
            )}
        </section>
    }
}

/// The public key.
fn key(page: VisitorsPage) -> impl IntoView {
    let field = NodeRef::<html::Textarea>::new();
    let saved = page.identity.saved.with_untracked(|it| it.as_ref()?.settings.public_key.clone());
    let save = move |event: SubmitEvent| {
        event.prevent_default();
        page.save_key(field.get_untracked().map(|field| field.value()).unwrap_or_default());
    };
    view! {
        <form class="proof" novalidate=true on:submit=save>
            <label class="label" for="identity-key">
                {say(Word::VisitorsKey)}
            </label>
            <textarea
                class="input proof__text"
                id="identity-key"
                rows="5"
                dir="ltr"
                translate="no"
                spellcheck="false"
                autocomplete="off"
                placeholder="-----BEGIN PUBLIC KEY-----"
                readonly=!page.may_change()
                prop:value=saved.unwrap_or_default()
                node_ref=field
            ></textarea>
            {page
                .may_change()
                .then(|| {
                    view! {
                        <div class="proof__acts">
                            <button class="btn" type="submit">
                                {say(Word::VisitorsKeySave)}
                            </button>
                        </div>
                    }
                })}
        </form>
    }
}
