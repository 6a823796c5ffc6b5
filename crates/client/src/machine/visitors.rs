//! For agents: what visitors are called.

use porchlight_protocol::ConversationId;
use porchlight_protocol::person::VisitorName;

use super::Machine;
use crate::effect::{Change, Step};
use crate::names::Names;

impl Machine {
    /// What visitors are called, as far as this client was told.
    pub fn names(&self) -> &Names {
        &self.names
    }

    /// Takes names over, and reports the conversations of the visitors who are called otherwise now.
    pub(super) fn hear_names(
        &mut self,
        names: impl IntoIterator<Item = VisitorName>,
        step: &mut Step,
    ) {
        for name in names {
            let id = name.id.clone();
            let stood = self.names.get(&id).map_or(0, |known| known.standing);
            let stands_anew = name.standing > stood;
            if !self.names.hear(name) {
                continue;
            }
            if stands_anew {
                step.change(Change::Standing(id.clone()));
            }
            let all = self.threads.values().map(|thread| &thread.conversation);
            let theirs = all.filter(|conversation| conversation.visitor == id);
            let theirs: Vec<ConversationId> = theirs.map(|it| it.id.clone()).collect();
            for conversation in theirs {
                self.line(&conversation, step);
                step.change(Change::List);
            }
        }
    }
}
