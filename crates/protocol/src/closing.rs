//! Closing: what a site has set, and what a visitor sees of a closed conversation.
//!
//! By default a visitor is told nothing of a closing. Three independent options change that; each of
//! the eight combinations is meant. `docs/closing.md` says the same in the words of a site owner.

use serde::Serialize;

use crate::conversation::{Conversation, Status};
use crate::event::Author;
use crate::text::{self, TextError};
use crate::{Revision, from_json};

/// What the notice says until the site says something else.
pub const DEFAULT_NOTICE: &str =
    "This conversation has been closed. Thank you for talking with us!";

/// What a site has set on its page *Close Conversations*. All off by default.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ClosingSettings {
    /// Closed conversations leave the visitor's Home when the page is loaded again.
    pub hide_closed: bool,
    /// The live chat field goes when the conversation is closed, at once.
    pub disable_field: bool,
    /// A notice is shown when the conversation is closed, at once.
    pub notice: bool,
    /// What the notice says; kept while it is off.
    pub notice_text: String,
}

impl Default for ClosingSettings {
    fn default() -> Self {
        ClosingSettings {
            hide_closed: false,
            disable_field: false,
            notice: false,
            notice_text: DEFAULT_NOTICE.to_owned(),
        }
    }
}

impl ClosingSettings {
    /// The settings with their text cleaned, or why the text can't be the notice.
    pub fn checked(self) -> Result<Self, TextError> {
        let notice_text = text::notice(&self.notice_text)?;
        Ok(ClosingSettings { notice_text, ..self })
    }

    /// What is in force. `hide_closed_since` is the commit that switched hiding on.
    pub fn policy(&self, hide_closed_since: Revision) -> Policy {
        Policy {
            hide_closed_since: self.hide_closed.then_some(hide_closed_since),
            disable_field: self.disable_field,
            notice: self.notice.then(|| self.notice_text.clone()),
        }
    }
}

/// What is in force on a site, as its clients know it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Policy {
    /// Hide what is closed from clients that booted after this commit, the one that switched it on.
    /// So neither a closing nor a change of settings takes away what somebody is looking at.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hide_closed_since: Option<Revision>,
    /// Remove the field of what is closed, and refuse messages to it.
    pub disable_field: bool,
    /// The notice to show, as plain text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub notice: Option<String>,
}

/// What a visitor sees of a conversation, as far as closing decides it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct VisitorView {
    /// It stands on Home, and its thread can be opened.
    pub listed: bool,
    /// Home says *Closed* beside it.
    pub marked_closed: bool,
    /// The live chat field is there. If not, "Start a new conversation" stands in its place.
    pub field: bool,
    /// Where the notice is, if it is shown.
    pub notice: Option<NoticePlace>,
}

/// Where the closed notice stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoticePlace {
    /// A line at the end of the thread.
    Thread,
    /// Where the live chat field was.
    Field,
}

/// What a visitor whose client booted at `booted` sees of the conversation under the policy of now.
pub fn visitor_view(conversation: &Conversation, policy: &Policy, booted: Revision) -> VisitorView {
    let Status::Closed { by, revision, .. } = &conversation.status else {
        return VisitorView { listed: true, marked_closed: false, field: true, notice: None };
    };
    let hidden =
        policy.hide_closed_since.is_some_and(|since| booted >= since && booted >= *revision);
    let field = !policy.disable_field;
    VisitorView {
        // What visitors closed themselves leaves their Home at once.
        listed: !hidden && *by != Author::Visitor,
        marked_closed: policy.disable_field || policy.notice.is_some(),
        field,
        notice: policy
            .notice
            .as_ref()
            .map(|_| if field { NoticePlace::Thread } else { NoticePlace::Field }),
    }
}

from_json!(strict struct ClosingSettings { hide_closed, disable_field, notice, notice_text });
from_json!(struct Policy { hide_closed_since: optional, disable_field, notice: optional });
