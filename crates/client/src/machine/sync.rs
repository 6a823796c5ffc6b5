//! Getting in sync: the connection, frames, and answers to fetches.

use porchlight_protocol::closing::visitor_view;
use porchlight_protocol::conversation::{Applied, Side};
use porchlight_protocol::limits::PAGE_CONVERSATIONS_MAX;
use porchlight_protocol::wire::{Hello, Page, ServerFrame, Welcome};
use porchlight_protocol::{
    Author, Conversation, ConversationId, ErrorBody, ErrorCode, Event, EventBody, Millis, Policy,
    Seq, WIRE_VERSION,
};

use super::{Machine, Me, Thread};
use crate::effect::{Change, Effect, Sender, Step, Timer};
use crate::input::{Failure, Range};
use crate::link::{Link, Way};
use crate::outbox::{Place, State};
use crate::timeline::Timeline;

impl Machine {
    pub(super) fn connect(&mut self, now: Millis, step: &mut Step) {
        let link = self.connection.link;
        let mut hello =
            Hello { wire: WIRE_VERSION, auth: None, booted: self.booted.clone(), known: None };
        match self.connection.open(now) {
            Way::Socket => step.effect(Effect::Connect(hello)),
            Way::Poll => {
                // While all is well the answer waits for news; after a failure it comes at once.
                hello.known = (link == Link::Up).then_some(self.revision);
                step.effect(Effect::Poll(hello));
            }
        }
        self.listen_on(now, step);
        if self.connection.link != link {
            step.change(Change::Link);
        }
    }

    pub(super) fn disconnect(&mut self, link: Link, step: &mut Step) {
        if self.connection.is_out() {
            step.effect(Effect::Disconnect);
        }
        self.connection.close(link);
        step.change(Change::Link);
    }

    /// The connection is given up on purpose: nothing has failed.
    pub(super) fn put_down(&mut self, step: &mut Step) {
        let link = self.connection.link;
        self.disconnect(if link == Link::Up { Link::Connecting } else { link }, step);
    }

    /// Time has leapt: the machine slept, or its clock was set. What comes from this connection may be
    /// long past, and only a welcome tells what time it is.
    pub(super) fn reconnect(&mut self, step: &mut Step) {
        if self.connection.is_out() {
            self.put_down(step);
        }
    }

    /// The connection is gone. The server may have told how long to stay away.
    pub(super) fn link_lost(&mut self, now: Millis, dice: u32, told_ms: u64, step: &mut Step) {
        // What was given up on purpose is not lost.
        if !self.connection.is_out() {
            return;
        }
        let after_ms = self.connection.lost(now, dice).max(told_ms);
        step.effect(Effect::Wake { timer: Timer::Reconnect, after_ms });
        step.change(Change::Link);
    }

    /// A socket may stay open and carry nothing (a sleeping laptop, a dead proxy).
    pub(super) fn listen(&mut self, now: Millis, dice: u32, step: &mut Step) {
        if self.connection.is_out() && !self.listen_on(now, step) {
            step.effect(Effect::Disconnect);
            self.link_lost(now, dice, 0, step);
        }
    }

    /// Looks again when the silence would be too long; false if it is already.
    fn listen_on(&mut self, now: Millis, step: &mut Step) -> bool {
        let left = self.connection.silence_left_ms(now);
        if let Some(after_ms) = left {
            step.effect(Effect::Wake { timer: Timer::Silence, after_ms });
        }
        left.is_some()
    }

    pub(super) fn network_changed(&mut self, online: bool, step: &mut Step) {
        self.network = online;
        step.change(Change::Link);
        if online {
            self.requests.blocked = false;
            self.connection.hurry();
        } else {
            self.hold_outbox(step);
            if self.known {
                self.disconnect(Link::Down, step);
            }
        }
    }

    /// Nothing can go out for now: what is queued says so.
    fn hold_outbox(&mut self, step: &mut Step) {
        for entry in &mut self.outbox {
            if let State::Queued { tried } = &mut entry.state {
                *tried = true;
                step.change(Change::Rows(entry.outgoing.place.clone()));
                step.change(Change::List);
            }
        }
    }

    /// There is no going on without the person.
    pub(super) fn end(&mut self, code: ErrorCode, step: &mut Step) {
        self.fault = Some(code);
        self.hold_outbox(step);
        self.refuse_queued(code, step);
        self.disconnect(Link::Down, step);
    }

    pub(super) fn frame(&mut self, now: Millis, dice: u32, frame: ServerFrame, step: &mut Step) {
        // A connection that was given up has nothing to say any more.
        if !self.connection.is_out() {
            return;
        }
        self.connection.heard(now);
        match frame {
            ServerFrame::Welcome(welcome) => self.welcome(now, dice, welcome, step),
            ServerFrame::Event { conversation, event } => {
                self.clock.hear(now, event.at);
                self.event(&conversation, &event, step);
            }
            ServerFrame::Read { conversation, side, up_to } => {
                if let Some(thread) = self.threads.get_mut(&conversation)
                    && thread.conversation.hear_read(side, up_to)
                {
                    step.change(Change::List);
                }
            }
            ServerFrame::Policy(policy) => self.policy_changed(now, policy, step),
            ServerFrame::Online(online) => {
                self.team_online = online;
                step.change(Change::Site);
            }
            ServerFrame::Beacon(heads) => {
                for head in heads {
                    self.heard_of(&head.conversation, head.head);
                }
            }
            ServerFrame::Error(error) => self.refused_link(now, dice, &error, step),
            // From a newer server: that it was heard is all that it says here.
            ServerFrame::Other => {}
        }
    }

    fn welcome(&mut self, now: Millis, dice: u32, welcome: Welcome, step: &mut Step) {
        let news = !self.welcomed || welcome.revision != self.revision;
        if let Some(after_ms) = self.connection.welcomed(now, news, dice) {
            step.effect(Effect::Wake { timer: Timer::Reconnect, after_ms });
        }
        self.requests.blocked = false;
        self.welcomed = true;
        match &self.booted {
            Some(booted) if booted.epoch == welcome.booted.epoch => {}
            Some(_) => {
                self.another_life(step);
                self.booted = Some(welcome.booted);
            }
            // What was started before the first welcome stays.
            None => self.booted = Some(welcome.booted),
        }
        self.revision = welcome.revision;
        self.policy = welcome.policy;
        self.clock.set(now, welcome.now);
        self.team_online = welcome.online;

        let booted = self.booted_at();
        // A full welcome leaves the older ones out.
        let complete = welcome.conversations.len() < PAGE_CONVERSATIONS_MAX;
        for (id, thread) in self.threads.iter_mut() {
            let welcomed = welcome.conversations.iter().any(|welcomed| welcomed.id == *id);
            let conversation = &thread.conversation;
            // What should have been in the welcome and was not has changed unheard.
            let expected = match self.me {
                Me::Visitor => visitor_view(conversation, &self.policy, booted).listed,
                Me::Agent(_) => !conversation.is_closed(),
            };
            if !welcomed && (expected && complete || thread.timeline.is_some()) {
                thread.stale = true;
            }
        }
        for conversation in welcome.conversations {
            self.merge(conversation, step);
        }
        for id in self.opened.keys() {
            if !self.threads.contains(id) && !self.gone.contains(id) {
                self.unknown.add(id.clone(), false);
            }
        }
        step.change(Change::Link);
        step.change(Change::Site);
        step.change(Change::List);
    }

    /// Another life of the store: what was known may never have happened there. What was written
    /// here is sent to it again.
    fn another_life(&mut self, step: &mut Step) {
        for id in self.threads.take_keys() {
            step.change(Change::Rows(Place::At(id)));
        }
        self.unknown.clear();
        self.gone.clear();
        for entry in &mut self.outbox {
            if let State::Appended(_) = entry.state {
                entry.state = State::Queued { tried: false };
                step.effect(Effect::Store(entry.outgoing.clone()));
            }
        }
    }

    fn policy_changed(&mut self, now: Millis, policy: Policy, step: &mut Step) {
        let hid = self.policy.hide_closed_since;
        let shows_more = hid.is_some() && policy.hide_closed_since != hid;
        self.policy = policy;
        step.change(Change::Site);
        step.change(Change::List);
        // What was hidden was never sent here.
        if shows_more && self.me == Me::Visitor && self.wants_link() {
            self.connect(now, step);
        }
    }

    fn refused_link(&mut self, now: Millis, dice: u32, error: &ErrorBody, step: &mut Step) {
        match error.code {
            // None of these is another answer the next time.
            ErrorCode::VersionMismatch | ErrorCode::SiteUnknown | ErrorCode::OriginNotAllowed => {
                self.end(error.code, step);
            }
            _ if self.refused_me(error.code, step) => {}
            _ => {
                step.effect(Effect::Disconnect);
                self.link_lost(now, dice, error.retry_after_ms.unwrap_or(0), step);
            }
        }
    }

    /// True if the refusal is about the person, not about what was asked.
    pub(super) fn refused_me(&mut self, code: ErrorCode, step: &mut Step) -> bool {
        match code {
            ErrorCode::SignInRequired | ErrorCode::CsrfTokenInvalid => self.end(code, step),
            ErrorCode::VisitorKeyInvalid | ErrorCode::VisitorKeyRevoked
                if self.me == Me::Visitor =>
            {
                // A first message that is on its way makes its key known: that answer decides.
                if !self.outbox.iter().any(|entry| entry.is_start() && entry.is_pending()) {
                    step.effect(Effect::ForgetKey);
                }
                self.forget_me(step);
            }
            _ => return false,
        }
        true
    }

    /// The visitor's key opens nothing any more. What they wrote stays, as new conversations.
    pub(super) fn forget_me(&mut self, step: &mut Step) {
        self.known = false;
        self.disconnect(Link::Idle, step);
        self.welcomed = false;
        self.booted = None;
        self.revision = 0;
        let known = self.threads.take_keys();
        for id in known.into_iter().chain(self.unknown.take_keys()) {
            step.change(Change::Rows(Place::At(id.clone())));
            self.gone.insert(id, ());
        }
        self.orphan(None, ErrorCode::VisitorKeyInvalid, step);
        self.refuse_acts(ErrorCode::VisitorKeyInvalid, step);
        step.change(Change::List);
    }

    /// Takes over a state of a conversation, unless it is older than what is known.
    pub(super) fn merge(&mut self, mut fresh: Conversation, step: &mut Step) {
        let id = fresh.id.clone();
        let side = self.me.side();
        self.unknown.remove(&id);
        self.gone.remove(&id);
        let opened = self.opened.contains(&id);
        match self.threads.get_mut(&id) {
            None => {
                self.threads.insert(id.clone(), Thread::new(fresh));
            }
            Some(thread) => {
                thread.stale = false;
                let known = &mut thread.conversation;
                let newer = fresh.head >= known.head;
                // Marks only grow, whichever state is the newer one.
                for of in [Side::Visitor, Side::Team] {
                    let (here, there) = (known.read(of).up_to, fresh.read(of).up_to);
                    if newer && fresh.hear_read(of, here) && of == side {
                        // The server has not heard how far this side has read.
                        step.effect(Effect::MarkRead { id: id.clone(), up_to: here });
                    }
                    known.hear_read(of, there);
                }
                if newer {
                    messages_since(known.head, &fresh, side, step);
                    *known = fresh;
                    thread.guessed = false;
                }
                thread.heard = thread.heard.max(thread.conversation.head);
            }
        }
        if opened && let Some(thread) = self.threads.get_mut(&id) {
            thread.load();
        }
        step.change(Change::List);
        step.change(Change::Rows(Place::At(id)));
    }

    fn heard_of(&mut self, id: &ConversationId, head: Seq) {
        match self.threads.get_mut(id) {
            Some(thread) => thread.heard = thread.heard.max(head),
            None if self.gone.contains(id) => {}
            None => {
                self.unknown.add(id.clone(), false);
            }
        }
    }

    pub(super) fn event(&mut self, id: &ConversationId, event: &Event, step: &mut Step) {
        if !self.threads.contains(id) && self.starts(event) {
            // The echo of a first message was faster than the answer, which brings everything.
            return;
        }
        self.gone.remove(id);
        self.heard_of(id, event.seq);
        let Some(thread) = self.threads.get_mut(id) else { return };
        if thread.conversation.apply(event) == Applied::Yes {
            thread.guessed |= !event.is_understood();
            step.change(Change::List);
            if let EventBody::Message { .. } = event.body {
                step.change(message(id, event.seq, &event.author));
            }
        }
        let folded = event.seq <= thread.conversation.head;
        let known = match &mut thread.timeline {
            // Not loaded: the state has it, so the outbox need not.
            None => event.seq <= thread.conversation.head,
            Some(timeline) => match timeline.append(event) {
                Applied::Gap => false,
                Applied::Duplicate => true,
                Applied::Yes => {
                    step.change(Change::Rows(Place::At(id.clone())));
                    true
                }
            },
        };
        if known {
            self.confirm(id, event, step);
        }
        if let Some(client_id) = event.client_id.as_ref().filter(|_| folded) {
            self.acted(client_id, event.seq, step);
        }
    }

    pub(super) fn fetched(
        &mut self,
        dice: u32,
        id: &ConversationId,
        result: Result<Conversation, Failure>,
        step: &mut Step,
    ) {
        if let Some(thread) = self.threads.get_mut(id) {
            thread.fetching = false;
        }
        if let Some(asked) = self.unknown.get_mut(id) {
            *asked = false;
        }
        match result {
            Ok(conversation) if conversation.id == *id => {
                self.answered();
                self.merge(conversation, step);
            }
            Ok(_) => self.hold_requests(dice, &Failure::Network, step),
            Err(failure) => self.not_fetched(dice, id, &failure, step),
        }
    }

    pub(super) fn fetched_events(
        &mut self,
        dice: u32,
        id: &ConversationId,
        range: Range,
        result: Result<Page, Failure>,
        step: &mut Step,
    ) {
        let Some(thread) = self.threads.get_mut(id) else { return };
        match range {
            Range::After(_) => thread.fetching_events = false,
            Range::Before(_) => thread.fetching_older = false,
        }
        let page = match result {
            Ok(page) => page,
            Err(failure) => return self.not_fetched(dice, id, &failure, step),
        };
        thread.heard = thread.heard.max(page.head);
        let covered = thread.covered();
        match range {
            Range::Before(_) => self.older(id, &page.events, step),
            Range::After(_) => {
                for event in &page.events {
                    self.event(id, event, step);
                }
            }
        }
        let stuck = |thread: &Thread| thread.is_behind() && thread.covered() == covered;
        if matches!(range, Range::After(_)) && self.threads.get(id).is_some_and(stuck) {
            // What is missing did not come. To ask again at once would go on for ever.
            self.hold_requests(dice, &Failure::Network, step);
        } else {
            self.answered();
        }
    }

    fn older(&mut self, id: &ConversationId, events: &[Event], step: &mut Step) {
        let Some(thread) = self.threads.get_mut(id) else { return };
        thread.older_wanted = false;
        let Some(timeline) = &mut thread.timeline else { return };
        timeline.prepend(events);
        step.change(Change::Rows(Place::At(id.clone())));
        let held: Vec<&Event> = events.iter().filter(|event| timeline.holds(event.seq)).collect();
        for event in held {
            self.confirm(id, event, step);
        }
    }

    fn not_fetched(&mut self, dice: u32, id: &ConversationId, failure: &Failure, step: &mut Step) {
        match failure {
            // The answer to a question from before: nobody waits for it.
            _ if !self.threads.contains(id) && !self.unknown.contains(id) => {}
            Failure::Refused(error) if !failure.is_retryable() => {
                if !self.refused_me(error.code, step) {
                    self.lost_conversation(id, step);
                }
            }
            _ => self.hold_requests(dice, failure, step),
        }
    }

    fn lost_conversation(&mut self, id: &ConversationId, step: &mut Step) {
        self.unknown.remove(id);
        self.threads.remove(id);
        self.gone.insert(id.clone(), ());
        let place = Place::At(id.clone());
        self.outbox.retain(|entry| {
            !(entry.outgoing.place == place && matches!(entry.state, State::Appended(_)))
        });
        step.change(Change::List);
        step.change(Change::Rows(place));
    }
}

impl Thread {
    /// The log as far as a started conversation tells it, from its first event on.
    pub(super) fn load_from_start(&mut self) {
        if self.timeline.is_none() {
            self.timeline = Some(Timeline::after(0));
        }
    }
}

fn message(id: &ConversationId, seq: Seq, author: &Author) -> Change {
    let from = match author {
        Author::Agent(_) => Sender::Agent,
        Author::Bot(_) => Sender::Bot,
        _ => Sender::Visitor,
    };
    Change::Message { id: id.clone(), seq, from }
}

/// The messages of the other side that a state tells of, and no event did. Who wrote all but the last,
/// it does not say: whoever wrote that one.
fn messages_since(head: Seq, fresh: &Conversation, side: Side, step: &mut Step) {
    let Some(last) = &fresh.last else { return };
    for seq in fresh.read(side).unread.iter().filter(|seq| **seq > head) {
        step.change(message(&fresh.id, *seq, &last.author));
    }
}
