//! A conversation: head, transcript, and fields.

use leptos::either::EitherOf4;
use leptos::prelude::*;
use porchlight_browser::time;
use porchlight_protocol::conversation::Kind;
use porchlight_protocol::person::VisitorName;
use porchlight_protocol::rights::Right;
use porchlight_protocol::{Author, Conversation, ConversationId, Millis};

use crate::app::{App, Mode, Talk, TalkState};
use crate::list::item::{Left, Owner};
use crate::person::face::Face;
use crate::person::standing::view::OfVisitor;
use crate::person::{self, call};
use crate::talk::closing_question;
use crate::talk::desk::desk;
use crate::talk::draft::Field;
use crate::talk::kept::kept;
use crate::talk::log::log;
use crate::text::period;
use crate::ui::focus::{focus_now, focus_soon, nothing_has_focus, rests_in};
use crate::ui::icon::{self, icon};
use crate::ui::parts::{avatar, blank, moment, who, words, words_of};
use crate::words::{Pattern, Word, fill, say};

/// The conversation's column.
pub fn talk(app: App, id: ConversationId) -> impl IntoView {
    let state = Memo::new(move |_| {
        app.talk.with(|talk| talk.as_ref().map_or(TalkState::Loading, |talk| talk.state))
    });
    // The whole view may be removed while the agent writes, such as when the server was restored from a backup.
    Effect::new(move |before: Option<TalkState>| {
        let state = state.get();
        let (was, is) = (before == Some(TalkState::Ready), state == TalkState::Ready);
        if was && !is && app.lose_field(true) {
            request_animation_frame(|| focus_now(".talk"));
        }
        state
    });
    move || {
        let id = id.clone();
        match state.get() {
            TalkState::Ready => EitherOf4::A(ready(app, id)),
            TalkState::Loading => EitherOf4::B(loading(app, id)),
            TalkState::Unreachable => EitherOf4::C(unreachable(app, id)),
            TalkState::Gone => EitherOf4::D(gone(app, id)),
        }
    }
}

/// The element to focus, by mode.
fn next(mode: Mode) -> &'static str {
    match mode {
        Mode::Own => FIELD,
        Mode::Locked => "#talk",
        Mode::Closed => ".ended button",
    }
}

/// The field that is shown.
const FIELD: &str = "#desk-panel textarea";

/// The id of the warning that closing hides an unread message.
const LOSES: &str = "loses";

/// Restores the focus when the conversation changes its owner or closes.
fn keep_focus(app: App, mode: Memo<Mode>) {
    Effect::new(move |before: Option<Mode>| {
        let mode = mode.get();
        let returns = app.waits_for_field() && (before.is_some() || mode == Mode::Own);
        if mode == Mode::Own {
            app.forget_taken();
        }
        if before == Some(Mode::Own) && mode != Mode::Own && app.lose_field(false) {
            focus_now(".log");
        } else if mode == Mode::Own && returns {
            // The agent was writing when the field was removed.
            focus_soon(FIELD.to_owned());
        } else if before.is_some_and(|before| before != mode) {
            let acted = app.has_acted();
            request_animation_frame(move || {
                // A used button is removed, and the focus with it. After a shortcut, the focus may be
                // elsewhere.
                if nothing_has_focus() || acted && mode == Mode::Own && rests_in(".talk") {
                    focus_soon(next(mode).to_owned());
                }
            });
        }
        mode
    });
}

fn ready(app: App, id: ConversationId) -> impl IntoView {
    let mode = Memo::new(move |_| {
        app.talk.with(|talk| talk.as_ref().map_or(Mode::Locked, |talk| talk.mode))
    });
    let loses =
        Memo::new(move |_| app.talk.with(|talk| talk.as_ref().is_some_and(Talk::loses_unread)));
    let visitor = OfVisitor::open(app);
    keep_focus(app, mode);
    view! {
        <section class="talk" aria-labelledby="talk">
            {head(app, mode, visitor)}
            {visitor.bar()}
            {wish(app)}
            {log(app)}
            {meanwhile(app)}
            {move || taken(app)}
            {move || trouble(app)}
            {move || loses.get().then(loses_unread)}
            {desk(app, id, mode)}
            {move || app.acts.asked.get().map(|closing| closing_question::closing(app, closing))}
            {visitor.dialogs()}
        </section>
    }
}

fn back(app: App) -> impl IntoView {
    view! {
        <a
            class="icon-btn talk__back"
            href=move || app.route.with(|route| route.with_open(None).href())
            aria-label=say(Word::TalkBack)
        >
            {icon(icon::BACK)}
        </a>
    }
}

/// The content of the head. A new message does not change it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Head {
    /// The visitor's full id, for commands of the server.
    id: String,
    face: Face,
    closed: bool,
    /// True if the visitor has re-opened it, and the team has not answered since.
    reopened: bool,
    /// What the visitor has left while nobody was there, if nobody has answered it.
    left: Option<Left>,
    kind: String,
    since: Millis,
}

impl Head {
    fn of(conversation: &Conversation, face: Face, named: Option<&VisitorName>) -> Head {
        Head {
            id: conversation.visitor.as_str().to_owned(),
            face,
            closed: conversation.is_closed(),
            reopened: conversation.reopened_by_visitor,
            left: Left::of(conversation, named),
            kind: match &conversation.kind {
                Kind::Live | Kind::Other => say(Word::ItemLiveChat),
                Kind::Bot(bot) => fill(Pattern::TalkBotNamed, &[&bot.name]),
            },
            since: conversation.started_at,
        }
    }
}

fn head(app: App, mode: Memo<Mode>, visitor: OfVisitor) -> impl IntoView {
    let head = Memo::new(move |_| {
        app.talk.with(|talk| {
            let talk = talk.as_ref()?;
            Some(Head::of(talk.conversation.as_ref()?, talk.face()?, talk.named.as_ref()))
        })
    });
    let owner = Memo::new(move |_| {
        app.talk.with(|talk| talk.as_ref().map_or(Owner::Nobody, |talk| talk.owner(&app.me())))
    });
    let bot =
        Memo::new(move |_| app.talk.with(|talk| Some(talk.as_ref()?.silenced_bot()?.name.clone())));
    view! {
        <header class="talk__head">
            {back(app)}
            {move || head.get().map(|head| who_it_is(app, head))}
            {person::view::button(app)}
            <div class="talk__acts">{move || acts(app, mode.get(), owner.get(), bot.get())}</div>
            {visitor.menu()}
        </header>
    }
}

/// The bar that says when the visitor wishes to be called, with the button for who has called.
fn wish(app: App) -> impl IntoView {
    let name = Memo::new(move |_| app.talk.with(|talk| talk.as_ref()?.named.clone()));
    let may = app.session.with_value(|session| session.role.may(Right::EditVisitors));
    move || {
        let name = name.get()?;
        let at = name.call_back?;
        let says = move || {
            app.now.track();
            fill(Pattern::PersonCallAt, &[&call::time(at, time::now())])
        };
        let number = name.phone.clone().unwrap_or_else(|| say(Word::PersonCallNoNumber));
        let called = move |_| {
            app.has_called(&name);
            focus_soon("#talk".to_owned());
        };
        let button = may.then(|| {
            view! {
                <button class="btn btn--sm" type="button" on:click=called>
                    {say(Word::PersonCallCalled)}
                </button>
            }
        });
        Some(view! {
            <div class="talk__standing">
                {icon(icon::PHONE)} <p>{words_of(says)} " · " <bdi>{words(number)}</bdi></p> {button}
            </div>
        })
    }
}

fn who_it_is(app: App, head: Head) -> impl IntoView {
    let chip = match head.closed {
        false => ("chip chip--open", Word::TalkOpen),
        true => ("chip chip--closed", Word::TalkClosed),
    };
    let since = head.since;
    let closes_at = Memo::new(move |_| app.talk.with(|talk| talk.as_ref()?.closes_at));
    // There is room for one: the auto-close, what was left, or the re-opening, else the start.
    let about = move || {
        app.now.track();
        // Not `app.now`, which may be older than the last message.
        let now = time::now();
        match (closes_at.get(), head.left, head.reopened) {
            (Some(at), Some(left), _) => {
                [&say(left.way.name()), " · ", &period::closes_in(at - now)].concat()
            }
            (None, Some(left), _) => [&moment(left.at, now), " · ", &say(left.way.name())].concat(),
            (Some(at), None, _) => [&head.kind, " · ", &period::closes_in(at - now)].concat(),
            (None, None, true) => head.kind.clone(),
            (None, None, false) => {
                let since = fill(Pattern::TalkSince, &[&moment(since, now)]);
                [&head.kind, " · ", &since].concat()
            }
        }
    };
    view! {
        {avatar("avatar", &head.face)}
        <div class="talk__who">
            <h2 class="talk__name" id="talk" tabindex="-1" title=head.id>
                <bdi class="talk__visitor" translate="no" prop:textContent=head.face.name></bdi> " "
                <span class=chip.0 prop:textContent=say(chip.1)></span>
            </h2>
            <p class="talk__about">
                {head
                    .left
                    .map(|_| view! { <span class="chip chip--back">{say(Word::ItemLeft)}</span> " " })}
                {head
                    .reopened
                    .then_some(())
                    .filter(|()| head.left.is_none())
                    .map(|()| view! { <span class="chip chip--back">{say(Word::HistoryReopenedByVisitor)}</span> " " })}
                {words_of(about)}
            </p>
        </div>
    }
}

/// `bot` is the one to which the agent can hand the conversation back.
fn acts(app: App, mode: Mode, owner: Owner, bot: Option<String>) -> impl IntoView {
    let busy =
        Memo::new(move |_| app.talk.with(|talk| talk.as_ref().is_some_and(|talk| talk.busy)));
    let button = move |class, words: AnyView, about: Option<&'static str>, act: fn(App)| {
        view! {
            <button
                class=["btn btn--sm", class].concat()
                type="button"
                aria-disabled=move || busy.get().then_some("true")
                aria-describedby=about
                on:click=move |_| act(app)
            >
                {words}
            </button>
        }
    };
    // With the note field below, the button *Re-open* is here.
    let noting = move || app.composer.field.get() == Field::Note;
    match (mode, owner) {
        (Mode::Closed, _) => EitherOf4::A(move || {
            noting().then(|| button("", say(Word::ActReopen).into_any(), None, App::reopen))
        }),
        (Mode::Own, owner) => EitherOf4::B((
            who(owner, true, move |id| app.picture_of(id)),
            bot.map(|bot| button(" btn--quiet", hand_back(&bot).into_any(), None, App::hand_back)),
            button(" btn--quiet", say(Word::ActUnclaim).into_any(), None, App::unclaim),
            button("", end_and_close().into_any(), Some(LOSES), App::close),
        )),
        (Mode::Locked, Owner::Nobody) => {
            EitherOf4::C(button(" btn--primary", say(Word::ActClaim).into_any(), None, App::claim))
        }
        (Mode::Locked, owner) => EitherOf4::D((
            who(owner, true, move |id| app.picture_of(id)),
            button("", say(Word::ActTakeOver).into_any(), None, App::claim),
        )),
    }
}

fn hand_back(bot: &str) -> impl IntoView {
    view! { <span class="talk__hand" prop:textContent=fill(Pattern::ActHandBack, &[bot])></span> }
}

fn end_and_close() -> impl IntoView {
    (icon(icon::ARCHIVE), say(Word::ActEndAndClose))
}

/// Warns that closing hides the conversation with its unread message from the visitor's Home.
fn loses_unread() -> impl IntoView {
    view! { <p class="talk__loses" id=LOSES>{icon(icon::EXCLAMATION)} {say(Word::TalkLosesUnread)}</p> }
}

/// Why the field was removed while the agent was writing in it.
/// Who else types, or else that the visitor has seen the agent's last words.
fn meanwhile(app: App) -> impl IntoView {
    let typist = Memo::new(move |_| app.talk.with(|talk| talk.as_ref()?.typing.clone()));
    let seen = Memo::new(move |_| app.talk.with(|talk| talk.as_ref().is_some_and(|it| it.seen)));
    move || {
        let (class, says) = match typist.get() {
            Some(Author::Agent(agent)) => {
                ("talk__typing", fill(Pattern::TalkTyping, &[&agent.name]))
            }
            Some(_) => ("talk__typing", say(Word::TalkVisitorTyping)),
            None if seen.get() => ("talk__seen", say(Word::TalkSeen)),
            None => return None,
        };
        Some(view! { <p class=class>{words(says)}</p> })
    }
}

fn taken(app: App) -> impl IntoView {
    app.composer.taken.get().map(|words| {
        let dismiss = move |_| {
            app.forget_taken();
            focus_soon(":is(#talk, .talk[tabindex])".to_owned());
        };
        view! {
            <div class="talk__trouble talk__taken" role="alert">
                {icon(icon::EXCLAMATION)} {self::words(words)}
                <button class="icon-btn" type="button" aria-label=say(Word::ActDismiss) on:click=dismiss>
                    {icon(icon::CLOSE)}
                </button>
            </div>
        }
    })
}

/// The drafts and the alert, without a transcript.
fn without(app: App, id: ConversationId) -> impl IntoView {
    view! {
        {move || taken(app)}
        {kept(app, id.clone(), Field::Reply)}
        {kept(app, id, Field::Note)}
    }
}

/// The message for a refused act. The live region announces it, too.
fn trouble(app: App) -> impl IntoView {
    app.acts.trouble.get().map(|words| {
        view! {
            <div class="talk__trouble problem">
                {icon(icon::EXCLAMATION)} {self::words(words)}
                <button
                    class="icon-btn"
                    type="button"
                    aria-label=say(Word::ActDismiss)
                    on:click=move |_| app.dismiss()
                >
                    {icon(icon::CLOSE)}
                </button>
            </div>
        }
    })
}

fn loading(app: App, id: ConversationId) -> impl IntoView {
    view! {
        <section class="talk" aria-label=say(Word::TalkLabel) tabindex="-1">
            <header class="talk__head">{back(app)}</header>
            <p class="older">
                <span class="spin" aria-hidden="true"></span>
                {say(Word::TalkLoading)}
            </p>
            {without(app, id)}
        </section>
    }
}

fn unreachable(app: App, id: ConversationId) -> impl IntoView {
    view! {
        <section class="talk talk--none" aria-label=say(Word::TalkLabel) tabindex="-1">
            <div class="blank">
                {blank(
                    icon::EXCLAMATION,
                    Word::TalkNotLoaded,
                    Word::ListCheckConnection,
                )}
                <button class="btn" type="button" on:click=move |_| app.reconnect()>
                    {say(Word::ActRetry)}
                </button>
                {to_list(app)}
            </div>
            {without(app, id)}
        </section>
    }
}

fn gone(app: App, id: ConversationId) -> impl IntoView {
    view! {
        <section class="talk talk--none" aria-label=say(Word::TalkLabel) tabindex="-1">
            <div class="blank">
                {blank(
                    icon::EXCLAMATION,
                    Word::TalkGone,
                    Word::TalkGoneText,
                )}
                {to_list(app)}
            </div>
            {without(app, id)}
        </section>
    }
}

/// The link to the list, which a phone has no other way to reach.
fn to_list(app: App) -> impl IntoView {
    view! {
        <a class="btn" href=move || app.route.with(|route| route.with_open(None).href())>
            {say(Word::TalkBack)}
        </a>
    }
}
