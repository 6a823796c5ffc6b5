//! What the visitor sees under the settings in the form: the real rule, on a small made-up chat.

use leptos::either::{EitherOf3, EitherOf4};
use leptos::prelude::*;
use porchlight_protocol::closing::{NoticePlace, VisitorView, visitor_view};
use porchlight_protocol::conversation::{Kind, Status};
use porchlight_protocol::{Author, ClosingSettings, Conversation, ConversationId, VisitorId};

use super::icon::{self, icon};
use super::parts::rich;

/// The preview beside the form.
pub fn preview(form: RwSignal<ClosingSettings>) -> impl IntoView {
    let seen = Memo::new(move |_| form.with(seen));
    let home = Memo::new(move |_| {
        let home = form.with(|form| form.hide_closed);
        (home, seen.get().0.marked_closed)
    });
    view! {
        <aside class="preview" aria-label="Preview">
            <h2 class="preview__title">"What the visitor sees"</h2>
            <div class="card" aria-hidden="true" inert>
                <div class="top">
                    <span class="avatar avatar--sm">"A"</span>
                    "Ada"
                </div>
                <div class="log">
                    <div class="msg msg--start">
                        <div class="bubble">"You’re welcome, see you on Thursday."</div>
                    </div>
                    <div class="msg msg--mine msg--start">
                        <div class="bubble">"Thank you!"</div>
                    </div>
                    {move || line(seen.get())}
                </div>
                {move || foot(seen.get())}
            </div>
            <p class="preview__note">
                {move || match home.get() {
                    (false, false) => EitherOf4::A("On Home, nothing tells of the closing."),
                    (false, true) => EitherOf4::B(marked()),
                    (true, false) => EitherOf4::C(
                        "On Home, the conversation is gone when the chat is loaded again.",
                    ),
                    (true, true) => EitherOf4::D((
                        marked(),
                        " It is gone when the chat is loaded again.",
                    )),
                }}
            </p>
        </aside>
    }
}

fn marked() -> impl IntoView {
    view! { "On Home, the conversation is marked " <i>"Closed"</i> "." }
}

/// What the rule says of a closed conversation that is on the screen, and the notice.
fn seen(settings: &ClosingSettings) -> (VisitorView, String) {
    let mut sample = Conversation::new(
        ConversationId::from_bytes([0; 16]),
        Kind::Live,
        VisitorId::from_bytes([0; 16]),
        0,
    );
    sample.status = Status::Closed { by: Author::Timer, at: 0, revision: 1 };
    (visitor_view(&sample, &settings.policy(1), 0), settings.notice_text.clone())
}

fn line((view, notice): (VisitorView, String)) -> impl IntoView {
    (view.notice == Some(NoticePlace::Thread)).then(|| {
        view! {
            <div class="line">
                <p class="notice">{icon(icon::INFO)} <span>{rich(&notice)}</span></p>
            </div>
        }
    })
}

fn foot((view, notice): (VisitorView, String)) -> impl IntoView {
    let start = || {
        view! { <span class="btn btn--primary btn--wide">"Start a new conversation"</span> }
    };
    match (view.field, view.notice) {
        (true, _) => EitherOf3::A(view! {
            <div class="composer">
                <div class="composer__box">
                    <span class="composer__field preview__field">"Message"</span>
                </div>
            </div>
        }),
        (false, Some(_)) => EitherOf3::B(view! {
            <div class="ended">
                <p class="ended__text">{rich(&notice)}</p>
                {start()}
            </div>
        }),
        (false, None) => EitherOf3::C(view! { <div class="ended">{start()}</div> }),
    }
}
