//! Closing: what a visitor sees of a closed conversation, and when a conversation closes by itself.
//!
//! By default a closing changes nothing for the visitor. Three independent options change that, the first of
//! which has an option of its own; each of the twelve combinations is supported. `docs/closing.md` explains
//! them to site owners.

use serde::Serialize;

use crate::conversation::{Conversation, Kind, Status};
use crate::hours::Away;
use crate::notice::{self, Notice, Shown};
use crate::{Millis, Revision, from_json};

/// The closing settings in force on a site, as its clients receive them. Made by
/// [`crate::ClosingSettings::policy`].
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Policy {
    /// Seconds without activity after which a live chat closes by itself; absent: never.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub live_closes_after_s: Option<u64>,
    /// The same for a conversation with a bot.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bot_closes_after_s: Option<u64>,
    /// Seconds before that closing at which the visitor is warned; absent: no warning.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub warn_before_s: Option<u64>,
    /// Closed conversations are hidden from clients that booted after this commit, which switched hiding on.
    /// So neither a closing nor a change of settings removes what a visitor is looking at.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hide_closed_since: Option<Revision>,
    /// Unread conversations are hidden only from clients that booted after the visitor had read them.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub keep_unread: bool,
    /// The commit that switched `keep_unread` off last: clients that booted before it go on showing what they
    /// show. Absent if that was before `hide_closed_since`, or never.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hide_unread_since: Option<Revision>,
    /// True if closed conversations have no live chat field and refuse the visitor's messages.
    pub disable_field: bool,
    /// True if the site has switched its live chat off: visitors write to bots alone. On every plan.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub live_chat_off: bool,
    /// True if visitors see when the team has seen their last message. On every plan.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub read_receipts: bool,
    /// When the site is away by its opening hours, in the next weeks, in order. On every plan.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub away: Vec<Away>,
    /// The closed notice, one per language; the first is the default. Absent: no notice is shown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub notices: Option<Vec<Notice>>,
}

impl Policy {
    /// Seconds without activity after which a conversation of this kind closes by itself.
    pub fn closes_after_s(&self, kind: &Kind) -> Option<u64> {
        match kind {
            Kind::Live => self.live_closes_after_s,
            Kind::Bot(_) => self.bot_closes_after_s,
            Kind::Other => None,
        }
    }

    /// True if this conversation takes what the visitor writes, as far as live chat goes: while it is off, only those
    /// do that are with a bot.
    pub fn is_live(&self, conversation: &Conversation) -> bool {
        !self.live_chat_off || conversation.is_with_bot()
    }

    /// True if hiding applies to a client that booted at `booted`.
    pub fn hides(&self, booted: Revision) -> bool {
        self.hide_closed_since.is_some_and(|since| booted >= since)
    }

    /// True if closed conversations are hidden from the next boot, read or not.
    pub fn hides_unread(&self) -> bool {
        self.hide_closed_since.is_some() && !self.keep_unread
    }

    /// True if `keep_unread` applies to a client that booted at `booted`.
    pub fn keeps_unread(&self, booted: Revision) -> bool {
        self.keep_unread || self.hide_unread_since.is_some_and(|since| booted < since)
    }
}

/// What the closing policy lets a visitor see of a conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct VisitorView {
    /// True if Home lists it, so that its thread can be opened.
    pub listed: bool,
    /// True if Home marks it *Closed*.
    pub marked_closed: bool,
    /// True if it has the live chat field. If not, something else takes its place: *Start a new conversation*, unless
    /// live chat is off.
    pub field: bool,
    /// The place of the notice, if it is shown. [`notice()`] returns its text.
    pub notice: Option<NoticePlace>,
}

impl VisitorView {
    /// The view of every open conversation while live chat is on.
    pub const OPEN: VisitorView =
        VisitorView { listed: true, marked_closed: false, field: true, notice: None };
}

/// The place of the closed notice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoticePlace {
    /// A line at the end of the thread.
    Thread,
    /// In place of the live chat field.
    Field,
}

/// What a visitor whose client booted at `booted` sees of the conversation under the current policy.
pub fn visitor_view(conversation: &Conversation, policy: &Policy, booted: Revision) -> VisitorView {
    let is_live = policy.is_live(conversation);
    let Status::Closed { revision, .. } = &conversation.status else {
        return VisitorView { field: is_live, ..VisitorView::OPEN };
    };
    let over = match policy.keeps_unread(booted) {
        true => conversation.closed_and_read(),
        false => Some(*revision),
    };
    let hidden = policy.hides(booted) && over.is_some_and(|over| booted >= over);
    let field = is_live && !policy.disable_field;
    VisitorView {
        // A conversation that the visitor has closed or dismissed leaves their Home at once.
        listed: !hidden && !conversation.is_put_away(),
        marked_closed: policy.disable_field || policy.notices.is_some(),
        field,
        notice: policy
            .notices
            .as_ref()
            .map(|_| if field { NoticePlace::Thread } else { NoticePlace::Field }),
    }
}

/// The closed notice of this conversation for a visitor who reads `language` (a BCP 47 tag), on the site with
/// the name `site`. `None` if no notice is shown.
pub fn notice(
    conversation: &Conversation,
    policy: &Policy,
    language: &str,
    site: &str,
) -> Option<Shown> {
    let notices = policy.notices.as_ref().filter(|_| conversation.is_closed())?;
    Some(match notice::choose(notices, language) {
        Some(text) => Shown::Own(notice::fill(text, conversation, site)),
        None => Shown::Default,
    })
}

/// When the conversation closes by itself, by the server's clock, without further activity. `None` if it is
/// closed, or never closes by itself.
pub fn closes_at(conversation: &Conversation, policy: &Policy) -> Option<Millis> {
    if conversation.status != Status::Open {
        return None;
    }
    let after_ms = millis(policy.closes_after_s(&conversation.kind)?);
    Some(conversation.active_at.saturating_add(after_ms))
}

/// When the warning before that closing starts; may be in the past. `None` if there is no warning.
pub fn warns_at(conversation: &Conversation, policy: &Policy) -> Option<Millis> {
    let before_ms = millis(policy.warn_before_s?);
    Some(closes_at(conversation, policy)?.saturating_sub(before_ms))
}

/// The time until a closing, rounded for display: the same for visitor and agent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TimeLeft {
    /// Less than a minute.
    Moments,
    /// Minutes, fewer than 60.
    Minutes(u64),
    /// Hours, fewer than 48.
    Hours(u64),
    /// Days.
    Days(u64),
}

/// Milliseconds before a closing from which on the time left is [`TimeLeft::Moments`].
pub const LAST_HALF_MS: u64 = 30_000;

/// Rounds milliseconds to a [`TimeLeft`]. Minutes are rounded up, with a second of tolerance, because timers
/// fire a little late and clocks differ. Hours and days are rounded down.
pub fn time_left(ms: u64) -> TimeLeft {
    if ms <= LAST_HALF_MS {
        return TimeLeft::Moments;
    }
    let minutes = ms.saturating_add(59_000) / 60_000;
    match minutes / 60 {
        0 => TimeLeft::Minutes(minutes),
        hours @ 1..48 => TimeLeft::Hours(hours),
        hours => TimeLeft::Days(hours / 24),
    }
}

/// Seconds as milliseconds.
pub fn millis(seconds: u64) -> Millis {
    Millis::try_from(seconds.saturating_mul(1_000)).unwrap_or(Millis::MAX)
}

from_json!(struct Policy {
    disable_field, live_chat_off: optional, read_receipts: optional, away: each_or_none,
    live_closes_after_s: optional, bot_closes_after_s: optional, warn_before_s: optional,
    hide_closed_since: optional, keep_unread: optional, hide_unread_since: optional, notices: each_of_some,
});
