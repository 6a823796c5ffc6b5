//! Icons: one path each, on a grid of 20, drawn in the colour of the text.

use leptos::prelude::*;

pub const BACK: &str = "M12 4.5 6.5 10l5.5 5.5";
pub const CLOSE: &str = "m5.5 5.5 9 9m0-9-9 9";
pub const SEND: &str = "M10 16V4.5M5 9.5l5-5 5 5";
pub const PLUS: &str = "M10 4v12M4 10h12";
pub const BOT: &str = "M6.5 7h7a3 3 0 0 1 3 3v3a3 3 0 0 1-3 3h-7a3 3 0 0 1-3-3v-3a3 3 0 0 1 3-3\
                       ZM10 7V4M7.5 11v1.2m5-1.2v1.2M10 3.4v.1";
pub const CHECK: &str = "m4.5 10.5 3.5 3.5 7.5-8";
pub const CLOCK: &str = "M10 3.5a6.5 6.5 0 1 1 0 13 6.5 6.5 0 0 1 0-13ZM10 6.500V10l2.300 1.500";
pub const ALERT: &str = "M10 3.5a6.5 6.5 0 1 1 0 13 6.5 6.5 0 0 1 0-13ZM10 6.800v3.700m0 2.600v.1";
pub const INFO: &str = "M10 3.5a6.5 6.5 0 1 1 0 13 6.5 6.5 0 0 1 0-13ZM10 9.500v3.700m0-6.300v.1";
pub const DOWN: &str = "M10 4v12m-5-5 5 5 5-5";
pub const OFF: &str = "m3.5 3.5 13 13M7.200 12.400a4 4 0 0 1 4.700-.8M4.500 9.600a8 8 0 0 1 3-1.700\
                       m3.600-.4a8 8 0 0 1 4.400 2.100M10 15.400v.1";
pub const LAMP: &str = "M10 2.5v3m-6 6.500a6 6 0 0 1 12 0H4Zm6 3v2.500m-4-2.500-1 2m9-2 1 2";

/// Draws an icon. It says nothing to a screen reader: the words beside it do.
pub fn icon(path: &'static str) -> impl IntoView {
    view! {
        <svg
            viewBox="0 0 20 20"
            fill="none"
            stroke="currentColor"
            stroke-width="1.6"
            stroke-linecap="round"
            stroke-linejoin="round"
            aria-hidden="true"
            class=if path == BACK { "flip" } else { "" }
        >
            <path d=path />
        </svg>
    }
}
