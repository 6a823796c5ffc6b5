//! The agent's acts in the open conversation.

use leptos::prelude::*;
use porchlight_browser::{client_id, page, time};
use porchlight_client::window::Window;
use porchlight_client::{Command, Content, Machine, Place};
use porchlight_protocol::{Act, Author, ClientId, ConversationId, ErrorBody, ErrorCode, Member};

use crate::app::{App, Closing, Handing, Mode, Seen, Talk, Undo};
use crate::list::bulk::BulkAct;
use crate::sync::InboxShell;
use crate::talk::keep;
use crate::text;
use crate::words::{Pattern, Word, fill, say};

impl App {
    /// Does this act in the open conversation, if it is possible now.
    pub fn do_here(self, act: BulkAct) {
        let mode = self.talk.with_untracked(|talk| talk.as_ref().map(|talk| talk.mode));
        match (act, mode) {
            (_, None) => {}
            (BulkAct::Claim, Some(Mode::Locked)) => self.claim(),
            (BulkAct::Unclaim, Some(Mode::Own)) => self.unclaim(),
            (BulkAct::Close, Some(Mode::Own)) => self.close(),
            (BulkAct::Close, Some(Mode::Locked)) => self.tell(say(Word::TalkClaimFirst)),
            (BulkAct::Reopen, Some(Mode::Closed)) => self.reopen(),
            (act, Some(_)) => self.say_word(crate::list::bulk::words::nothing(act)),
        }
    }

    fn act(self, act: Act) {
        let busy = self.talk.with_untracked(|talk| talk.as_ref().is_some_and(|talk| talk.busy));
        if let (Some(id), false) = (self.open_id(), busy) {
            self.acts.trouble.set(None);
            self.acts.acted.set_value(true);
            let client_id = client_id();
            if let Act::Close { .. } = act {
                self.expect_closing(client_id.clone(), id.clone());
            }
            if let (Act::HandOver, Some(bot)) = (&act, self.silenced_bot()) {
                self.acts.handing.set_value(Some(Handing { client_id: client_id.clone(), bot }));
            }
            self.command(Command::Act { id, client_id, act });
        }
    }

    /// Claims the open conversation, also from the owner who is shown.
    pub fn claim(self) {
        let from = self.talk.with_untracked(|talk| {
            talk.as_ref()?.conversation.as_ref()?.assignee.as_ref().map(|owner| owner.id.clone())
        });
        self.act(Act::Claim { from });
    }

    /// Unclaims the open conversation.
    pub fn unclaim(self) {
        self.act(Act::Unclaim);
    }

    /// Hands the open conversation back to its bot.
    pub fn hand_back(self) {
        self.act(Act::HandOver);
    }

    /// The bot to which the open conversation can be handed back.
    fn silenced_bot(self) -> Option<Member> {
        self.talk.with_untracked(|talk| talk.as_ref()?.silenced_bot().cloned())
    }

    /// The hand-back with this id, which has been answered.
    fn take_handing(self, client_id: &ClientId) -> Option<Handing> {
        let taken = self
            .acts
            .handing
            .try_update_value(|handing| handing.take_if(|handing| handing.client_id == *client_id));
        taken.flatten()
    }

    /// Re-opens the shown conversation.
    pub fn reopen(self) {
        self.act(Act::Reopen);
    }

    /// Closes the open conversation. If the visitor has written a message that was not in view, the
    /// agent has to confirm first.
    pub fn close(self) {
        let Some(closing) = self.begin_closing(false) else { return };
        self.acts.closing.set_value(Some(closing));
        self.act(Act::Close { seen: self.transcript.seen.get_value().seq });
    }

    /// The closing that the agent wants; `None` if the agent has to confirm first, because of new messages that
    /// were not in view.
    pub(crate) fn begin_closing(self, after_sending: bool) -> Option<Closing> {
        let closing = Closing { after_sending, row: self.transcript.seen.get_value().row };
        if self.transcript.below.get_untracked() && !self.news(closing).is_empty() {
            self.acts.asked.set(Some(closing));
            return None;
        }
        Some(closing)
    }

    /// The visitor's messages since the agent wanted to close. Tracks the newest row.
    pub fn news(self, closing: Closing) -> Vec<String> {
        self.transcript.newest.track();
        let Some(place) = self.open_id().map(Place::At) else { return Vec::new() };
        let mut news = Vec::new();
        self.look(|_, machine| {
            let all = machine.row_keys(&place).all;
            let seen = all.iter().position(|key| Some(*key) == closing.row);
            let rows = machine.rows_in(&place, seen.map_or(0, |seen| seen + 1)..all.len());
            news.extend(rows.into_iter().filter_map(|row| match row.content {
                Content::Message { text, .. } if row.author == Author::Visitor => Some(text),
                _ => None,
            }));
        });
        news
    }

    /// Closes after the agent has seen the visitor's new messages.
    pub fn close_anyway(self) {
        let Some(closing) = self.acts.asked.get_untracked() else { return };
        self.acts.asked.set(None);
        self.jump();
        let Some(id) = self.open_id() else { return };
        if closing.after_sending && self.composer.reply_fill.get_untracked().can_go() {
            self.acts.closing.set_value(self.now_closing(true));
            self.send_reply(id, true);
        } else {
            self.acts.closing.set_value(self.now_closing(false));
            self.act(Act::Close { seen: self.transcript.seen.get_value().seq });
        }
    }

    fn now_closing(self, after_sending: bool) -> Option<Closing> {
        Some(Closing { after_sending, row: self.transcript.seen.get_value().row })
    }

    /// Cancels the closing.
    pub fn keep_open(self) {
        self.acts.asked.set(None);
        self.jump();
        self.composer.restored.update(|restored| *restored += 1);
    }

    /// An act of the agent has taken effect.
    pub(crate) fn done(self, id: &ConversationId, client_id: &ClientId) {
        if let Some(Handing { bot, .. }) = self.take_handing(client_id) {
            let words = fill(Pattern::TalkHandedBack, &[&bot.name]);
            self.show_toast(words, Undo::HandingBack(id.clone()), false);
        }
        self.run_done(client_id);
        self.forget_closing(client_id);
    }

    /// An act of the agent was refused.
    pub(crate) fn refused(self, place: &Place, client_id: Option<&ClientId>, error: &ErrorBody) {
        if let Some(client_id) = client_id {
            self.forget_closing(client_id);
        }
        let handing = client_id.and_then(|client_id| self.take_handing(client_id));
        if error.code == ErrorCode::CsrfTokenInvalid {
            return self.gate.lost();
        }
        let of_run = client_id.is_some_and(|client_id| self.run_refused(client_id, error));
        if of_run || self.open_id().map(Place::At).as_ref() != Some(place) {
            return;
        }
        match (error.code, self.acts.closing.get_value()) {
            (ErrorCode::NewMessages, Some(closing)) => {
                self.gate.typing.update_value(|typing| typing.interrupted(time::now()));
                self.acts.asked.set(Some(closing));
            }
            _ => {
                let bot = handing.filter(|_| error.code == ErrorCode::NotAllowed);
                let words = match bot {
                    Some(Handing { bot, .. }) => fill(Pattern::RefusedBotGone, &[&bot.name]),
                    None => text::refused(error),
                };
                self.say(words.clone());
                self.acts.trouble.set(Some(words));
            }
        }
    }

    /// Dismisses the error message.
    pub fn dismiss(self) {
        self.acts.trouble.set(None);
    }

    /// Empties the transcript, for another conversation's.
    pub(crate) fn begin_transcript(self) {
        self.transcript.lines.set(Vec::new());
        self.transcript.spacers_px.set((0, 0));
        self.transcript.newest.set(None);
        self.transcript.live.set(true);
        self.transcript.at_end.set(true);
        self.transcript.below.set(false);
        self.transcript.window.set_value(Window::default());
        keep::begin(self);
    }

    /// Loads older events, also if that has failed.
    pub fn load_older(self) {
        if let Some(id) = self.open_id() {
            self.command(Command::LoadOlder(id));
        }
    }

    /// Loads older events, if there are some. The machine itself repeats what has failed.
    pub fn want_older(self) {
        let wanted = |talk: &Talk| talk.has_older && !talk.older_failed;
        if self.talk.with_untracked(|talk| talk.as_ref().is_some_and(wanted)) {
            self.load_older();
        }
    }

    /// Shows the lines that are in the window on the transcript.
    pub fn show_lines(self) {
        self.look(InboxShell::show_lines);
    }

    /// Goes to the end of the transcript, wherever the window is.
    pub fn jump(self) {
        self.reached_end();
        self.show_lines();
    }

    /// The end of the transcript has come into view.
    pub fn reached_end(self) {
        self.transcript.at_end.set(true);
        self.transcript.below.set(false);
        self.look(|_, machine| self.note_seen(machine));
        self.read();
    }

    /// Notes the last event in view, which a closing sends as `seen`.
    pub(crate) fn note_seen(self, machine: &Machine) {
        if let Some(id) = self.open_id() {
            let seq = machine.seen(&Place::At(id));
            self.transcript
                .seen
                .set_value(Seen { seq, row: self.transcript.newest.get_untracked() });
        }
    }

    /// Marks the messages as read, if the end of the transcript is in view and the page is visible.
    pub fn read(self) {
        let seen = self.transcript.at_end.get_untracked() && page::is_visible();
        if let (true, Some(id)) = (seen, self.open_id()) {
            self.command(Command::Read(id));
        }
    }
}
