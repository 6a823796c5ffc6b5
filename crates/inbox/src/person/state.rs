//! The state of what is known of visitors.

use leptos::prelude::*;
use porchlight_protocol::person::VisitorRecord;
use porchlight_protocol::privacy::Standing;
use porchlight_protocol::{Member, VisitorId};

use crate::app::Talk;
use crate::person::face::Face;
use crate::person::sidebar::Sidebar;

/// What is known of visitors, and where it is shown.
#[derive(Clone, Copy)]
pub struct VisitorsState {
    /// Where what is known of the visitor is shown.
    pub sidebar: RwSignal<Sidebar>,
    /// The record that a change, or its undo, has concerned last.
    pub changed_record: RwSignal<Option<VisitorRecord>>,
    /// A counter of visitors who were blocked, unblocked or erased, by whomever.
    pub standings: RwSignal<u32>,
    /// The face of the open conversation's visitor.
    pub face: Memo<Option<Face>>,
    /// What the server has said last of a visitor's standing.
    pub standing: RwSignal<Option<(VisitorId, Standing)>>,
    /// The visitors whose names are being asked for.
    pub(crate) asked_names: StoredValue<Vec<VisitorId>>,
}

impl VisitorsState {
    /// The state at the start.
    pub fn begin(me: &Member, talk: RwSignal<Option<Talk>>) -> Self {
        Self {
            sidebar: RwSignal::new(Sidebar::begin(&me.id)),
            changed_record: RwSignal::new(None),
            standings: RwSignal::new(0),
            face: Memo::new(move |_| talk.with(|talk| talk.as_ref()?.face())),
            standing: RwSignal::new(None),
            asked_names: StoredValue::default(),
        }
    }
}
