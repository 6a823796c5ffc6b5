//! Events of the page: shown or hidden, online or offline.

use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{Event, PageTransitionEvent, VisibilityState};

use porchlight_client::Input;

/// Calls `run` with every event of this name on the window, for as long as the page lives.
pub fn listen(name: &str, run: impl FnMut(Event) + 'static) {
    let run = Closure::<dyn FnMut(Event)>::new(run);
    if let Some(window) = web_sys::window() {
        let _ = window.add_event_listener_with_callback(name, run.as_ref().unchecked_ref());
    }
    run.forget();
}

/// True if the page's tab is shown.
pub fn is_visible() -> bool {
    let document = web_sys::window().and_then(|window| window.document());
    document.is_some_and(|document| document.visibility_state() == VisibilityState::Visible)
}

/// True unless the browser reports that it is offline; it may be wrong either way.
pub fn is_online() -> bool {
    web_sys::window().is_none_or(|window| window.navigator().on_line())
}

/// Turns events of the page into inputs.
pub(crate) fn watch(dispatch: impl Fn(Input) + Clone + 'static) {
    let on = |name, input: fn(&Event) -> Option<Input>| {
        let dispatch = dispatch.clone();
        listen(name, move |event| {
            if let Some(input) = input(&event) {
                dispatch(input);
            }
        });
    };
    on("online", |_| Some(Input::Network { online: true }));
    on("offline", |_| Some(Input::Network { online: false }));
    // A page in the back/forward cache must not hold a socket.
    on("pagehide", |_| Some(Input::PageHidden));
    on("pageshow", |event| {
        let event: &PageTransitionEvent = event.dyn_ref()?;
        event.persisted().then_some(Input::PageShown)
    });
}
