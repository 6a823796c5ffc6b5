//! Markup that never changes. As text it costs no code: the browser reads it once and copies it.
//! Nothing that a person wrote ever comes in here.

use leptos::tachys::html::InertElement;

/// One of the texts below, as a view.
pub fn inert(html: &'static str) -> InertElement {
    InertElement::new(html)
}

/// An icon: one path on a grid of 20, drawn in the colour of the text. It says nothing to a screen
/// reader: the words beside it do.
macro_rules! icon {
    ($path:expr) => {
        icon!($path, "")
    };
    ($path:expr, $class:literal) => {
        concat!(
            "<svg viewBox=\"0 0 20 20\" fill=\"none\" stroke=\"currentColor\" stroke-width=\"1.6\" \
             stroke-linecap=\"round\" stroke-linejoin=\"round\" aria-hidden=\"true\" class=\"",
            $class,
            "\"><path d=\"",
            $path,
            "\"/></svg>"
        )
    };
}

/// A button; `data-do` is for [`crate::events`].
macro_rules! button {
    ($class:literal, $act:literal, $more:literal, $($content:expr),+) => {
        concat!(
            "<button type=\"button\" class=\"", $class, "\" data-do=\"", $act, "\" ", $more, ">",
            $($content,)+
            "</button>"
        )
    };
}

macro_rules! spin {
    () => {
        "<span class=\"spin\" aria-hidden=\"true\"></span>"
    };
}

macro_rules! clock {
    () => {
        icon!("M10 3.5a6.5 6.5 0 1 1 0 13 6.5 6.5 0 0 1 0-13ZM10 6.5V10l2.3 1.5")
    };
}

macro_rules! exclamation {
    () => {
        icon!("M10 3.5a6.5 6.5 0 1 1 0 13 6.5 6.5 0 0 1 0-13ZM10 6.8v3.7m0 2.6v.1")
    };
}

macro_rules! off {
    () => {
        icon!(
            "m3.5 3.5 13 13M7.2 12.4a4 4 0 0 1 4.7-.8M4.5 9.6a8 8 0 0 1 3-1.7m3.6-.4a8 8 0 0 1 4.4 2.1M10 15.4v.1"
        )
    };
}

macro_rules! cross {
    () => {
        icon!("m5.5 5.5 9 9m0-9-9 9")
    };
}

macro_rules! try_now {
    () => {
        button!("link", "reconnect", "", "Try now")
    };
}

pub const UNSERVED: &str =
    "<p>This page is part of Porchlight and must be opened through its server.</p>";

// Both screens.

pub const BOT: &str = icon!(
    "M6.5 7h7a3 3 0 0 1 3 3v3a3 3 0 0 1-3 3h-7a3 3 0 0 1-3-3v-3a3 3 0 0 1 3-3ZM10 7V4M7.5 11v1.2m5-1.2v1.2M10 3.4v.1"
);
pub const CLOSE: &str = button!("icon-btn close", "close", "aria-label=\"Close chat\"", cross!());
pub const UNDO: &str = button!("link", "undo", "aria-keyshortcuts=\"Control+Z Meta+Z\"", "Undo");
pub const STALE: &str = concat!(
    "<p class=\"bar bar--warn\">",
    off!(),
    "You’re offline. This may be out of date. ",
    try_now!(),
    "</p>"
);
pub const WILL_SEND: &str = concat!(
    "<p class=\"bar bar--warn\">",
    off!(),
    "You’re offline. We’ll send it later. ",
    try_now!(),
    "</p>"
);
pub const RECONNECTING: &str = concat!(
    "<p class=\"bar bar--warn\">",
    spin!(),
    "Connection lost. Trying again… ",
    try_now!(),
    "</p>"
);
pub const CONNECTING: &str = concat!("<p class=\"bar bar--late\">", spin!(), "Connecting…</p>");
pub const MISPLACED: &str =
    "<p class=\"bar bar--warn\">This chat isn’t available on this page.</p>";
pub const ENDED: &str = concat!(
    "<p class=\"bar bar--warn\">The chat has been updated. ",
    button!("link", "reload", "", "Reload"),
    "</p>"
);

// Home.

pub const CROSS: &str = cross!();
macro_rules! bell {
    ($more:literal) => {
        icon!(concat!(
            "M5.2 8.2a4.8 4.8 0 0 1 9.6 0c0 3.8 1.7 4.6 1.7 5.8h-13c0-1.2 1.7-2 1.7-5.8ZM8.3 16.4a1.8 1.8 0 0 0 3.4 0",
            $more
        ))
    };
}
pub const BELL: &str = bell!("");
pub const MUTED: &str = bell!("M3.5 3.5l13 13");
pub const CLOSED_TOO: &str = "<span class=\"chip chip--closed\">Closed</span>";
pub const FOOT: &str = concat!(
    "<footer class=\"home__foot\">",
    button!(
        "btn btn--primary btn--wide",
        "new",
        "id=\"new\"",
        icon!("M10 4v12M4 10h12"),
        "New conversation"
    ),
    "</footer>"
);
pub const EMPTY: &str = concat!(
    "<div class=\"card blank\"><span class=\"blank__art\" aria-hidden=\"true\">",
    icon!("M10 2.5v3m-6 6.5a6 6 0 0 1 12 0H4Zm6 3v2.5m-4-2.5-1 2m9-2 1 2"),
    "</span><h2 class=\"blank__title\">No conversations yet</h2><p class=\"blank__text\">Send us a \
     message, and we’ll reply here. You can leave and come back: your conversation is saved in \
     this browser.</p></div>"
);
pub const ERROR: &str = concat!(
    "<div class=\"card blank\" role=\"alert\"><span class=\"blank__art\" aria-hidden=\"true\">",
    exclamation!(),
    "</span><h2 class=\"blank__title\">We couldn’t load your conversations</h2><p \
     class=\"blank__text\">Nothing is lost. Please check your connection and try again.</p>",
    button!("btn", "reconnect", "", "Retry"),
    "</div>"
);
pub const OUTDATED: &str = concat!(
    "<div class=\"card blank\" role=\"alert\"><span class=\"blank__art\" aria-hidden=\"true\">",
    exclamation!(),
    "</span><h2 class=\"blank__title\">The chat has been updated</h2><p class=\"blank__text\">Nothing \
     is lost. Reload the chat to continue.</p>",
    button!("btn", "reload", "", "Reload"),
    "</div>"
);
macro_rules! skeleton_row {
    () => {
        "<li class=\"row\"><div class=\"row__main\"><span class=\"avatar skel\"></span><span \
         class=\"skel skel--line\"></span><span></span><span class=\"skel \
         skel--line\"></span></div></li>"
    };
}
pub const SKELETON: &str = concat!(
    "<ul class=\"card\" aria-hidden=\"true\">",
    skeleton_row!(),
    skeleton_row!(),
    skeleton_row!(),
    "</ul>"
);

// A thread.

pub const BACK: &str = button!(
    "icon-btn",
    "home",
    "aria-label=\"Back to your conversations\"",
    icon!("M12 4.5 6.5 10l5.5 5.5", "flip")
);
pub const END: &str = button!("btn end", "end", "", "End<span class=\"sr\"> conversation</span>");
pub const KEEP: &str = button!("link", "keep", "", "Keep it open");
macro_rules! skeleton_message {
    ($class:literal) => {
        concat!("<div class=\"msg ", $class, "\"><span class=\"bubble skel\"></span></div>")
    };
}
pub const LOADING: &str = concat!(
    "<div class=\"waiting\"><p class=\"sr\">Loading messages…</p>",
    skeleton_message!("msg--start"),
    skeleton_message!("msg--start msg--mine"),
    skeleton_message!("msg--start"),
    "</div>"
);
pub const OLDER: &str = concat!("<p class=\"older\">", spin!(), "Loading earlier messages…</p>");
pub const NOT_LOADED: &str = concat!(
    "<p class=\"older\">We couldn’t load the messages. ",
    button!("link", "load", "", "Try again"),
    "</p>"
);
pub const HELLO: &str = "<p class=\"older\">Write your first message. Replies appear here.</p>";
pub const INFO: &str = icon!("M10 3.5a6.5 6.5 0 1 1 0 13 6.5 6.5 0 0 1 0-13ZM10 9.5v3.7m0-6.3v.1");
/// Where the messages begin that the visitor has not read.
pub const MARK: &str = "<div class=\"day mark\" id=\"mark\"><span>New messages</span></div>";
pub const JUMP: &str =
    button!("btn jump", "jump", "", icon!("M10 4v12m-5-5 5 5 5-5"), "New messages");

// How far a message is.

macro_rules! state {
    ($($content:expr),+) => {
        concat!("<p class=\"msg__state\">", $($content,)+ "</p>")
    };
}
macro_rules! choices {
    () => {
        concat!(
            button!("link", "retry", "", "Retry"),
            " ",
            button!("link", "discard", "", "Discard")
        )
    };
}
pub const SENT: &str = state!(icon!("m4.5 10.5 3.5 3.5 7.5-8"), "Sent");
pub const SENDING: &str = state!(clock!(), "Sending…");
pub const WAITING: &str = state!(clock!(), "Not sent yet. We’ll keep trying. ", choices!());
pub const FAILED: &str = state!(exclamation!(), "Not sent. ", choices!());

// The live chat field, and what stands in its place.

pub const FIELD: &str = concat!(
    "<form class=\"composer\"><div class=\"composer__box\"><textarea class=\"composer__field\" \
     id=\"field\" rows=\"1\" dir=\"auto\" aria-label=\"Message\" placeholder=\"Message\" \
     aria-describedby=\"hint\" enterkeyhint=\"send\"></textarea><button class=\"btn btn--primary \
     send\" id=\"send\" type=\"submit\" aria-label=\"Send\" aria-disabled=\"true\">",
    icon!("M10 16V4.5M5 9.5l5-5 5 5"),
    "</button></div><p class=\"composer__hint\" id=\"hint\" hidden></p></form>"
);
pub const KEPT: &str = "<p class=\"ended__text\">Your message wasn’t sent because the \
                        conversation was closed. You can send it in a new one.</p>";
pub const START_NEW: &str =
    button!("btn btn--primary btn--wide", "again", "id=\"again\"", "Start a new conversation");
