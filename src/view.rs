//! The views: they read signals and call functions of [`App`], nothing else.

mod composer;
mod home;
mod icon;
mod log;
mod thread;
mod top;

use leptos::either::Either;
use leptos::ev;
use leptos::prelude::*;

use crate::app::App;
use crate::text;

/// The widget: Home or a thread.
pub fn widget(app: App) -> impl IntoView {
    let in_thread = Memo::new(move |_| app.place.with(Option::is_some));
    let escape = window_event_listener(ev::keydown, move |event| {
        if event.key() == "Escape" && !event.is_composing() {
            app.with_host(crate::host::Host::close);
        }
    });
    on_cleanup(move || escape.remove());
    view! {
        <main class="app" data-frame=move || app.layout.get().name()>
            <p class="sr" role="status">
                {app.said}
            </p>
            {move || {
                if in_thread.get() {
                    Either::Left(thread::thread(app))
                } else {
                    Either::Right(home::home(app))
                }
            }}
        </main>
    }
}

/// What stands here if no Porchlight server has served the page.
pub fn unserved() -> impl IntoView {
    view! { <p>{text::UNSERVED}</p> }
}
