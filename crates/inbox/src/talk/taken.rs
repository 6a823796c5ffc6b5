//! Removal of the field while the agent is writing: another agent takes over, the visitor or the timer closes,
//! or the conversation no longer exists.

use leptos::prelude::*;

use crate::app::{App, Fill, TalkState};
use crate::talk::draft::Field;
use crate::talk::history;
use crate::talk::typing::Typing;

impl App {
    /// Handles the removal of the reply field, or with `both` also of the note field. True if the agent was
    /// writing in it: then keys are ignored, and an ARIA alert says what happened.
    pub fn lose_field(self, both: bool) -> bool {
        let field = self.composer.field.get_untracked();
        if field == Field::Note && !both {
            return false;
        }
        let has_draft = self.fill(field).get_untracked() != Fill::Empty;
        let (words, wanted) = self.talk.with_untracked(|talk| {
            let gone = talk.as_ref().is_none_or(|talk| talk.state == TalkState::Gone);
            let known = talk.as_ref().and_then(|talk| talk.conversation.as_ref());
            let known = known.filter(|_| !gone);
            let wanted = known.is_some_and(|known| history::is_closed_by(known, &self.me()));
            (history::taken(known, &self.me(), has_draft), wanted)
        });
        if wanted && !has_draft {
            // The agent has closed it themselves, and left no draft.
            self.gate.typing.update_value(Typing::moved);
            return false;
        }
        let taken = self.gate.typing.try_update_value(Typing::taken) == Some(true);
        if taken {
            self.composer.taken.set(Some(words));
        }
        taken
    }

    /// Dismisses the alert: the field is back, or the agent has dismissed it.
    pub fn forget_taken(self) {
        if self.composer.taken.with_untracked(Option::is_some) {
            self.composer.taken.set(None);
        }
    }

    /// True if the agent was writing when the field was removed, and has done nothing since.
    pub fn waits_for_field(self) -> bool {
        self.gate.typing.with_value(Typing::is_held)
    }

    /// True, once, if the agent has acted in the open conversation since the last call.
    pub fn has_acted(self) -> bool {
        self.acts.acted.try_update_value(std::mem::take) == Some(true)
    }
}
