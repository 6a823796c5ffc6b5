//! Icons: one path each, on a grid of 20, drawn in the colour of the text.

use leptos::prelude::*;

pub const ARCHIVE: &str = "M4.5 8v6.5A1.5 1.5 0 0 0 6 16h8a1.5 1.5 0 0 0 1.5-1.5V8M3.5 4h13v4h-13V4Z\
                           m5 7h3";
pub const BACK: &str = "M12 4.5 6.5 10l5.5 5.5";
pub const BELL: &str = "M10 3.5a4.5 4.5 0 0 0-4.5 4.5c0 4-1.500 5-2 6h13c-.5-1-2-2-2-6A4.5 4.5 0 0 0 10 3.5Z\
                        M8.500 16.500a1.600 1.600 0 0 0 3 0";
pub const BELL_OFF: &str = "M6 6.500a4.500 4.500 0 0 1 8.500 1.500c0 2.500.6 3.900 1.100 4.800M5.500 8.500c-.1 3.500-1.500 4.500-2 5.500h10\
                            M8.500 16.500a1.600 1.600 0 0 0 3 0M3.500 3.500l13 13";
pub const BOOK: &str = "M10 5.500C8.500 4.300 6.300 4 3.500 4v11c2.800 0 5 .3 6.500 1.500m0-11C11.500 4.300 13.700 4 16.500 4v11c-2.800 0-5 .3-6.500 1.500m0-11v11";
pub const BOT: &str = "M6.500 7h7A2.500 2.500 0 0 1 16 9.500v4a2.500 2.500 0 0 1-2.500 2.500h-7A2.500 2.500 0 0 1 4 13.500v-4A2.500 2.500 0 0 1 6.500 7Z\
                       m3.500 0V4M7.700 11v.900m4.600-.900v.900";
pub const CARD: &str = "M4.500 4.500h11A1.500 1.500 0 0 1 17 6v8a1.500 1.500 0 0 1-1.500 1.500h-11A1.500 1.500 0 0 1 3 14V6a1.500 1.500 0 0 1 1.500-1.500Z\
                        m8 4h2.500m-2.500 3h2.500M7.800 7a1.500 1.500 0 1 1 0 3 1.500 1.500 0 0 1 0-3ZM5.500 13c.300-1.300 1.200-2 2.300-2s2 .700 2.300 2";
/// A speech bubble: only in the chat.
pub const CHAT: &str = "M4.500 4.500h11A1.500 1.500 0 0 1 17 6v6a1.500 1.500 0 0 1-1.500 1.500H9l-3.500 3v-3h-1A1.500 1.500 0 0 1 3 12V6a1.500 1.500 0 0 1 1.500-1.500Z";
pub const CHECK: &str = "m4.5 10.5 3.5 3.5 7.5-8";
pub const CHEVRON: &str = "m5.5 8 4.5 4.5L14.5 8";
pub const CLOCK: &str = "M10 3.5a6.5 6.5 0 1 1 0 13 6.5 6.5 0 0 1 0-13ZM10 6.5V10l2.3 1.5";
pub const CLOSE: &str = "m5.5 5.5 9 9m0-9-9 9";
pub const DOWN: &str = "M10 4v12m-5-5 5 5 5-5";
pub const EXCLAMATION: &str = "M10 3.5a6.5 6.5 0 1 1 0 13 6.5 6.5 0 0 1 0-13ZM10 6.8v3.7m0 2.6v.1";
pub const GLOBE: &str = "M10 3.5a6.5 6.5 0 1 1 0 13 6.5 6.5 0 0 1 0-13ZM3.5 10h13M10 3.500c1.900 2 2.700 4.100 2.700 6.500\
                         s-.8 4.500-2.700 6.500c-1.900-2-2.700-4.100-2.700-6.500s.8-4.500 2.700-6.500Z";
pub const HOME: &str = "M3 10l7-6 7 6M4.5 9v5.5A1.5 1.5 0 0 0 6 16h8a1.5 1.5 0 0 0 1.5-1.5V9";
pub const HOME_OFF: &str = "M4.5 9v5.500A1.500 1.500 0 0 0 6 16h8.500M3 10l3-2.600m2.200-1.900L10 4l7 6\
                            m-2 .500v3M3.500 3.500l13 13";
pub const INBOX: &str = "M3.5 11.5 5.6 5A1.5 1.5 0 0 1 7 4h6a1.5 1.5 0 0 1 1.4 1l2.1 6.5v3A1.5 1.5 0 0 1 \
                         15 16H5a1.5 1.5 0 0 1-1.5-1.5v-3Zm0 0h3.6l1 2h3.8l1-2h3.6";
pub const KEYBOARD: &str = "M4 5.500h12A1.500 1.500 0 0 1 17.500 7v6a1.500 1.500 0 0 1-1.500 1.500H4A1.500 1.500 0 0 1 \
                            2.500 13V7A1.500 1.500 0 0 1 4 5.500ZM5.500 8.500h.1m2.900 0h.1m2.900 0h.1m2.900 0h.1\
                            M7 11.500h6";
pub const LAMP: &str = "M10 2.5v3M4 12a6 6 0 0 1 12 0H4Zm6 3v2.5M6 15l-1 2m9-2 1 2";
pub const LOCK: &str = "M6.5 9h7a2 2 0 0 1 2 2v3a2 2 0 0 1-2 2h-7a2 2 0 0 1-2-2v-3a2 2 0 0 1 2-2Z\
                        M7 9V6.8a3 3 0 0 1 6 0V9";
pub const MAIL: &str = "M4.500 5h11A1.500 1.500 0 0 1 17 6.500v7a1.500 1.500 0 0 1-1.500 1.500h-11A1.500 1.500 0 0 1 3 13.500v-7A1.500 1.500 0 0 1 4.500 5Zm-1 1.500L10 11l6.500-4.500";
pub const MORE: &str = "M5 10h.1m4.900 0h.1m4.900 0h.1";
pub const NOTE: &str = "M6 3.500h8A1.500 1.500 0 0 1 15.500 5v7l-4.500 4.500H6A1.500 1.500 0 0 1 4.500 15V5A1.500 \
                        1.500 0 0 1 6 3.500Zm5 13V13.500A1.500 1.500 0 0 1 12.500 12h3M7.500 7h5m-5 3h3";
pub const OFF: &str = "m3.5 3.5 13 13M7.2 12.4a4 4 0 0 1 4.7-.8M4.5 9.6a8 8 0 0 1 3-1.7m3.6-.4\
                       a8 8 0 0 1 4.4 2.1M10 15.4v.1";
pub const PAGE: &str = "M6 3.500h5.500L15 7v8a1.500 1.500 0 0 1-1.500 1.500H6A1.500 1.500 0 0 1 4.500 15V5A1.500 1.500 0 0 1 6 3.500Zm5.500 0V7H15";
pub const PENCIL: &str = "m4 16 .700-3.200 8.400-8.400a1.600 1.600 0 0 1 2.300 0l.200.200a1.600 1.600 0 0 1 0 2.300l-8.400 8.400L4 16Zm8-10.500 2.500 2.500";
pub const PHONE: &str = "M7 3.500 8.500 7 7 8.500a9 9 0 0 0 4.500 4.500L13 11.500l3.500 1.500v2.500a1 1 0 0 1-1 1C9 16.500 3.500 11 3.500 4.500a1 1 0 0 1 1-1H7Z";
pub const PLUS: &str = "M10 4.500v11M4.500 10h11";
pub const QUESTION: &str = "M10 3.500a6.500 6.500 0 1 1 0 13 6.500 6.500 0 0 1 0-13ZM8 8.200a2 2 0 1 1 2.800 1.900c-.600.300-.800.600-.800 1.200m0 2v.1";
pub const ROWS: &str = "M3.500 5h13m-13 5h13m-13 5h13";
pub const OFF_LIMITS: &str =
    "M10 3.5a6.500 6.500 0 1 1 0 13 6.500 6.500 0 0 1 0-13ZM5.500 5.500l9 9";
pub const SETTINGS: &str = "M3.5 6.5h6m4 0h3m-13 7h3m4 0h6M11.500 4.500a2 2 0 1 1 0 4 2 2 0 0 1 0-4Z\
                            M8.500 11.500a2 2 0 1 1 0 4 2 2 0 0 1 0-4Z";
pub const SHIELD: &str = "M10 3 4.500 5v4.500c0 3.500 2.300 6.100 5.500 7.500 3.200-1.400 5.500-4 5.500-7.500V5L10 3Zm-2.500 7 1.800 1.800 3.200-3.600";
pub const SIGN_OUT: &str =
    "M8 4H5.5A1.5 1.5 0 0 0 4 5.5v9A1.5 1.5 0 0 0 5.5 16H8m4.5-3 3-3-3-3m3 3H8";
pub const UNDO: &str = "M7.500 4 4 7.500 7.500 11M4 7.500h8a4 4 0 0 1 0 8H8";
pub const USER: &str = "M10 4a3 3 0 1 1 0 6 3 3 0 0 1 0-6ZM4 16.5c.6-3 3-4.5 6-4.5s5.4 1.5 6 4.5";

/// Draws an icon, hidden from screen readers, which read the text beside it.
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
            class=if path == BACK || path == SIGN_OUT || path == UNDO { "flip" } else { "" }
        >
            <path d=path />
        </svg>
    }
}
