//! The preview: the real widget in a frame, under the settings in the form.

use leptos::ev::Event;
use leptos::html;
use leptos::prelude::*;

use crate::settings::closing::preview::FrameState;
use crate::settings::closing::sample::{self, When};
use crate::settings::closing::{ClosingForm, names};
use crate::ui::icon::{self, icon};
use crate::words::{Word, say};

/// A language without a text: its visitors see the default.
const ANY_OTHER: &str = "und";

/// The preview beside the form.
pub fn preview(page: ClosingForm) -> impl IntoView {
    let caption = move || {
        let settings = page.reading.with(|reading| reading.settings.clone());
        say(sample::caption(&settings, page.plan(), &page.app.me(), &page.looks()))
    };
    let language = Memo::new(move |_| page.preview.look.with(|look| look.language.clone()));
    // A document has one language.
    let documents = move || [(page.preview.round.get(), language.get())];
    view! {
        <aside class="preview" aria-label=say(Word::PreviewLabel)>
            <details class="preview__fold" open>
                <summary class="preview__title">
                    {icon(icon::CHEVRON)} {say(Word::PreviewTitle)}
                </summary>
                {looks(page)}
                <div class="preview__stage">
                    <For each=documents key=|document| document.clone() let:document>
                        {frame(page, document.1)}
                    </For>
                    {move || cover(page)}
                </div>
                <p class="preview__note" role="status" prop:textContent=caption></p>
            </details>
        </aside>
    }
}

/// The language that the previewed visitor's page asks for: of the browser, if none is chosen.
fn asked_for(language: String) -> String {
    if language == ANY_OTHER {
        return window().navigator().language().unwrap_or_default();
    }
    language
}

fn frame(page: ClosingForm, language: String) -> impl IntoView {
    let frame = NodeRef::<html::Iframe>::new();
    let locale = asked_for(language);
    let query = ["?lang=", &locale].concat();
    frame.on_load(move |frame| {
        let origin = window().location().origin().unwrap_or_default();
        page.preview.attach(frame, origin, locale);
    });
    let site = page.app.session.with_value(|session| session.site.as_str().to_owned());
    // The preview is not interactive.
    view! {
        <iframe
            class="preview__frame"
            title=say(Word::PreviewFrame)
            src=["/chat/", &site, "/preview", &query].concat()
            tabindex="-1"
            inert
            node_ref=frame
            on:load=move |_| page.preview.loaded()
        ></iframe>
    }
}

/// The cover of the frame while it is loading or unreachable.
fn cover(page: ClosingForm) -> Option<AnyView> {
    match page.preview.state.get() {
        FrameState::Live => None,
        FrameState::Loading => Some(
            view! {
                <p class="preview__cover">
                    <span class="spin" aria-hidden="true"></span>
                    {say(Word::PreviewLoading)}
                </p>
            }
            .into_any(),
        ),
        FrameState::Failed => Some(
            view! {
                <div class="preview__cover" role="alert">
                    {icon(icon::EXCLAMATION)} <p>{say(Word::PreviewFailed)}</p>
                    <p class="preview__hint">{say(Word::PreviewUnaffected)}</p>
                    <button class="btn" type="button" on:click=move |_| page.preview.retry()>
                        {say(Word::ActRetry)}
                    </button>
                </div>
            }
            .into_any(),
        ),
    }
}

fn looks(page: ClosingForm) -> impl IntoView {
    let warns = Memo::new(move |_| page.warns());
    let when = Memo::new(move |_| page.looks().when);
    let home = Memo::new(move |_| page.looks().home);
    view! {
        <div class="preview__looks">
            <fieldset class="segments">
                <legend class="sr">{say(Word::PreviewWhen)}</legend>
                {move || {
                    warns
                        .get()
                        .then(|| {
                            segment(
                                "when",
                                Word::PreviewBefore,
                                Memo::new(move |_| when.get() == When::Before),
                                move || page.look(|look| look.when = When::Before),
                            )
                        })
                }}
                {segment(
                    "when",
                    Word::PreviewAtOnce,
                    Memo::new(move |_| when.get() == When::AtOnce),
                    move || page.look(|look| look.when = When::AtOnce),
                )}
                {segment(
                    "when",
                    Word::PreviewReloaded,
                    Memo::new(move |_| when.get() == When::Reloaded),
                    move || page.look(|look| look.when = When::Reloaded),
                )}
            </fieldset>
            <fieldset class="segments">
                <legend class="sr">{say(Word::PreviewWhere)}</legend>
                {segment(
                    "where",
                    Word::PreviewHome,
                    home,
                    move || page.look(|look| look.home = true),
                )}
                {segment(
                    "where",
                    Word::PreviewConversation,
                    Memo::new(move |_| !home.get()),
                    move || page.look(|look| look.home = false),
                )}
            </fieldset>
            {languages(page)}
        </div>
    }
}

fn segment(
    group: &'static str,
    name: Word,
    checked: Memo<bool>,
    choose: impl Fn() + 'static,
) -> impl IntoView {
    view! {
        <label class="segment">
            <input
                class="segment__input"
                type="radio"
                name=["preview-", group].concat()
                prop:checked=checked
                on:change=move |_| choose()
            />
            <span class="segment__name">{say(name)}</span>
        </label>
    }
}

/// The choice of the visitor's language, if there are several texts.
fn languages(page: ClosingForm) -> impl IntoView {
    let offered = Memo::new(move |_| {
        page.fields.with(|fields| {
            let languages = fields.texts.iter().map(|notice| notice.language.clone());
            let languages: Vec<String> = languages.collect();
            (fields.notice && languages.len() > 1).then_some(languages)
        })
    });
    let chosen = Memo::new(move |_| page.preview.look.with(|look| look.language.clone()));
    let on_change = move |event: Event| {
        let language = event_target_value(&event);
        page.look(|look| look.language = language);
    };
    let option = move |language: String| {
        let name = match language.as_str() {
            ANY_OTHER => say(Word::PreviewAnyLanguage),
            language => names::name(language),
        };
        let here = language.clone();
        view! {
            <option value=language prop:selected=move || chosen.get() == here>
                {name}
            </option>
        }
    };
    move || {
        offered.get().map(|languages| {
            let languages = languages.into_iter().chain([ANY_OTHER.to_owned()]);
            view! {
                <label class="preview__language">
                    <span>{say(Word::PreviewLanguage)}</span>
                    <select class="input select" on:change=on_change>
                        {languages.map(option).collect_view()}
                    </select>
                </label>
            }
        })
    }
}
