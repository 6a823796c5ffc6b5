//! Whether the agent is online or away: the switch in the rail, and the bar that says it as long as they are away.

use leptos::prelude::*;

use crate::app::App;
use crate::ui::icon::{self, icon};
use crate::ui::parts;
use crate::words::{Word, say};

/// The switch. Its label is the state, its description what it does.
pub fn switch(app: App) -> impl IntoView {
    let does = move || match app.away.get() {
        true => say(Word::PresenceComeBack),
        false => say(Word::PresenceGoAway),
    };
    view! {
        <button
            class="rail__link"
            type="button"
            title=does
            on:click=move |_| app.set_away(!app.away.get_untracked())
        >
            {move || icon(if app.away.get() { icon::CLOCK } else { icon::USER })}
            <span prop:textContent=move || {
                say(if app.away.get() { Word::PresenceAway } else { Word::PresenceOnline })
            }></span>
        </button>
    }
}

/// The bar, while the agent is away.
pub fn bar(app: App) -> impl IntoView {
    move || {
        app.away.get().then(|| {
            view! {
                <aside class="away" aria-label=say(Word::PresenceAway)>
                    {icon(icon::CLOCK)} {parts::words(say(Word::PresenceIsAway))} " "
                    <span class="away__text">{say(Word::PresenceIsAwayText)}</span> " "
                    <button
                        class="link"
                        type="button"
                        on:click=move |_| app.set_away(false)
                        prop:textContent=say(Word::PresenceComeBack)
                    ></button>
                </aside>
            }
        })
    }
}
