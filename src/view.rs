//! The views: functions of the [`Screen`], and nothing else. One reactive closure shows all of it;
//! when the screen changes, what differs is updated in place.

mod home;
mod keyed;
pub mod markup;
mod thread;
mod top;
mod words;

use std::rc::Rc;

use leptos::either::Either;
use leptos::prelude::*;

use self::words::words;
use crate::app::App;
use crate::screen::Screen;

/// The widget.
pub fn widget(app: Rc<App>) -> impl IntoView {
    let screen = app.screen.clone();
    move || screen.with(whole)
}

fn whole(screen: &Screen) -> impl IntoView + use<> {
    let shown = match &screen.thread {
        Some(thread) => Either::Left(thread::thread(thread, screen)),
        None => Either::Right(home::home(screen)),
    };
    view! {
        <main class="app" data-frame=screen.layout.name()>
            <p class="sr" role="status" data-words=words(&screen.said)></p>
            {shown}
        </main>
    }
}

/// What stands here if no Porchlight server has served the page.
pub fn unserved() -> impl IntoView {
    markup::inert(markup::UNSERVED)
}
