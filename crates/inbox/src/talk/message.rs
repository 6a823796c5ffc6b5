//! A line of the transcript: a day separator, an event, or a message.

use leptos::either::{Either, EitherOf3};
use leptos::prelude::*;
use porchlight_browser::dates;
use porchlight_client::Delivery;
use porchlight_protocol::{Author, Millis};

use crate::app::{App, Line};
use crate::talk::lines::{LineView, Mark, MessageView};
use crate::ui::icon::{self, icon};
use crate::ui::parts::{avatar, clock, locale, rich, words, words_of};
use crate::words::{Pattern, Word, fill, say};

/// The line, which follows its signal.
pub fn line(app: App, entry: Line) -> impl IntoView {
    move || match entry.view.get() {
        LineView::Day(at) => EitherOf3::A(day(app, at)),
        LineView::Event { mark, text, at } => EitherOf3::B(event(mark, text, at)),
        LineView::Message(message) => EitherOf3::C(said(app, message)),
    }
}

fn day(app: App, at: Millis) -> impl IntoView {
    view! {
        <div class="day">
            {words_of(move || dates::day_name(at, app.now.get(), &locale()))}
        </div>
    }
}

fn event(mark: Mark, text: String, at: Millis) -> impl IntoView {
    let path = match mark {
        Mark::Person => icon::USER,
        Mark::Archive => icon::ARCHIVE,
        Mark::Back => icon::UNDO,
        Mark::Clock => icon::CLOCK,
        Mark::Home => icon::HOME_OFF,
        Mark::Unknown => icon::EXCLAMATION,
    };
    view! {
        <p class="line line--event">
            {icon(path)}
            <span>
                <span translate="no" prop:textContent=text></span> " · " {clock(at)}
            </span>
        </p>
    }
}

fn said(app: App, message: MessageView) -> impl IntoView {
    let MessageView { note, author, starts, at, text, delivery, client_id } = message;
    let face = app.visitors.face;
    let name = {
        let member = author.member().map(|member| member.name.clone());
        move || match &member {
            Some(member) => member.clone(),
            None => face
                .with(|face| face.as_ref().map(|face| face.name.clone()))
                .unwrap_or_else(|| say(Word::ItemVisitor)),
        }
    };
    let bot = matches!(author, Author::Bot(_));
    let theirs = author == Author::Visitor;
    let class = [
        if theirs { "msg" } else { "msg msg--mine" },
        if bot { " msg--bot" } else { "" },
        if note { " msg--note" } else { "" },
        if starts { " msg--start" } else { "" },
        match delivery {
            Delivery::Sent => "",
            Delivery::Sending | Delivery::Waiting => " msg--sending",
            Delivery::Failed(_) => " msg--failed",
        },
    ]
    .concat();
    let meta = if starts {
        Either::Left(view! {
            <p class="msg__meta">
                {note.then(note_mark)} <b>
                    <bdi translate="no" prop:textContent=name></bdi>
                </b> " " {bot.then(|| view! { <span class="chip">{say(Word::ItemBot)}</span> })} " "
                {clock(at)}
            </p>
        })
    } else {
        Either::Right(view! {
            <p class="sr">
                <span translate="no" prop:textContent=move || fill(Pattern::MessageSaidBy, &[&name()])></span> " "
                {clock(at)}
            </p>
        })
    };
    view! {
        <div class=class>
            {(theirs && starts)
                .then_some(move || face.get().map(|face| avatar("avatar avatar--sm", &face)))} {meta}
            {if text.is_empty() {
                // Nobody can send an empty text: it was erased.
                Either::Left(view! { <div class="bubble bubble--erased">{say(Word::PrivacyErasedText)}</div> })
            } else {
                Either::Right(view! { <div class="bubble" dir="auto">{rich(&text)}</div> })
            }}
            {state(app, delivery, client_id)}
        </div>
    }
}

fn note_mark() -> impl IntoView {
    view! { <span class="msg__note">{icon(icon::NOTE)} {say(Word::DeskNote)}</span> " " }
}

fn state(
    app: App,
    delivery: Delivery,
    client_id: Option<porchlight_protocol::ClientId>,
) -> impl IntoView {
    let (path, what, can_act) = match delivery {
        Delivery::Sent => return None,
        Delivery::Sending => (icon::CLOCK, Word::MessageSending, false),
        Delivery::Waiting => (icon::CLOCK, Word::MessageWaiting, true),
        Delivery::Failed(_) => (icon::EXCLAMATION, Word::MessageFailed, true),
    };
    let buttons = client_id.filter(|_| can_act).map(|client_id| {
        let given_up = client_id.clone();
        view! {
            <button class="link" type="button" on:click=move |_| app.retry(client_id.clone())>
                {say(Word::ActRetry)}
            </button>
            " "
            <button class="link" type="button" on:click=move |_| app.discard(given_up.clone())>
                {say(Word::ActDiscard)}
            </button>
        }
    });
    Some(view! { <p class="msg__state">{icon(path)} {words(say(what))} " " {buttons}</p> })
}
