//! The views: functions of the [`Screen`], and nothing else. When the screen changes, all of them run,
//! and what differs is updated in place. No signal is needed for that, nor what would carry signals.

mod content;
mod home;
pub mod keyed;
mod template;
mod thread;
mod top;

use std::cell::RefCell;

use leptos::either::Either;
use leptos::prelude::*;

use self::content::words;
pub use self::template::Template;
use crate::screen::Screen;

/// Shows the screen in the document's body, and returns what shows it anew.
pub fn mount(screen: &Screen) -> impl FnMut(&RefCell<Screen>) + use<> {
    let mut shown = whole(screen).build();
    into_body(&mut shown);
    move |screen| {
        let now = whole(&screen.borrow());
        now.rebuild(&mut shown);
    }
}

/// Says that no Porchlight server has served the page.
pub fn mount_unserved() {
    into_body(&mut template::inert(Template::Unserved).build());
}

fn into_body(shown: &mut impl Mountable) {
    if let Some(body) = document().body() {
        shown.mount(&body, None);
    }
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
