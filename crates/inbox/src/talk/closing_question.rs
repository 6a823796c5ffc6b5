//! The question before a conversation is closed of which the agent has not seen everything.

use leptos::prelude::*;

use crate::app::{App, Closing};
use crate::ui::dialog::dialog;
use crate::ui::parts::rich;
use crate::words::{Word, say};

/// The visitor's messages that the dialog quotes, at most.
const QUOTES_MAX: usize = 3;

/// Asks before closing, because the visitor has sent a message that the agent has not seen.
pub fn closing(app: App, closing: Closing) -> impl IntoView {
    let news = Memo::new(move |_| app.news(closing));
    let text = move || match news.with(Vec::len) {
        0 | 1 => say(Word::DialogUnseenOne),
        _ => say(Word::DialogUnseenMany),
    };
    let quotes = move || {
        let news = news.get();
        let from = news.len().saturating_sub(QUOTES_MAX);
        news.iter()
            .skip(from)
            .map(|words| {
                view! {
                    <blockquote class="dialog__quote" dir="auto">
                        {rich(words)}
                    </blockquote>
                }
            })
            .collect_view()
    };
    dialog(
        Word::DialogNewMessage,
        text,
        quotes,
        (Word::DialogKeepOpen, move || app.keep_open()),
        (say(Word::DialogCloseAnyway), move || app.close_anyway()),
    )
}
