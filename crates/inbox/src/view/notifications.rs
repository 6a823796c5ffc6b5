//! The panel *Notifications*.

use leptos::ev::Event;
use leptos::prelude::*;

use super::sheet::sheet;
use crate::app::App;
use crate::notification::Permission;
use crate::prefs::NotificationPrefs;
use crate::text;

/// The panel, as a modal dialog.
pub fn notifications(app: App) -> impl IntoView {
    move || app.notifications_shown.get().then(|| panel(app))
}

fn panel(app: App) -> impl IntoView {
    let body = view! {
        <h3 class="sheet__title">"Notify me about"</h3>
        {switch(app, "notify-new", "New conversations", "Nobody has claimed them yet.", |prefs| &mut prefs.new)}
        {switch(
            app,
            "notify-mine",
            "Messages in my conversations",
            "Unless you have the conversation open in front of you.",
            |prefs| &mut prefs.mine,
        )}
        <h3 class="sheet__title">"By"</h3>
        {switch(app, "notify-sound", "Sound", "Two soft tones.", |prefs| &mut prefs.sound)}
        <p class="notifications__try">
            <button class="btn btn--sm" type="button" on:click=move |_| app.try_sound()>
                "Play the sound"
            </button>
        </p>
        {desktop(app)}
        <p class="notifications__hint">
            "For you, in this browser. However many tabs you have open, you are notified once. \
             The tab’s title always shows the number of unread conversations."
        </p>
    };
    let close = move || app.show_notifications(false);
    sheet(
        "dialog notifications",
        "notifications-title",
        "Notifications",
        "Close notifications",
        close,
        body,
    )
}

fn switch(
    app: App,
    id: &'static str,
    name: &'static str,
    words: &'static str,
    which: fn(&mut NotificationPrefs) -> &mut bool,
) -> impl IntoView {
    let on = move || *which(&mut app.notification_prefs.get());
    let change = move |event: Event| {
        let checked = event_target_checked(&event);
        app.set_notification_prefs(|prefs| *which(prefs) = checked);
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
    let refused = move || text::notifications::refused(app.permission.get());
    // Without the permission the switch is off, whatever is stored.
    let on = move || {
        app.asked_desktop.track();
        app.notification_prefs.get().desktop && app.permission.get() == Permission::Granted
    };
    let words = move || {
        refused().unwrap_or("Also while you are in another window. Your browser asks you first.")
    };
    let fixed = move || matches!(app.permission.get(), Permission::Missing | Permission::Insecure);
    view! {
        <label class="sheet__switch">
            <span>
                <b>"Desktop notifications"</b>
                <span class="sheet__hint" id="notify-desktop" prop:textContent=words></span>
            </span>
            <input
                class="switch"
                type="checkbox"
                role="switch"
                aria-label="Desktop notifications"
                aria-describedby="notify-desktop"
                prop:checked=on
                disabled=fixed
                on:change=move |event| app.set_desktop(event_target_checked(&event))
            />
        </label>
    }
}
