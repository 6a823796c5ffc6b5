//! The browser's part of notifications: sound, desktop notification, badge on the tab's icon, and the channel
//! between an agent's tabs. [`crate::frame::notifications::notifier`] decides when.

use std::cell::RefCell;

use js_sys::Reflect;
use leptos::prelude::{document, set_timeout, window};
use std::time::Duration;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{
    AudioContext, BroadcastChannel, Event, HtmlLinkElement, MessageEvent, Notification,
    NotificationOptions, NotificationPermission, OscillatorType,
};

/// The two tones of the sound in Hz, one after the other.
const TONES_HZ: [f32; 2] = [587.3, 880.0];

/// Seconds from one tone to the next, how long each takes to fade away, and how loud it begins.
const TONE_EVERY_S: f64 = 0.14;
const TONE_FADES_S: f64 = 0.5;
const TONE_GAIN: f32 = 0.12;

/// How long the sound takes. Then the audio context is suspended, so that the device may sleep.
const SOUND_TAKES: Duration = Duration::from_millis(1_200);

/// The browser's permission for desktop notifications.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Permission {
    /// Notifications are shown.
    Granted,
    /// The browser will ask.
    Unasked,
    /// The agent has refused, or the browser's settings do.
    Denied,
    /// The page was not loaded over HTTPS.
    Insecure,
    /// The browser has no notifications.
    Missing,
}

impl Permission {
    /// The current permission.
    pub fn now() -> Permission {
        if !Reflect::has(&window(), &"Notification".into()).unwrap_or(false) {
            return if window().is_secure_context() {
                Permission::Missing
            } else {
                Permission::Insecure
            };
        }
        match Notification::permission() {
            NotificationPermission::Granted => Permission::Granted,
            NotificationPermission::Denied if !window().is_secure_context() => Permission::Insecure,
            NotificationPermission::Denied => Permission::Denied,
            _ => Permission::Unasked,
        }
    }

    /// Asks for the permission, and passes on the answer.
    pub fn ask(answered: impl FnOnce(Permission) + 'static) {
        spawn_local(async move {
            if Permission::now() == Permission::Unasked
                && let Ok(answer) = Notification::request_permission()
            {
                let _ = JsFuture::from(answer).await;
            }
            answered(Permission::now());
        });
    }
}

/// A notification, and what a click on it does.
type Shown = (Notification, Closure<dyn FnMut(Event)>);

/// The channel, the audio context and the last notification of one tab.
pub struct BrowserNotifications {
    audio: RefCell<Option<AudioContext>>,
    channel: Option<BroadcastChannel>,
    shown: RefCell<Option<Shown>>,
    _hears: Closure<dyn FnMut(MessageEvent)>,
}

impl Drop for BrowserNotifications {
    fn drop(&mut self) {
        if let Some(channel) = &self.channel {
            channel.close();
        }
        if let Some(audio) = self.audio.take() {
            let _ = audio.close();
        }
    }
}

impl BrowserNotifications {
    /// Opens the channel to the agent's other tabs; `name` contains the agent's id.
    pub fn open(name: &str, heard: impl Fn(String) + 'static) -> BrowserNotifications {
        let hears = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
            if let Some(text) = event.data().as_string() {
                heard(text);
            }
        });
        let channel = BroadcastChannel::new(name).ok();
        if let Some(channel) = &channel {
            channel.set_onmessage(Some(hears.as_ref().unchecked_ref()));
        }
        BrowserNotifications {
            audio: RefCell::new(None),
            channel,
            shown: RefCell::new(None),
            _hears: hears,
        }
    }

    /// Sends to the other tabs.
    pub fn send(&self, text: &str) {
        if let Some(channel) = &self.channel {
            let _ = channel.post_message(&text.into());
        }
    }

    /// Unlocks the sound, from a click or a key: browsers play none before that. True if it was locked.
    pub fn unlock_sound(&self) -> bool {
        if !self.is_muted() {
            return false;
        }
        let audio = AudioContext::new().ok();
        if let Some(audio) = &audio {
            let _ = audio.suspend();
        }
        self.audio.replace(audio);
        !self.is_muted()
    }

    /// True until [`unlock_sound`](BrowserNotifications::unlock_sound).
    pub fn is_muted(&self) -> bool {
        self.audio.borrow().is_none()
    }

    /// Plays the sound, unless it is locked.
    pub fn play_sound(&self) {
        let Some(audio) = self.audio.borrow().clone() else { return };
        spawn_local(async move {
            if let Ok(resumed) = audio.resume()
                && JsFuture::from(resumed).await.is_ok()
                && play(&audio).is_some()
            {
                set_timeout(
                    move || {
                        let _ = audio.suspend();
                    },
                    SOUND_TAKES,
                );
            }
        });
    }

    /// Shows a desktop notification, which replaces the one before. False if the browser refuses.
    pub fn show(&self, title: &str, body: &str, tag: &str, clicked: impl Fn() + 'static) -> bool {
        let options = NotificationOptions::new();
        options.set_body(body);
        options.set_tag(tag);
        options.set_renotify(true);
        // The inbox plays its own sound, which has a switch.
        options.set_silent(Some(true));
        let Ok(notification) = Notification::new_with_options(title, &options) else {
            return false;
        };
        let shown = notification.clone();
        let click = Closure::<dyn FnMut(Event)>::new(move |event: Event| {
            event.prevent_default();
            let _ = window().focus();
            shown.close();
            clicked();
        });
        notification.set_onclick(Some(click.as_ref().unchecked_ref()));
        if let Some((before, _)) = self.shown.replace(Some((notification, click))) {
            before.set_onclick(None);
        }
        true
    }
}

fn play(audio: &AudioContext) -> Option<()> {
    let mut at = audio.current_time();
    for hz in TONES_HZ {
        let (tone, volume) = (audio.create_oscillator().ok()?, audio.create_gain().ok()?);
        tone.set_type(OscillatorType::Sine);
        tone.frequency().set_value(hz);
        let gain = volume.gain();
        gain.set_value_at_time(TONE_GAIN, at).ok()?;
        gain.exponential_ramp_to_value_at_time(0.001, at + TONE_FADES_S).ok()?;
        tone.connect_with_audio_node(&volume).ok()?;
        volume.connect_with_audio_node(&audio.destination()).ok()?;
        tone.start_with_when(at).ok()?;
        tone.stop_with_when(at + TONE_FADES_S).ok()?;
        at += TONE_EVERY_S;
    }
    Some(())
}

/// Adds a dot to the tab's icon, or removes it.
pub fn badge(on: bool) {
    let icon = document().query_selector("link[rel=icon]").ok().flatten();
    let Some(icon) = icon.and_then(|icon| icon.dyn_into::<HtmlLinkElement>().ok()) else { return };
    let href = icon.href();
    let wanted = badged(&href, on);
    if href != wanted {
        icon.set_href(&wanted);
    }
}

const ICON_ENDS: &str = "%3C/svg%3E";
const DOT: &str =
    "%3Ccircle cx='19' cy='1' r='8' fill='%23d92d20' stroke='%23fff' stroke-width='2'/%3E";

/// The icon's address, with the dot or without.
fn badged(href: &str, on: bool) -> String {
    let plain = href.replace(DOT, "");
    match plain.strip_suffix(ICON_ENDS).filter(|_| on) {
        Some(drawing) => [drawing, DOT, ICON_ENDS].concat(),
        None => plain,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_dot_comes_and_goes() {
        let icon = "data:image/svg+xml,%3Csvg%3E%3Crect/%3E%3C/svg%3E";
        let dotted = badged(icon, true);
        assert!(dotted.contains(DOT) && dotted.ends_with(ICON_ENDS));
        assert_eq!(badged(&dotted, true), dotted, "one is enough");
        assert_eq!(badged(&dotted, false), icon);
        assert_eq!(
            badged("/favicon.ico", true),
            "/favicon.ico",
            "of another form it stays as it is"
        );
    }
}
