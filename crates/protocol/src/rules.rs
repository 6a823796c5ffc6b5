//! The rules for appending: which acts an actor may do, and which events they append.
//!
//! The server calls [`decide`] inside the transaction that appends; widget and inbox call it to know
//! what to offer. One function, one authority.

use crate::act::Act;
use crate::closing::Policy;
use crate::conversation::{Conversation, Kind, Status};
use crate::event::{Author, EventBody, Member};
use crate::limits::CHOICES_MAX;
#[cfg(feature = "team")]
use crate::questions;
use crate::text::{self, TextError};
use crate::{ErrorCode, Seq};

/// Why an act was refused. A refused act changes nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// The conversation is closed, and this act of this actor does not re-open it.
    ConversationClosed,
    /// The agent does not own the conversation, and may not reply to it or close it.
    ClaimRequired,
    /// The owner is not the one whom the claiming agent saw.
    ClaimedByOther {
        /// The owner now, if any.
        owner: Option<Member>,
    },
    /// The visitor has written since the event that the closer saw last.
    NewMessages {
        /// The `seq` of their newest message.
        seq: Seq,
    },
    /// The site has switched live chat off, and no bot answers here.
    LiveChatOff,
    /// This kind of actor may not do this here.
    NotAllowed,
    /// There are no choices, too many, or two that say the same.
    Choices,
    /// The text is empty or too long.
    Text(TextError),
    /// The conversation's texts were erased.
    #[cfg(feature = "team")]
    Erased,
}

impl Refusal {
    /// The error code on the wire.
    pub fn code(&self) -> ErrorCode {
        match self {
            Refusal::ConversationClosed => ErrorCode::ConversationClosed,
            Refusal::ClaimRequired => ErrorCode::ClaimRequired,
            Refusal::ClaimedByOther { .. } => ErrorCode::ClaimedByOther,
            Refusal::NewMessages { .. } => ErrorCode::NewMessages,
            Refusal::LiveChatOff => ErrorCode::LiveChatOff,
            Refusal::NotAllowed => ErrorCode::NotAllowed,
            Refusal::Choices => ErrorCode::ChoicesInvalid,
            Refusal::Text(error) => error.code(),
            #[cfg(feature = "team")]
            Refusal::Erased => ErrorCode::VisitorErased,
        }
    }
}

/// The events that an act appends to a conversation in its current state, in order; empty if there is nothing
/// to change.
///
/// The event that the act is about is the last one, or with [`Act::MessageAndClose`] the message.
/// Closing twice and re-opening twice are no-ops for all actors, with one exception: a visitor who closes a
/// conversation that the team or the timer has closed removes it from their Home.
pub fn decide(
    conversation: &Conversation,
    actor: &Author,
    act: &Act,
    policy: &Policy,
) -> Result<Vec<EventBody>, Refusal> {
    // Nothing new is written about who was erased. Whoever leaves the team gives it up all the same.
    #[cfg(feature = "team")]
    if conversation.erased && !matches!(act, Act::Close { .. } | Act::Unclaim) {
        return Err(Refusal::Erased);
    }
    match actor {
        Author::Visitor => visitor(conversation, act, policy),
        Author::Agent(agent) => self::agent(conversation, agent, act),
        Author::Bot(bot) => self::bot(conversation, bot, act),
        Author::Timer => timer(conversation, act),
        Author::Withheld | Author::Other => Err(Refusal::NotAllowed),
    }
}

fn visitor(
    conversation: &Conversation,
    act: &Act,
    policy: &Policy,
) -> Result<Vec<EventBody>, Refusal> {
    match act {
        Act::Message { .. } if !policy.is_live(conversation) => Err(Refusal::LiveChatOff),
        Act::Message { text, answers: Some(question) } => {
            let message = message(text)?;
            must_be_open(conversation)?;
            must_be_asked(conversation, *question)?;
            Ok(vec![message])
        }
        Act::Message { text, answers: None } => {
            let message = message(text)?;
            if !conversation.is_closed() {
                Ok(vec![message])
            } else if policy.disable_field {
                Err(Refusal::ConversationClosed)
            } else {
                Ok(vec![EventBody::Reopened, message])
            }
        }
        Act::Close { .. } => Ok(put_away(conversation)),
        Act::Reopen => take_back(conversation),
        Act::KeepOpen => {
            must_be_open(conversation)?;
            Ok(vec![EventBody::KeptOpen])
        }
        Act::Ask { .. }
        | Act::HandOver
        | Act::MessageAndClose { .. }
        | Act::Claim { .. }
        | Act::Unclaim
        | Act::Note { .. } => Err(Refusal::NotAllowed),
    }
}

/// A visitor's close: closes an open conversation, which removes it from their Home. A conversation that the
/// team or the timer has closed is only removed from Home; its closer stays the same.
fn put_away(conversation: &Conversation) -> Vec<EventBody> {
    match (conversation.is_closed(), conversation.is_put_away()) {
        (false, _) => vec![EventBody::Closed],
        (true, false) => vec![EventBody::Dismissed],
        (true, true) => vec![],
    }
}

/// A visitor's re-open: undoes only their own acts. A conversation that the team or the timer closed can only be
/// put back on Home, because the site's settings decide whether a visitor can re-open it.
fn take_back(conversation: &Conversation) -> Result<Vec<EventBody>, Refusal> {
    match &conversation.status {
        Status::Open | Status::Other => Ok(vec![]),
        Status::Closed { by: Author::Visitor, .. } => Ok(vec![EventBody::Reopened]),
        Status::Closed { .. } if conversation.dismissed => Ok(vec![EventBody::Restored]),
        Status::Closed { .. } => Err(Refusal::NotAllowed),
    }
}

fn agent(
    conversation: &Conversation,
    agent: &Member,
    act: &Act,
) -> Result<Vec<EventBody>, Refusal> {
    match act {
        Act::Message { text, answers: None } => {
            let message = message(text)?;
            must_be_open(conversation)?;
            must_own(conversation, agent)?;
            Ok(vec![message])
        }
        Act::MessageAndClose { text, seen } => {
            let message = message(text)?;
            must_be_open(conversation)?;
            must_own(conversation, agent)?;
            must_have_seen(conversation, *seen)?;
            Ok(vec![message, EventBody::Closed])
        }
        Act::Close { .. } if conversation.is_closed() => Ok(vec![]),
        Act::Close { seen } => {
            must_own(conversation, agent)?;
            must_have_seen(conversation, *seen)?;
            Ok(close(conversation))
        }
        Act::Reopen if !conversation.is_closed() => Ok(vec![]),
        Act::Reopen if conversation.is_owned_by(agent) => Ok(vec![EventBody::Reopened]),
        // An agent who re-opens a conversation also claims it.
        Act::Reopen => Ok(vec![assigned(Some(agent)), EventBody::Reopened]),
        Act::Claim { .. } if conversation.is_owned_by(agent) => Ok(vec![]),
        Act::Claim { from } => {
            must_be_open(conversation)?;
            let owner = conversation.assignee.as_ref();
            if owner.map(|owner| &owner.id) == from.as_ref() {
                Ok(vec![assigned(Some(agent))])
            } else {
                Err(Refusal::ClaimedByOther { owner: owner.cloned() })
            }
        }
        Act::Unclaim if conversation.assignee.is_none() => Ok(vec![]),
        Act::Unclaim => {
            must_own(conversation, agent)?;
            Ok(vec![assigned(None)])
        }
        // Whether the bot is still there, the store knows.
        Act::HandOver => {
            must_be_open(conversation)?;
            must_own(conversation, agent)?;
            conversation.silenced_bot().ok_or(Refusal::NotAllowed)?;
            Ok(vec![EventBody::handed_back()])
        }
        // Also in closed conversations and those of other agents, because only agents receive notes.
        Act::Note { text } => {
            text::message(text).map(|text| vec![EventBody::Note { text }]).map_err(Refusal::Text)
        }
        Act::Message { answers: Some(_), .. } | Act::KeepOpen | Act::Ask { .. } => {
            Err(Refusal::NotAllowed)
        }
    }
}

/// A bot may write to and close its own conversations, until an agent claims them.
fn bot(conversation: &Conversation, bot: &Member, act: &Act) -> Result<Vec<EventBody>, Refusal> {
    #[cfg(feature = "team")]
    if conversation.kind == Kind::Live && questions::is_asker(bot) {
        return asker(conversation, act);
    }
    let own = matches!(&conversation.kind, Kind::Bot(member) if member.id == bot.id);
    if !own || conversation.assignee.is_some() {
        return Err(Refusal::NotAllowed);
    }
    match act {
        Act::HandOver if conversation.handed_over => Ok(vec![]),
        Act::HandOver => {
            must_be_open(conversation)?;
            Ok(vec![assigned(None)])
        }
        Act::Close { .. } if conversation.is_closed() => Ok(vec![]),
        Act::Close { seen } => {
            must_have_seen(conversation, *seen)?;
            Ok(close(conversation))
        }
        _ => writes(conversation, act),
    }
}

/// What bots may write, and who asks in a live chat: messages and questions, while it is open.
fn writes(conversation: &Conversation, act: &Act) -> Result<Vec<EventBody>, Refusal> {
    match act {
        Act::Message { text, answers: None } => {
            let message = message(text)?;
            must_be_open(conversation)?;
            Ok(vec![message])
        }
        Act::Ask { text, choices } => {
            let text = text::message(text).map_err(Refusal::Text)?;
            let choices = self::choices(choices)?;
            must_be_open(conversation)?;
            Ok(vec![EventBody::asking(text, choices)])
        }
        _ => Err(Refusal::NotAllowed),
    }
}

/// Who asks in a live chat may only write to it, until an agent claims it.
#[cfg(feature = "team")]
fn asker(conversation: &Conversation, act: &Act) -> Result<Vec<EventBody>, Refusal> {
    if conversation.assignee.is_some() {
        return Err(Refusal::NotAllowed);
    }
    writes(conversation, act)
}

/// The timer may only close. The store checks that the conversation is due (see [`crate::closing::closes_at`]).
fn timer(conversation: &Conversation, act: &Act) -> Result<Vec<EventBody>, Refusal> {
    match act {
        Act::Close { .. } => Ok(close(conversation)),
        _ => Err(Refusal::NotAllowed),
    }
}

fn message(text: &str) -> Result<EventBody, Refusal> {
    text::message(text).map(EventBody::message).map_err(Refusal::Text)
}

/// The choices of a question: some, all different, and not more than [`CHOICES_MAX`].
fn choices(choices: &[String]) -> Result<Vec<String>, Refusal> {
    let mut cleaned: Vec<String> = Vec::with_capacity(choices.len());
    for choice in choices {
        let choice = text::choice(choice).map_err(Refusal::Text)?;
        if cleaned.len() == CHOICES_MAX || cleaned.contains(&choice) {
            return Err(Refusal::Choices);
        }
        cleaned.push(choice);
    }
    if cleaned.is_empty() { Err(Refusal::Choices) } else { Ok(cleaned) }
}

fn close(conversation: &Conversation) -> Vec<EventBody> {
    if conversation.is_closed() { vec![] } else { vec![EventBody::Closed] }
}

fn assigned(to: Option<&Member>) -> EventBody {
    EventBody::assigned(to.cloned())
}

fn must_be_open(conversation: &Conversation) -> Result<(), Refusal> {
    if conversation.is_closed() { Err(Refusal::ConversationClosed) } else { Ok(()) }
}

/// What was chosen already, or answered in other words, is refused: in another tab the visitor was faster.
fn must_be_asked(conversation: &Conversation, question: Seq) -> Result<(), Refusal> {
    if conversation.asked == Some(question) { Ok(()) } else { Err(Refusal::NotAllowed) }
}

fn must_own(conversation: &Conversation, agent: &Member) -> Result<(), Refusal> {
    if conversation.is_owned_by(agent) { Ok(()) } else { Err(Refusal::ClaimRequired) }
}

fn must_have_seen(conversation: &Conversation, seen: Seq) -> Result<(), Refusal> {
    if conversation.visitor_seq > seen {
        Err(Refusal::NewMessages { seq: conversation.visitor_seq })
    } else {
        Ok(())
    }
}
