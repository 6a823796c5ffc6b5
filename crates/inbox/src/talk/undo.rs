//! The toast about the last act, and the undo of a closing.

use leptos::prelude::*;
use porchlight_browser::client_id;
use porchlight_client::{Command, Machine};
use porchlight_protocol::conversation::Status;
use porchlight_protocol::{Act, Author, ClientId, ConversationId};

use crate::app::{App, Toast, Undo};
use crate::list::bulk;
use crate::list::bulk::BulkAct;
use crate::words::{Pattern, Word, fill};

impl App {
    /// Notes that this agent is closing a conversation, by the act or text with this id.
    pub(crate) fn expect_closing(self, client_id: ClientId, id: ConversationId) {
        self.acts.closings.update_value(|closings| closings.push((client_id, id)));
    }

    /// Forgets a pending closing: it was refused or discarded, or its toast has been shown.
    pub(crate) fn forget_closing(self, client_id: &ClientId) {
        self.acts.closings.update_value(|closings| closings.retain(|(name, _)| name != client_id));
    }

    /// Shows a toast for this agent's closings that are in the log by now, and offers Undo while
    /// there is a closing to undo.
    pub(crate) fn show_closings(self, machine: &Machine) {
        let undone = self.toast.with_untracked(|toast| {
            let undo = toast.as_ref().map_or(&[][..], |toast| toast.undo.closed());
            !undo.is_empty() && !undo.iter().any(|id| self.has_closed(machine, id))
        });
        if undone {
            self.toast.set(None);
        }
        let closed: Vec<ConversationId> = self.acts.closings.with_value(|closings| {
            let closed = closings.iter().filter(|(_, id)| self.has_closed(machine, id));
            closed.map(|(_, id)| id.clone()).collect()
        });
        if closed.is_empty() {
            return;
        }
        self.acts.closings.update_value(|closings| closings.retain(|(_, id)| !closed.contains(id)));
        let words = bulk::words::done(BulkAct::Close, closed.len()).unwrap_or_default();
        self.show_toast(words, Undo::Closing(closed), false);
    }

    /// True if this conversation was closed by the signed-in agent.
    pub(crate) fn has_closed(self, machine: &Machine, id: &ConversationId) -> bool {
        let status = machine.conversation(id).map(|known| &known.status);
        let Some(Status::Closed { by: Author::Agent(by), .. }) = status else { return false };
        self.session.with_value(|session| session.agent.id == by.id)
    }

    /// Shows a toast with the result of an act.
    pub(crate) fn tell(self, words: String) {
        self.show_toast(words, Undo::Nothing, false);
    }

    pub(crate) fn show_toast(self, words: String, undo: Undo, busy: bool) {
        if !busy {
            // The key is one of the list, not of the settings.
            let of_list =
                matches!(undo, Undo::Closing(_) | Undo::HandingBack(_) | Undo::Record { .. });
            let by_key = of_list && self.single_keys.get_untracked();
            self.say(match by_key {
                true => fill(Pattern::BulkUndoByKey, &[&words]),
                false => words.clone(),
            });
        }
        let number = self.toasts.get_value().wrapping_add(1);
        self.toasts.set_value(number);
        self.toast.set(Some(Toast { number, words, undo, busy }));
    }

    /// Hides the toast after its time.
    pub fn put_toast_away(self, number: u32) {
        let shown = self.toast.try_with_untracked(|toast| toast.as_ref().map(|it| it.number));
        if shown.flatten() == Some(number) {
            self.toast.set(None);
        }
    }

    /// Takes back what was done last, while its toast is shown.
    pub fn undo(self) {
        let undo = self.toast.with_untracked(|toast| toast.as_ref().map(|it| it.undo.clone()));
        match undo.unwrap_or(Undo::Nothing) {
            Undo::Nothing => self.say_word(Word::BulkNothingToUndo),
            Undo::Closing(closed) => {
                self.toast.set(None);
                self.take_back(closed);
            }
            Undo::HandingBack(id) => {
                self.toast.set(None);
                let (client_id, act) = (client_id(), Act::Claim { from: None });
                self.command(Command::Act { id, client_id, act });
            }
            Undo::Flow { bot, json, version } => {
                self.toast.set(None);
                self.switch_on_again(bot, json, version);
            }
            Undo::Role { of, role } => {
                self.toast.set(None);
                self.role_back(of, role);
            }
            Undo::Block { of, block } => {
                self.toast.set(None);
                self.block_back(of, block);
            }
            Undo::Active { of, active } => {
                self.toast.set(None);
                self.active_back(of, active);
            }
            Undo::Picture => {
                self.toast.set(None);
                self.picture_back();
            }
            Undo::Record { of, edit } => {
                self.toast.set(None);
                self.record_back(of, edit);
            }
        }
    }
}
