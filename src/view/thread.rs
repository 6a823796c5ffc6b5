//! A thread: who one talks to, the log, and the live chat field or what stands in its place.

use leptos::either::Either;
use leptos::prelude::*;
use porchlight_client::{Content, Delivery, Link};
use porchlight_protocol::Author;

use super::content::{Words, rich, words};
use super::keyed::Keyed;
use super::template::{Inert, Template, inert};
use super::top::{avatar, bar, strip, toast};
use crate::screen::{RowView, Screen, Thread};
use crate::text;
use crate::words::{Pattern, Word, fill, say};

/// The whole screen.
pub fn thread(thread: &Thread, screen: &Screen) -> impl IntoView + use<> {
    let (status, class) = presence(thread, screen.link.link == Link::Up);
    let rows = Keyed { items: thread.rows.clone(), same: |a, b| a.key() == b.key(), view: row };
    // The live region says it; the log, which is one too, would say it again.
    let notice = thread.notice_line.as_ref().map(|notice| {
        view! {
            <div class="line" aria-live="off">
                <p class="notice">{inert(Template::Info)} <span data-words=rich(notice)></span></p>
            </div>
        }
    });
    let away = strip("away", thread.away.clone(), None);
    let typing = strip("typing", thread.typing.clone(), None);
    let warning = strip("warning", thread.warning.clone(), Some(Template::Keep));
    let field = match thread.field {
        true => Either::Left(inert(Template::FieldForm)),
        false => Either::Right(ended(thread, screen.live_off)),
    };
    view! {
        <section class="thread" aria-label=fill(Pattern::ThreadWith, &[&thread.name])>
            <header class="top">
                {inert(Template::Back)} {avatar(class, &thread.name, thread.bot)}
                <div class="top__who">
                    <h1 class="top__name" dir="auto" data-words=words(&thread.name)></h1>
                    <p class="top__status" data-words=words(status.map(say).unwrap_or_default())></p>
                </div>
                {thread.can_end.then(|| inert(Template::End))}
                {inert(Template::Close)}
            </header>
            {bar(&screen.link, Template::WillSend)}
            <div class="thread__main">
                <div
                    class="log"
                    id="log"
                    role="log"
                    aria-label=say(Word::ThreadMessages)
                    aria-live=(!thread.live).then_some("off")
                    tabindex="0"
                >
                    {before(thread)}
                    <div id="rows"></div>
                    {rows}
                    <div id="rest"></div>
                    {notice}
                </div>
                {thread.below.then(|| inert(Template::Jump))}
            </div>
            {typing}
            {warning}
            {away}
            {toast(&screen.toast)}
            {field}
        </section>
    }
}

/// The status in the header, and the class of the avatar. Without a connection neither says who is
/// online.
fn presence(thread: &Thread, connected: bool) -> (Option<Word>, &'static str) {
    match (thread.marked_closed, thread.bot, connected) {
        (true, true, _) => (Some(Word::ThreadClosed), "avatar avatar--bot"),
        (true, false, _) => (Some(Word::ThreadClosed), "avatar"),
        (false, true, _) => (Some(Word::ThreadAutomatic), "avatar avatar--bot"),
        (false, false, true) if thread.online => (Some(Word::ThreadOnline), "avatar avatar--on"),
        (false, false, true) => (Some(Word::ThreadAway), "avatar"),
        (false, false, false) => (None, "avatar"),
    }
}

/// Stands before the first row: older messages that are being loaded, or an invitation to write.
fn before(thread: &Thread) -> Option<Inert> {
    let template = match (thread.loading, thread.has_older, thread.rows.is_empty()) {
        _ if thread.failed => Template::NotLoaded,
        (true, ..) => Template::Loading,
        (_, true, _) => Template::Older,
        (_, _, true) => Template::Hello,
        _ => return None,
    };
    Some(inert(template))
}

/// Stands in place of the field.
fn ended(thread: &Thread, live_off: bool) -> impl IntoView + use<> {
    let notice = thread.notice_instead.as_ref().map(|notice| end(rich(notice)));
    let (why, start) = if live_off {
        (Some(Word::ThreadLiveOff), None)
    } else {
        (thread.kept.then_some(Word::ErrorKept), Some(inert(Template::StartNew)))
    };
    view! { <div class="ended">{notice} {why.map(|why| end(words(say(why))))} {start}</div> }
}

fn end(text: Words) -> impl IntoView {
    view! { <p class="ended__text" data-words=text></p> }
}

fn row(view: &RowView) -> impl IntoView + use<> {
    let row = &view.row;
    let (said, delivery, client_id) = match &row.content {
        Content::Message { text, delivery, client_id } => {
            (text::bounded(text), *delivery, client_id)
        }
        Content::Unreadable => (say(Word::MessageUnreadable), Delivery::Sent, &None),
        _ => (say(Word::MessageUnknown), Delivery::Sent, &None),
    };
    let is_void = !matches!(row.content, Content::Message { .. });
    let name = row.author.member().map(|member| member.name.as_str()).unwrap_or_default();
    let bot = matches!(row.author, Author::Bot(_));
    let class = [
        if row.mine { "msg msg--mine" } else { "msg" },
        if view.starts_group { " msg--start" } else { "" },
        if view.is_new { " msg--new" } else { "" },
        if is_void { " msg--void" } else { "" },
        match delivery {
            Delivery::Sent => "",
            Delivery::Sending | Delivery::Waiting => " msg--sending",
            Delivery::Failed(_) => " msg--failed",
        },
    ]
    .concat();
    let theirs = view.starts_group && !row.mine && !name.is_empty();
    let picture = if bot { "avatar avatar--sm avatar--bot" } else { "avatar avatar--sm" };
    // Eyes see the name once for a group; a screen reader hears it with every message.
    let (seen, heard) = match (theirs, row.mine) {
        (true, _) => (name.to_owned(), String::new()),
        (false, true) => (String::new(), say(Word::MessageSaidByYou)),
        (false, false) if name.is_empty() => Default::default(),
        (false, false) => (String::new(), fill(Pattern::MessageSaidBy, &[name])),
    };
    let state = match delivery {
        Delivery::Sent => view.sent,
        Delivery::Sending => Some(Template::Sending),
        Delivery::Waiting => Some(Template::Waiting),
        Delivery::Failed(_) => Some(Template::Failed),
    };
    let id = client_id.as_ref().map(|client_id| client_id.as_str().to_owned());
    let day = (!view.day_name.is_empty())
        .then(|| view! { <div class="day"><span data-words=words(&view.day_name)></span></div> });
    view! {
        {day}
        {view.is_mark.then(|| inert(Template::Unread))}
        <div class=class data-id=id>
            {theirs.then(|| avatar(picture, name, bot))}
            <p class=if view.starts_group { "msg__meta" } else { "sr" }>
                <b data-words=words(seen)></b>
                <span class="sr" data-words=words(heard)></span>
                " "
                <time datetime=view.datetime.clone() data-words=words(&view.clock)></time>
            </p>
            <div class="bubble" dir="auto" data-words=rich(said).asking(&row.choices)></div>
            {state.map(inert)}
        </div>
    }
}

#[cfg(test)]
mod tests {
    use porchlight_client::Place;
    use porchlight_protocol::ClientId;

    use super::*;

    #[test]
    fn nobody_is_online_while_the_connection_is_lost() {
        let mut thread = Thread::new(Place::New(ClientId::from_bytes([7; 16])), 1);
        for bits in 0..8 {
            thread.online = bits & 1 != 0;
            thread.bot = bits & 2 != 0;
            thread.marked_closed = bits & 4 != 0;
            let (status, class) = presence(&thread, false);
            assert!(
                ![Some(Word::ThreadOnline), Some(Word::ThreadAway)].contains(&status),
                "{bits}: {status:?}"
            );
            assert!(!class.contains("avatar--on"), "{bits}: {class}");
            let (status, class) = presence(&thread, true);
            assert_eq!(status == Some(Word::ThreadOnline), bits == 1, "{bits}: {status:?}");
            assert_eq!(class.contains("avatar--on"), bits == 1, "{bits}: {class}");
        }
    }
}
