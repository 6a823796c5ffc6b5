//! The toast about the last act, with its undo.

use std::time::Duration;

use leptos::leptos_dom::helpers::TimeoutHandle;
use leptos::prelude::*;

use crate::app::{App, Toast, Undo};
use crate::ui::focus::focus_soon;
use crate::ui::icon::{self, icon};
use crate::words::{Word, say};

/// How long the toast stays without pointer or focus on it: enough to read it and to reach **Undo**.
const STAYS: Duration = Duration::from_secs(8);

/// The last toast, until it is hidden. The live region announces it, too.
pub fn toast(app: App) -> impl IntoView {
    move || app.toast.get().map(|toast| one(app, toast))
}

fn one(app: App, toast: Toast) -> impl IntoView {
    let Toast { number, words, undo, busy } = toast;
    let timer = StoredValue::new(None::<TimeoutHandle>);
    let hold = move || {
        if let Some(timer) = timer.try_update_value(Option::take).flatten() {
            timer.clear();
        }
    };
    let release = move || {
        hold();
        if !busy {
            let handle = set_timeout_with_handle(move || app.put_toast_away(number), STAYS);
            timer.set_value(handle.ok());
        }
    };
    release();
    on_cleanup(hold);
    let away = move |_| {
        app.put_toast_away(number);
        focus_soon("#talk, #list-title, #flow, #main".to_owned());
    };
    let opens = undo.clone();
    let take_back = move |_| {
        let here =
            app.route.with_untracked(|route| route.open().is_some_and(|open| opens.returns(open)));
        app.undo();
        // The undo re-opens or claims the conversation, which brings its field back.
        let next = match &opens {
            Undo::Flow { .. } | Undo::Role { .. } | Undo::Active { .. } | Undo::Picture => {
                "#flow, #main"
            }
            Undo::Record { .. } => {
                ".person__body, .shell:not(:has(.person__body)) :is(#talk, #list-title)"
            }
            Undo::Block { .. } => "#talk, #main",
            _ if here => "#desk-panel textarea",
            _ => "#list-title",
        };
        focus_soon(next.to_owned());
    };
    view! {
        <aside
            class="toast"
            aria-label=say(Word::FrameLatest)
            on:pointerenter=move |_| hold()
            on:pointerleave=move |_| release()
            on:focusin=move |_| hold()
            on:focusout=move |_| release()
        >
            {busy.then(|| view! { <span class="spin" aria-hidden="true"></span> })}
            <p class="toast__words" prop:textContent=words></p>
            {(undo != Undo::Nothing)
                .then(|| {
                    view! {
                        <button class="btn btn--sm toast__undo" type="button" on:click=take_back>
                            {icon(icon::UNDO)}
                            {say(Word::ActUndo)}
                        </button>
                    }
                })}
            {(!busy)
                .then(|| {
                    view! {
                        <button
                            class="icon-btn"
                            type="button"
                            aria-label=say(Word::ActDismiss)
                            on:click=away
                        >
                            {icon(icon::CLOSE)}
                        </button>
                    }
                })}
        </aside>
    }
}
