//! The trial of what stands in the editor: the real widget in a frame beside it.

use leptos::either::Either;
use leptos::ev::{Event, KeyboardEvent};
use leptos::html;
use leptos::prelude::*;

use crate::frame::keyboard::is_composing;
use crate::settings::bots::trial::{Note, Trial, TrialPane};
use crate::settings::closing::names;
use crate::settings::closing::preview::FrameState;
use crate::ui::focus::{focus_soon, nothing_has_focus, rests_in};
use crate::ui::icon::{self, icon};
use crate::ui::parts;
use crate::words::{Word, say};

/// The button that begins a trial.
const TRY: &str = "#try";

/// The heading of the trial, which has the focus until the frame takes it.
const HEADING: &str = "#trial-title";

fn begins(pane: TrialPane) {
    pane.begin();
    focus_soon(HEADING.to_owned());
}

fn closes(pane: TrialPane) {
    pane.close();
    // What had the focus is removed.
    focus_soon(TRY.to_owned());
}

/// The button that begins a trial.
pub fn begin(pane: TrialPane) -> impl IntoView {
    view! {
        <button class="btn btn--sm" id="try" type="button" on:click=move |_| begins(pane)>
            {say(Word::BotsTry)}
        </button>
    }
}

/// The trial, if there is one.
pub fn trial(pane: TrialPane) -> impl IntoView {
    let is_open = Memo::new(move |_| pane.trial.with(Trial::is_open));
    move || is_open.get().then(|| opened(pane))
}

fn opened(pane: TrialPane) -> impl IntoView {
    let language = Memo::new(move |_| pane.visitor_language());
    let documents = move || {
        let chat = pane.trial.with(|trial| match trial {
            Trial::Running(running) => Some(running.chat.as_str().to_owned()),
            _ => None,
        });
        chat.map(|chat| (chat, language.get()))
    };
    let on_keydown = move |event: KeyboardEvent| {
        if event.key() == "Escape" && !event.default_prevented() && !is_composing(&event) {
            event.prevent_default();
            closes(pane);
        }
    };
    // The frame, which may have the focus, is removed.
    Effect::new(move |_| {
        let has_ended = pane.trial.with(|trial| *trial == Trial::Ended);
        if has_ended && (rests_in("#trial") || nothing_has_focus()) {
            focus_soon(HEADING.to_owned());
        }
    });
    view! {
        <section class="trial" id="trial" aria-labelledby="trial-title" on:keydown=on_keydown>
            <div class="trial__head">
                <h3 class="flow__label" id="trial-title" tabindex="-1">
                    {say(Word::BotsTrial)}
                </h3>
                <div class="flow__acts">
                    <button class="btn btn--sm" type="button" on:click=move |_| begins(pane)>
                        {say(Word::BotsTrialAnew)}
                    </button>
                    <button class="btn btn--sm btn--quiet" type="button" on:click=move |_| closes(pane)>
                        {say(Word::BotsTrialClose)}
                    </button>
                </div>
            </div>
            <p class="trial__label">{say(Word::BotsTrialLabel)}</p>
            {languages(pane, language)}
            <div class="preview__stage">
                <For each=move || documents() key=|document| document.clone() let:document>
                    {frame(pane, document)}
                </For>
                {move || cover(pane)}
            </div>
            <div class="trial__said" role="status">
                {said(pane)}
            </div>
        </section>
    }
}

fn frame(pane: TrialPane, (chat, language): (String, String)) -> impl IntoView {
    let frame = NodeRef::<html::Iframe>::new();
    let src = ["/chat/", &chat, "?lang=", &language].concat();
    frame.on_load(move |frame| {
        let origin = window().location().origin().unwrap_or_default();
        pane.attach(frame, origin, language, move || closes(pane));
    });
    // Whoever has begun the trial goes on in it, unless they are elsewhere by now.
    Effect::new(move |_| {
        if pane.frame.get() == FrameState::Live
            && rests_in("#trial")
            && let Some(frame) = frame.get_untracked()
        {
            let _ = frame.focus();
        }
    });
    view! {
        <iframe
            class="preview__frame"
            title=say(Word::BotsTrialFrame)
            src=src
            node_ref=frame
            on:load=move |_| pane.loaded()
        ></iframe>
    }
}

/// What covers the stage while the chat is not shown.
#[derive(Clone, PartialEq, Eq)]
enum Cover {
    None,
    Loading,
    Tells(Word),
    Failed(Option<String>),
}

fn cover(pane: TrialPane) -> Option<impl IntoView> {
    let cover = match pane.trial.get() {
        Trial::Closed => Cover::None,
        Trial::Wrong => Cover::Tells(Word::BotsTrialWrong),
        Trial::Ended => Cover::Tells(Word::BotsTrialEnded),
        Trial::Failed(why) => Cover::Failed(Some(why)),
        Trial::Beginning => Cover::Loading,
        Trial::Running(_) => match pane.frame.get() {
            FrameState::Loading => Cover::Loading,
            FrameState::Live => Cover::None,
            FrameState::Failed => Cover::Failed(None),
        },
    };
    match cover {
        Cover::None => None,
        Cover::Loading => Some(
            view! {
                <p class="preview__cover" role="status">
                    <span class="spin" aria-hidden="true"></span>
                    {say(Word::BotsTrialLoading)}
                </p>
            }
            .into_any(),
        ),
        Cover::Tells(word) => Some(
            view! {
                <div class="preview__cover" role="alert">
                    {icon(icon::EXCLAMATION)} <p>{say(word)}</p>
                </div>
            }
            .into_any(),
        ),
        Cover::Failed(why) => Some(
            view! {
                <div class="preview__cover" role="alert">
                    {icon(icon::EXCLAMATION)} <p>{say(Word::BotsTrialFailed)}</p>
                    {why.map(|why| view! { <p class="preview__hint">{why}</p> })}
                    <button class="btn" type="button" on:click=move |_| begins(pane)>
                        {say(Word::ActRetry)}
                    </button>
                </div>
            }
            .into_any(),
        ),
    }
}

/// That the trial runs an older flow than stands in the editor.
fn said(pane: TrialPane) -> impl IntoView {
    let note = Memo::new(move |_| {
        let look = |flow: &_| pane.trial.with(|trial| trial.note(flow));
        pane.page.flow(look).unwrap_or(Note::Nothing)
    });
    move || match note.get() {
        Note::Nothing => None,
        Note::OlderForProblems => Some(Either::Left(view! {
            <p class="trial__older">{say(Word::BotsTrialOlderWrong)}</p>
        })),
        Note::Older => Some(Either::Right(view! {
            <p class="trial__older">{parts::words(say(Word::BotsTrialOlder))}</p>
            <button class="btn btn--sm" type="button" on:click=move |_| begins(pane)>
                {say(Word::BotsTrialThis)}
            </button>
        })),
    }
}

/// The choice of the visitor's language, if the flow has several.
fn languages(pane: TrialPane, language: Memo<String>) -> impl IntoView {
    let offered = Memo::new(move |_| pane.languages());
    let on_change = move |event: Event| pane.language.set(Some(event_target_value(&event)));
    let option = move |tag: String| {
        let here = tag.clone();
        let name = names::name(&tag);
        view! {
            <option value=tag prop:selected=move || language.get() == here>
                {name}
            </option>
        }
    };
    move || {
        let offered = offered.get();
        (offered.len() > 1).then(|| {
            view! {
                <label class="preview__language">
                    <span>{say(Word::PreviewLanguage)}</span>
                    <select class="input select" on:change=on_change>
                        {offered.into_iter().map(option).collect_view()}
                    </select>
                </label>
            }
        })
    }
}
