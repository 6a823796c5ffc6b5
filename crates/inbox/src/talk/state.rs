//! The state of the open conversation: its transcript, its field, and what the agent does with it.

use leptos::prelude::*;
use porchlight_client::RowKey;
use porchlight_client::window::Window;
use porchlight_protocol::{ClientId, ConversationId};

use crate::app::{Closing, Fill, Handing, Line, Seen};
use crate::talk::draft::Field;
use crate::talk::keep::Keeper;

/// The open conversation's transcript.
#[derive(Clone, Copy)]
pub struct Transcript {
    /// The open conversation's lines that are in the document.
    pub lines: RwSignal<Vec<Line>>,
    /// The heights of the spacers before and behind them, in pixels.
    pub spacers_px: RwSignal<(i32, i32)>,
    /// The open conversation's newest row, in the document or not.
    pub newest: RwSignal<Option<RowKey>>,
    /// True if the lines that came into the document last are news, and not what was scrolled to.
    pub live: RwSignal<bool>,
    /// True if the end of the transcript is in view.
    pub at_end: RwSignal<bool>,
    /// True if a new line is below the part in view.
    pub below: RwSignal<bool>,
    /// Which of the open conversation's rows are in the document.
    pub(crate) window: StoredValue<Window>,
    /// Keeps the place that is read in the transcript, and the focus in it.
    pub(crate) keeper: StoredValue<Keeper, LocalStorage>,
    /// The last event of the open conversation that was in view.
    pub(crate) seen: StoredValue<Seen>,
}

impl Transcript {
    /// The state at the start.
    pub fn new() -> Self {
        Self {
            lines: RwSignal::default(),
            spacers_px: RwSignal::default(),
            newest: RwSignal::default(),
            live: RwSignal::new(true),
            at_end: RwSignal::new(true),
            below: RwSignal::new(false),
            window: StoredValue::default(),
            keeper: StoredValue::new_local(Keeper::default()),
            seen: StoredValue::default(),
        }
    }
}

/// The field under it.
#[derive(Clone, Copy)]
pub struct ComposerState {
    /// The shown field: reply or note.
    pub field: RwSignal<Field>,
    /// The fill level of the reply field.
    pub reply_fill: RwSignal<Fill>,
    /// The fill level of the note field.
    pub note_fill: RwSignal<Fill>,
    /// A counter of changes to drafts that did not come from the field.
    pub restored: RwSignal<u32>,
    /// Why the field was removed while the agent was writing in it.
    pub taken: RwSignal<Option<String>>,
}

impl ComposerState {
    /// The state at the start.
    pub fn new() -> Self {
        Self {
            field: RwSignal::new(Field::Reply),
            reply_fill: RwSignal::new(Fill::Empty),
            note_fill: RwSignal::new(Fill::Empty),
            restored: RwSignal::new(0),
            taken: RwSignal::new(None),
        }
    }
}

/// What the agent does with the open conversation.
#[derive(Clone, Copy)]
pub struct ActsState {
    /// Why the last act in the open conversation was refused.
    pub trouble: RwSignal<Option<String>>,
    /// The closing that the agent has to confirm.
    pub asked: RwSignal<Option<Closing>>,
    /// The last closing that the agent asked for.
    pub(crate) closing: StoredValue<Option<Closing>>,
    /// Closings of this agent in flight: the `client_id` of the act or text, and the conversation.
    pub(crate) closings: StoredValue<Vec<(ClientId, ConversationId)>>,
    /// The last hand-back to a bot, while it is in flight.
    pub(crate) handing: StoredValue<Option<Handing>>,
    /// True if the agent has acted in the open conversation since the last check.
    pub(crate) acted: StoredValue<bool>,
}

impl ActsState {
    /// The state at the start.
    pub fn new() -> Self {
        Self {
            trouble: RwSignal::new(None),
            asked: RwSignal::new(None),
            closing: StoredValue::new(None),
            closings: StoredValue::default(),
            handing: StoredValue::default(),
            acted: StoredValue::new(false),
        }
    }
}
