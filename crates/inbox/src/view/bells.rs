//! The panel *Alerts*.

use leptos::ev::Event;
use leptos::prelude::*;

use super::sheet::sheet;
use crate::app::App;
use crate::prefs::Bells;
use crate::ring::Permission;
use crate::text;

/// The panel, as a modal dialog.
pub fn bells(app: App) -> impl IntoView {
    move || app.bells_shown.get().then(|| panel(app))
}

fn panel(app: App) -> impl IntoView {
    let body = view! {
        <h3 class="sheet__title">"Alert me about"</h3>
        {switch(app, "bell-new", "New conversations", "Nobody has claimed them yet.", |bells| &mut bells.new)}
        {switch(
            app,
            "bell-mine",
            "Messages in my conversations",
            "Unless you have the conversation open in front of you.",
            |bells| &mut bells.mine,
        )}
        <h3 class="sheet__title">"By"</h3>
        {switch(app, "bell-sound", "Sound", "Two soft tones.", |bells| &mut bells.sound)}
        <p class="bells__try">
            <button class="btn btn--sm" type="button" on:click=move |_| app.try_sound()>
                "Play the sound"
            </button>
        </p>
        {desktop(app)}
        <p class="bells__hint">
            "For you, in this browser. However many tabs you have open, you are alerted once. \
             The tab’s title always shows the number of unread conversations."
        </p>
    };
    let close = move || app.show_bells(false);
    sheet("dialog bells", "bells-title", "Alerts", "Close alerts", close, body)
}

fn switch(
    app: App,
    id: &'static str,
    name: &'static str,
    words: &'static str,
    which: fn(&mut Bells) -> &mut bool,
) -> impl IntoView {
    let on = move || *which(&mut app.bells.get());
    let change = move |event: Event| {
        let checked = event_target_checked(&event);
        app.set_bells(|bells| *which(bells) = checked);
    };
    view! {
        <label class="sheet__switch">
            <span>
                <b>{name}</b>
                <span class="sheet__hint" id=id>{words}</span>
            </span>
            <input
                class="switch"
                type="checkbox"
                role="switch"
                aria-label=name
                aria-describedby=id
                prop:checked=on
                on:change=change
            />
        </label>
    }
}

fn desktop(app: App) -> impl IntoView {
    let refused = move || text::bell::refused(app.permission.get());
    // Without the permission the switch is off, whatever is stored.
    let on = move || {
        app.asked_desktop.track();
        app.bells.get().desktop && app.permission.get() == Permission::Granted
    };
    let words = move || {
        refused().unwrap_or("Also while you are in another window. Your browser asks you first.")
    };
    let fixed = move || matches!(app.permission.get(), Permission::Missing | Permission::Insecure);
    view! {
        <label class="sheet__switch">
            <span>
                <b>"Desktop notifications"</b>
                <span class="sheet__hint" id="bell-desktop" prop:textContent=words></span>
            </span>
            <input
                class="switch"
                type="checkbox"
                role="switch"
                aria-label="Desktop notifications"
                aria-describedby="bell-desktop"
                prop:checked=on
                disabled=fixed
                on:change=move |event| app.set_desktop(event_target_checked(&event))
            />
        </label>
    }
}
