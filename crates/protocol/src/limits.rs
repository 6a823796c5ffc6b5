//! A limit on everything that comes from outside. One place, with the reason for each number.

/// Characters in one message. Long enough for a pasted log, short enough to render at once.
pub const MESSAGE_CHARS_MAX: usize = 4_000;

/// Characters of a message shown in a list: one line on the widest list, with some to spare.
pub const PREVIEW_CHARS_MAX: usize = 160;

/// Characters in the closed notice: a short paragraph; it stands where the field was.
pub const NOTICE_CHARS_MAX: usize = 500;

/// Characters in the name of a site, an agent or a bot: one line of a list.
pub const NAME_CHARS_MAX: usize = 80;

/// Languages of the closed notice. They go to every client: with all of them full, in characters of
/// four bytes, that is 60 KB.
pub const NOTICE_LANGUAGES_MAX: usize = 30;

/// Characters in a language tag: what RFC 5646 §4.4.1 asks everybody to have room for.
pub const LANGUAGE_CHARS_MAX: usize = 35;

/// Seconds of the shortest period after which conversations close by themselves: one minute. Less
/// would close while somebody types.
pub const AUTO_CLOSE_AFTER_S_MIN: u64 = 60;

/// Seconds of the longest such period: one year.
pub const AUTO_CLOSE_AFTER_S_MAX: u64 = 365 * 24 * 60 * 60;

/// Seconds of the shortest warning: time to read it.
pub const WARN_BEFORE_S_MIN: u64 = 60;

/// Seconds of the longest warning: a day. Longer, it would stand there like a part of the thread.
pub const WARN_BEFORE_S_MAX: u64 = 24 * 60 * 60;

/// Bytes in one request body or client frame. A message of the longest kind in four-byte characters,
/// every one escaped, fits.
pub const BODY_BYTES_MAX: usize = 64 * 1024;

/// Events in one page of history; a client asks again for more.
pub const PAGE_EVENTS_MAX: usize = 200;

/// Conversations in one welcome or listing. A visitor with more sees the latest ones.
pub const PAGE_CONVERSATIONS_MAX: usize = 200;

/// Unread messages that are told apart; beyond it a badge reads "99+".
pub const UNREAD_MAX: usize = 100;

/// Conversations that one visitor may have open at once: far above a person, far below a flood.
pub const OPEN_CONVERSATIONS_MAX: usize = 50;

/// Seconds that a long poll may wait: below the usual 30 to 60 s of proxies.
pub const POLL_WAIT_SECONDS_MAX: u64 = 25;

/// Milliseconds between two beacons on a socket.
pub const BEACON_EVERY_MS: u64 = 20_000;

/// Milliseconds without any frame after which a client takes its socket for dead: two beacons
/// missed and some grace.
pub const SILENCE_MAX_MS: u64 = 45_000;

/// Messages that a client keeps waiting at once in its outbox.
pub const OUTBOX_MAX: usize = 100;
