//! The selection, and bulk acts.

use std::time::Duration;

use leptos::prelude::*;
use porchlight_browser::client_id;
use porchlight_client::Command;
use porchlight_protocol::{ClientId, Conversation, ConversationId, ErrorBody};

use crate::app::{App, Undo};
use crate::list::bulk;
use crate::list::bulk::{BulkAct, Outcome, Run};
use crate::list::select::Extent;
use crate::words::{self, Count, Pattern, fill};

/// A bulk run in progress.
#[derive(Default)]
pub(crate) struct Runs(Vec<Ongoing>);

struct Ongoing {
    number: u32,
    purpose: Purpose,
    /// The conversations with which it was started.
    ids: Vec<ConversationId>,
    run: Run,
}

/// The purpose of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Purpose {
    /// For the selected conversations.
    Selected,
    /// To undo a closing.
    Undo,
}

impl App {
    /// The conversations of the list, in its order.
    pub fn listed(self) -> Vec<ConversationId> {
        self.list.items.with_untracked(|items| items.iter().map(|item| item.id.clone()).collect())
    }

    /// Selects or deselects a conversation; with `range`, all from the last one to this one.
    pub fn select(self, id: &ConversationId, range: bool) {
        self.list.problems.set(None);
        if !range {
            return self.list.selection.update(|selection| selection.toggle(id));
        }
        let listed = self.listed();
        self.list.selection.update(|selection| selection.extend(id, &listed));
        self.say_selected();
    }

    /// Selects the whole list; if it is selected already, deselects it.
    pub fn select_all(self) {
        let listed = self.listed();
        let extent = self.list.selection.with_untracked(|selection| selection.extent(listed.len()));
        if extent == Extent::All || listed.is_empty() {
            return self.clear_selection();
        }
        self.list.problems.set(None);
        self.list.selection.update(|selection| selection.only(listed));
        self.say_selected();
    }

    /// Deselects everything, and announces it.
    pub fn clear_selection(self) {
        self.select_none();
        self.say_selected();
    }

    pub(crate) fn select_none(self) {
        self.list.problems.set(None);
        self.list.selection.update(|selection| selection.clear());
    }

    /// Deselects conversations that have left the list.
    pub(crate) fn prune_selection(self, listed: &[ConversationId]) {
        let stray =
            self.list.selection.with_untracked(|selection| selection.clone().retain(listed));
        if stray {
            self.list.selection.update(|selection| {
                selection.retain(listed);
            });
        }
    }

    fn say_selected(self) {
        let count = self.list.selection.with_untracked(|selection| selection.len());
        self.say(words::count(Count::BulkSelected, count));
    }

    /// Runs a bulk act on the selected conversations; without a selection, does the act in the focused
    /// conversation of the list, or else in the open one.
    pub fn do_with(self, act: BulkAct, focused: Option<ConversationId>) {
        if self.list.selection.with_untracked(|selection| !selection.is_empty()) {
            return self.do_selected(act);
        }
        match focused {
            Some(id) if self.open_id().as_ref() != Some(&id) => self.begin(act, vec![id]),
            _ => self.do_here(act),
        }
    }

    /// Runs a bulk act on the selected conversations.
    pub fn do_selected(self, act: BulkAct) {
        let listed = self.listed().into_iter();
        let ids = self
            .list
            .selection
            .with_untracked(|selection| listed.filter(|id| selection.has(id)).collect::<Vec<_>>());
        self.begin(act, ids);
    }

    fn begin(self, act: BulkAct, ids: Vec<ConversationId>) {
        if self.list.progress.get_untracked().is_some() {
            return;
        }
        self.list.problems.set(None);
        self.toast.set(None);
        self.launch(Purpose::Selected, act, ids);
    }

    /// Re-opens these conversations, to undo a closing.
    pub(crate) fn take_back(self, ids: Vec<ConversationId>) {
        self.launch(Purpose::Undo, BulkAct::Reopen, ids);
    }

    fn launch(self, purpose: Purpose, act: BulkAct, ids: Vec<ConversationId>) {
        let me = self.me();
        let mut run = None;
        self.look(|_, machine| {
            let known: Vec<&Conversation> =
                ids.iter().filter_map(|id| machine.conversation(id)).collect();
            run = Some(Run::new(act, known, &me, machine.policy(), client_id));
        });
        let Some(run) = run else { return };
        let number = self.toasts.get_value().wrapping_add(1);
        self.toasts.set_value(number);
        self.list.runs.update_value(|runs| runs.0.push(Ongoing { number, purpose, ids, run }));
        self.go_on(number);
    }

    /// Stops the run on the selected conversations.
    pub fn stop(self) {
        let number = self.list.runs.try_update_value(|runs| {
            let run = runs.0.iter_mut().find(|it| it.purpose == Purpose::Selected)?;
            run.run.stop();
            Some(run.number)
        });
        if let Some(number) = number.flatten() {
            self.go_on(number);
        }
    }

    pub(crate) fn run_done(self, client_id: &ClientId) {
        let number = self.list.runs.try_update_value(|runs| {
            runs.0.iter_mut().find_map(|it| it.run.done(client_id).then_some(it.number))
        });
        if let Some(number) = number.flatten() {
            self.go_on(number);
        }
    }

    /// True if the act belongs to a run.
    pub(crate) fn run_refused(self, client_id: &ClientId, error: &ErrorBody) -> bool {
        let refused = self.list.runs.try_update_value(|runs| {
            let refused = |it: &mut Ongoing| Some((it.number, it.run.refused(client_id, error)?));
            runs.0.iter_mut().find_map(refused)
        });
        let Some((number, wait_ms)) = refused.flatten() else { return false };
        if wait_ms > 0 {
            let resume = move || {
                if !self.is_over() {
                    self.with_run(number, Run::resume);
                    self.go_on(number);
                }
            };
            set_timeout(resume, Duration::from_millis(wait_ms));
        }
        self.go_on(number);
        true
    }

    fn with_run<T>(self, number: u32, with: impl FnOnce(&mut Run) -> T) -> Option<T> {
        let with = |runs: &mut Runs| {
            let ongoing = runs.0.iter_mut().find(|it| it.number == number)?;
            Some(with(&mut ongoing.run))
        };
        self.list.runs.try_update_value(with).flatten()
    }

    /// Sends the next requests, shows the progress, and at the end the result.
    fn go_on(self, number: u32) {
        while let Some(task) = self.with_run(number, Run::next).flatten() {
            let (id, client_id, act) = (task.id, task.client_id, task.act);
            self.command(Command::Act { id, client_id, act });
        }
        let ended = self.list.runs.try_update_value(|runs| {
            let place = runs.0.iter().position(|it| it.number == number)?;
            let over = runs.0.get(place)?.run.outcome().is_some();
            over.then(|| runs.0.remove(place))
        });
        match ended.flatten() {
            Some(Ongoing { purpose, ids, run, .. }) => {
                let outcome = run.outcome().cloned().unwrap_or_default();
                match purpose {
                    Purpose::Selected => self.end(run.kind(), &ids, &outcome),
                    Purpose::Undo => self.tell(summary(run.kind(), &outcome)),
                }
            }
            None => self.show_progress(number),
        }
    }

    fn show_progress(self, number: u32) {
        let shown = self.list.runs.with_value(|runs| {
            let ongoing = runs.0.iter().find(|it| it.number == number)?;
            Some((ongoing.purpose, ongoing.run.progress()))
        });
        match shown {
            Some((Purpose::Selected, progress)) => self.list.progress.set(Some(progress)),
            // A single re-opening is too fast for a progress message.
            Some((Purpose::Undo, progress)) if progress.of > 1 => {
                self.show_toast(bulk::words::progress(progress), Undo::Nothing, true);
            }
            _ => {}
        }
    }

    fn end(self, act: BulkAct, ids: &[ConversationId], outcome: &Outcome) {
        self.list.progress.set(None);
        if outcome.done.is_empty() && outcome.failed.is_empty() {
            return self.say_word(bulk::words::nothing(act));
        }
        let failed: Vec<ConversationId> = outcome.failed.iter().map(|(id, _)| id.clone()).collect();
        let listed = self.listed();
        self.list.selection.update(|selection| {
            selection.deselect_done(ids, &failed);
            selection.retain(&listed);
        });
        let problems = bulk::words::problems(outcome);
        self.list.problems.set((!problems.is_empty()).then_some(problems));
        if let Some(done) = bulk::words::done(act, outcome.done.len()) {
            let undo =
                if act == BulkAct::Close { self.own_closings(&outcome.done) } else { vec![] };
            self.show_toast(done, Undo::of_closing(undo), false);
        }
        if !outcome.failed.is_empty() {
            // The list shows why the others failed; a screen reader announces both.
            self.say(summary(act, outcome));
        }
    }

    /// Those of these conversations that this agent has closed: another agent may have been faster.
    fn own_closings(self, ids: &[ConversationId]) -> Vec<ConversationId> {
        let mut own = Vec::new();
        self.look(|_, machine| {
            own = ids.iter().filter(|id| self.has_closed(machine, id)).cloned().collect();
        });
        own
    }
}

/// The result as text.
fn summary(act: BulkAct, outcome: &Outcome) -> String {
    let done = bulk::words::done(act, outcome.done.len());
    let problems = bulk::words::problems(outcome);
    match done {
        Some(done) if problems.is_empty() => done,
        Some(done) => fill(Pattern::BulkSummary, &[&done, &problems]),
        None => problems,
    }
}
