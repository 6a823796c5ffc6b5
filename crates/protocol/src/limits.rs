//! Limits on all input from outside, with the reason for each number.

use crate::Millis;

/// Characters in one message. Long enough for a pasted log, short enough to render at once.
pub const MESSAGE_CHARS_MAX: usize = 4_000;

/// Characters of a message shown in a list: one line of the widest list, with some to spare.
pub const PREVIEW_CHARS_MAX: usize = 160;

/// Characters in the closed notice: a short paragraph, because it may take the place of the field.
pub const NOTICE_CHARS_MAX: usize = 500;

/// Characters of a choice, which is a button.
pub const CHOICE_CHARS_MAX: usize = 60;

/// Choices of a question: more are a list that nobody reads.
pub const CHOICES_MAX: usize = 12;

/// Characters in the name of a site, an agent or a bot: one line of a list.
pub const NAME_CHARS_MAX: usize = 80;

/// Bots of a site, of those that its admins add: one for each section of a large site, and some to try.
pub const BOTS_MAX: usize = 20;

/// Patterns for the pages on which a bot greets: one for each section of a large site. The widget's document has those of
/// all bots.
pub const GREETING_PAGES_MAX: usize = 30;

/// Characters of such a pattern: long for a path.
pub const PAGE_CHARS_MAX: usize = 200;

/// Languages in which a bot greets: as many as the chat speaks.
pub const GREETING_LANGUAGES_MAX: usize = 30;
/// Versions of a bot's flow that are kept, the newest ones, beside those that conversations go by: some weeks of somebody
/// who changes a flow every other day. Each may have 256 KB.
pub const FLOW_VERSIONS_KEPT: usize = 10;

/// Characters in one of the chat's texts in a site's own words: most are labels of a few words, the longest a short
/// paragraph.
pub const OWN_TEXT_CHARS_MAX: usize = 300;

/// Languages of the closed notice. They are sent to every client: at the limit, with texts of maximal
/// length in four-byte characters, they take 60 KB.
pub const NOTICE_LANGUAGES_MAX: usize = 30;

/// Characters in a language tag: the length that RFC 5646 §4.4.1 asks implementations to support.
pub const LANGUAGE_CHARS_MAX: usize = 35;

/// Seconds of the shortest period after which conversations close by themselves: one minute. With less
/// they would close while a visitor is typing.
pub const AUTO_CLOSE_AFTER_S_MIN: u64 = 60;

/// Seconds of the longest such period: one year.
pub const AUTO_CLOSE_AFTER_S_MAX: u64 = 365 * 24 * 60 * 60;

/// Seconds of the shortest warning: long enough to read it.
pub const WARN_BEFORE_S_MIN: u64 = 60;

/// Seconds of the longest warning: a day. A longer one would look like a permanent part of the thread.
pub const WARN_BEFORE_S_MAX: u64 = 24 * 60 * 60;

/// Characters of a time zone's name; the longest has 30.
pub const ZONE_CHARS_MAX: usize = 64;

/// Times at which a site is open on one day of the week.
pub const SPANS_OF_A_DAY_MAX: usize = 4;

/// Days on which a site is closed all the same: holidays of some years.
pub const HOLIDAYS_MAX: usize = 100;

/// Bytes in one request body or client frame. A message of maximal length fits, even in four-byte
/// characters that are all escaped.
pub const BODY_BYTES_MAX: usize = 64 * 1024;

/// Events in one page of a log; a client requests the next page for more.
pub const PAGE_EVENTS_MAX: usize = 200;

/// Conversations in one welcome or listing. A visitor with more of them sees the latest.
pub const PAGE_CONVERSATIONS_MAX: usize = 200;

/// Unread messages that are counted exactly; with more, a badge reads "99+".
pub const UNREAD_MAX: usize = 100;

/// Open conversations of one visitor: far more than a person needs, far fewer than a flood.
pub const OPEN_CONVERSATIONS_MAX: usize = 50;

/// Seconds that a long poll may wait: below the usual timeouts of proxies, 30 to 60 s.
pub const POLL_WAIT_SECONDS_MAX: u64 = 25;

/// Milliseconds between two beacons, the heartbeat of a socket.
pub const BEACON_EVERY_MS: u64 = 20_000;

/// Milliseconds without any frame after which a client treats its socket as dead: two missed beacons
/// and some grace.
pub const SILENCE_MAX_MS: u64 = 45_000;

/// Messages in a client's outbox at once.
pub const OUTBOX_MAX: usize = 100;

/// Milliseconds between two tellings of somebody who goes on typing.
pub const TYPING_EVERY_MS: Millis = 3_000;

/// Milliseconds for which a telling holds: one that is lost in between does not flicker.
pub const TYPING_FOR_MS: Millis = 7_000;

/// Characters of a password, at least.
pub const PASSWORD_CHARS_MIN: usize = 8;

/// Bytes of an e-mail address: what SMTP lets one have.
pub const EMAIL_BYTES_MAX: usize = 320;

/// Characters of the note beside an invitation.
pub const INVITATION_NOTE_CHARS_MAX: usize = 120;

/// Open invitations of a site: a large team that is invited at once.
pub const INVITATIONS_MAX: usize = 50;

/// Characters of the note beside a block: a sentence or two, for the team.
pub const BLOCK_NOTE_CHARS_MAX: usize = 300;

/// Seconds for which the network of a blocked visitor is blocked, too, at least: a minute.
pub const NETWORK_BLOCK_S_MIN: u32 = 60;

/// Seconds for which it is blocked at most: 30 days, because addresses change hands.
pub const NETWORK_BLOCK_S_MAX: u32 = 30 * 24 * 60 * 60;

/// Blocked visitors in one page of their list.
pub const BLOCKED_PAGE: usize = 50;

/// Entries in one page of the audit log.
pub const AUDIT_PAGE: usize = 50;

/// Days for which closed conversations are kept, at least: a month, in which somebody may still ask for one.
pub const RETENTION_DAYS_MIN: u32 = 30;

/// Days for which they are kept, at most: ten years, the longest that laws on business letters ask for.
pub const RETENTION_DAYS_MAX: u32 = 3_653;

/// Milliseconds for which an invitation can be accepted: 7 days.
pub const INVITATION_MS: Millis = 7 * 24 * 60 * 60 * 1000;

/// Milliseconds for which a link leads a visitor back to a conversation: 30 days, as long as somebody may be on holiday.
pub const RETURN_LINK_MS: Millis = 30 * 24 * 60 * 60 * 1000;

/// Attributes of a visitor: a dozen that a shop has, and some that bots ask for.
pub const ATTRIBUTES_MAX: usize = 50;

/// Characters of an attribute's key.
pub const ATTRIBUTE_KEY_CHARS_MAX: usize = 40;

/// Characters of an attribute's text: a line of the inbox's sidebar, or a long address.
pub const ATTRIBUTE_CHARS_MAX: usize = 255;

/// The largest number of an attribute, and with a minus the smallest: what JavaScript counts exactly.
pub const ATTRIBUTE_NUMBER_MAX: i64 = (1 << 53) - 1;

/// Characters of the id that a site's back end has for a person: what fits a database's usual column.
pub const EXTERNAL_ID_CHARS_MAX: usize = 255;

/// Characters of a telephone number: the 15 digits of E.164, and what people write between them.
pub const PHONE_CHARS_MAX: usize = 40;

/// Characters of a referrer; what is longer is cut.
pub const REFERRER_CHARS_MAX: usize = 300;

/// Questions that a live chat asks: more would be a form, which few fill in.
pub const QUESTIONS_MAX: usize = 5;

/// Characters of such a question: two sentences.
pub const QUESTION_CHARS_MAX: usize = 300;
/// Pages of a visit that are kept: more than an agent reads, and little to write with each.
pub const VISIT_PAGES_MAX: usize = 20;

/// Milliseconds without a page after which a visit has ended: half an hour, as web analytics count.
pub const VISIT_ENDS_AFTER_MS: Millis = 30 * 60 * 1_000;

/// Characters of a page's title; what is longer is cut.
pub const PAGE_TITLE_CHARS_MAX: usize = 200;

/// Bytes of a picture that an agent chooses: what a telephone's camera makes.
pub const PICTURE_BYTES_MAX: usize = 5_000_000;

/// Pixels of such a picture: a telephone's 24 megapixels. They are all in memory while the picture is made small.
pub const PICTURE_PIXELS_MAX: u64 = 25_000_000;

/// Width and height, in pixels, of a picture as it is stored: the largest that is shown, on a dense screen.
pub const PICTURE_SIDE: u32 = 128;

/// Secrets of a site at once: the one in use, the one before, and one to spare.
pub const IDENTITY_SECRETS_MAX: usize = 3;

/// Hours in which a secret may retire: a year.
pub const SECRET_RETIRES_HOURS_MAX: u32 = 8_760;

/// Characters of a public key as PEM; one for ES256 has 178.
pub const PUBLIC_KEY_CHARS_MAX: usize = 1_000;

/// Seconds by which a JWT may have expired all the same: clocks differ.
pub const JWT_LEEWAY_S: i64 = 60;

/// Conversations that a device may bring along when its visitor is identified as a person whom the site knows from other
/// devices: they move in one transaction.
pub const JOINED_CONVERSATIONS_MAX: usize = 200;
