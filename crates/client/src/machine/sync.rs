//! Getting in sync: the connection, frames, and answers to fetches.

use porchlight_protocol::closing::visitor_view;
use porchlight_protocol::conversation::{Applied, Side};
use porchlight_protocol::limits::PAGE_CONVERSATIONS_MAX;
use porchlight_protocol::wire::{Hello, Page, ServerFrame, Welcome};
use porchlight_protocol::{
    Author, Conversation, ConversationId, ErrorBody, ErrorCode, Event, EventBody, Millis, Policy,
    Seq, WIRE_VERSION,
};

use super::holes::{HOLE_MAX, dense, unreadable};
use super::{Machine, Me, Network, Thread};
use crate::backoff::{Backoff, Fetch, Moment, jitter_ms};
use crate::effect::{Change, Effect, Sender, Step, Timer};
use crate::input::{Failure, Range};
use crate::link::{Link, Way};
use crate::outbox::{Place, State};
use crate::timeline::Timeline;

/// Selects one of the fetches of a conversation: its state, newer or older events.
type FetchOf = for<'a> fn(&'a mut Machine, &ConversationId) -> Option<&'a mut Fetch>;

/// Milliseconds over which visitors spread their requests for a new welcome after a change of settings.
const REFRESH_WITHIN_MS: u64 = 10_000;

impl Machine {
    pub(super) fn connect(&mut self, now: Millis, step: &mut Step) {
        let link = self.connection.link;
        let mut hello =
            Hello { wire: WIRE_VERSION, auth: None, booted: self.booted.clone(), known: None };
        match self.connection.open(now) {
            Way::Socket => {
                // Shows the server if its store went back in time.
                hello.known = self.booted.is_some().then_some(self.newest);
                step.effect(Effect::Connect(hello));
            }
            Way::Poll => {
                // While connected, the poll waits for news; after a failure it is answered at once.
                hello.known = (link == Link::Up).then_some(self.revision);
                step.effect(Effect::Poll(hello));
            }
        }
        self.newest_asked = self.newest;
        for (_, thread) in self.threads.iter_mut() {
            thread.head_at_hello = thread.conversation.head;
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

    /// Closes the connection on purpose, so that it does not count as a failure.
    pub(super) fn hang_up(&mut self, step: &mut Step) {
        let link = self.connection.link;
        self.disconnect(if link == Link::Up { Link::Connecting } else { link }, step);
    }

    /// Reconnects after a leap of the clock: the machine slept, or its clock was set. Frames from the old
    /// connection may be out of date, and only a welcome has the server's time.
    pub(super) fn reconnect(&mut self, step: &mut Step) {
        if self.connection.is_out() {
            self.hang_up(step);
        }
    }

    /// The connection was lost. `told_ms` is the server's `retry_after_ms`.
    pub(super) fn link_lost(&mut self, now: Millis, dice: u32, told_ms: u64, step: &mut Step) {
        // A connection that was closed on purpose is not lost.
        if !self.connection.is_out() {
            return;
        }
        let after_ms = self.connection.lost(now, dice).max(told_ms);
        step.effect(Effect::Wake { timer: Timer::Reconnect, after_ms });
        step.change(Change::Link);
    }

    /// Closes a silent connection: a socket may stay open but carry nothing (a sleeping laptop, a dead proxy).
    pub(super) fn listen(&mut self, now: Millis, dice: u32, step: &mut Step) {
        if self.connection.is_out() && !self.listen_on(now, step) {
            step.effect(Effect::Disconnect);
            self.link_lost(now, dice, 0, step);
        }
    }

    /// Sets the timer that checks for silence; false if the silence is too long already.
    fn listen_on(&mut self, now: Millis, step: &mut Step) -> bool {
        let left = self.connection.silence_left_ms(now);
        if let Some(after_ms) = left {
            step.effect(Effect::Wake { timer: Timer::Silence, after_ms });
        }
        left.is_some()
    }

    pub(super) fn network_changed(&mut self, at: Moment, online: bool, step: &mut Step) {
        step.change(Change::Link);
        if online {
            self.network = Network::Up;
            self.backoffs(&mut Backoff::hurry);
            self.connection.hurry();
        } else {
            self.network_down(at, 0, step);
            self.hold_outbox(step);
            if self.known {
                self.disconnect(Link::Down, step);
            }
        }
    }

    /// Marks queued texts as waiting, while nothing can be sent.
    fn hold_outbox(&mut self, step: &mut Step) {
        for entry in &mut self.outbox {
            if let State::Queued { tried } = &mut entry.state {
                *tried = true;
                step.change(Change::Rows(entry.outgoing.place.clone()));
                step.change(Change::List);
            }
        }
    }

    /// Ends the connection for good, until the person acts (reload, sign-in).
    pub(super) fn end(&mut self, code: ErrorCode, step: &mut Step) {
        self.fault = Some(code);
        self.hold_outbox(step);
        self.refuse_queued(code, step);
        self.disconnect(Link::Down, step);
    }

    pub(super) fn frame(&mut self, now: Millis, dice: u32, frame: ServerFrame, step: &mut Step) {
        // Ignores late frames of a connection that was closed.
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
            ServerFrame::Read { conversation, side, up_to, revision } => {
                if let Some(thread) = self.threads.get_mut(&conversation)
                    && thread.conversation.hear_read(side, up_to, revision)
                {
                    step.change(Change::List);
                    // Whose text was read shows it.
                    step.change(Change::Rows(Place::At(conversation.clone())));
                    self.line(&conversation, step);
                }
            }
            ServerFrame::Typing { conversation, by } => {
                self.hear_typing(now, conversation, by, step);
            }
            ServerFrame::Policy(policy) => self.policy_changed(dice, policy, step),
            ServerFrame::Online(online) => {
                self.team_online = online;
                step.change(Change::Site);
            }
            ServerFrame::Beacon(heads) => {
                for head in heads {
                    self.heard_of(&head.conversation, head.head);
                    // An answer may have overtaken the beacon; if not, the state will show another epoch.
                    if let Some(thread) = self.threads.get_mut(&head.conversation)
                        && head.head < thread.conversation.head
                    {
                        thread.stale = true;
                    }
                }
            }
            ServerFrame::Error(error) => self.refused_link(now, dice, &error, step),
            #[cfg(feature = "team")]
            ServerFrame::Visitor(name) => self.hear_names([name], step),
            // From a newer server; counts only as a sign of life.
            // What this version does not know, and what is for the team alone.
            _ => {}
        }
    }

    fn welcome(&mut self, now: Millis, dice: u32, welcome: Welcome, step: &mut Step) {
        let news = !self.welcomed || welcome.revision != self.revision;
        // After an outage, retries everything now. Otherwise failures had other reasons, and keep their back-off.
        if self.connection.link != Link::Up {
            self.backoffs(&mut Backoff::hurry);
        }
        if let Some(after_ms) = self.connection.welcomed(now, news, dice) {
            step.effect(Effect::Wake { timer: Timer::Reconnect, after_ms });
        }
        self.welcomed = true;
        let is_new_epoch = match &self.booted {
            Some(booted) => {
                booted.epoch != welcome.booted.epoch
                    || welcome.booted.revision < booted.revision
                    || self.is_contradicted_by(&welcome)
            }
            None => false,
        };
        if is_new_epoch {
            self.drop_epoch(step);
        }
        // Conversations that were started before the first welcome stay.
        if is_new_epoch || self.booted.is_none() {
            self.booted = Some(welcome.booted);
        }
        self.revision = welcome.revision;
        self.newest = self.newest.max(welcome.revision);
        self.policy = welcome.policy;
        self.clock.set(now, welcome.now);
        self.team_online = welcome.online;

        let booted = self.booted_at();
        // A full welcome leaves older conversations out.
        let full = match welcome.counts {
            Some(counts) => counts.open > welcome.conversations.len() as u64,
            None => welcome.conversations.len() >= PAGE_CONVERSATIONS_MAX,
        };
        let last = welcome.conversations.last().filter(|_| full);
        self.open_beyond = last.map(|last| last.active_revision);
        self.counts = welcome.counts;
        let beyond = self.open_beyond.unwrap_or(0);
        for (id, thread) in self.threads.iter_mut() {
            let welcomed = welcome.conversations.iter().any(|welcomed| welcomed.id == *id);
            let conversation = &thread.conversation;
            // A conversation that is missing although it should be listed has changed while disconnected.
            let expected = match self.me {
                Me::Visitor => visitor_view(conversation, &self.policy, booted).listed,
                Me::Agent(_) => !conversation.is_closed(),
            };
            let left_out = conversation.active_revision < beyond;
            if !welcomed && (expected && !left_out || thread.timeline.is_some()) {
                thread.stale = true;
            }
        }
        #[cfg(feature = "team")]
        {
            self.names.doubt();
            for conversation in &welcome.conversations {
                self.names.mark(&conversation.visitor);
            }
            self.hear_names(welcome.visitors, step);
        }
        for conversation in welcome.conversations {
            self.merge(conversation, step);
        }
        for id in self.opened.keys() {
            if !self.threads.contains(id) && !self.gone.contains(id) {
                self.unknown.add(id.clone(), Fetch::default());
            }
        }
        step.change(Change::Link);
        step.change(Change::Site);
        step.change(Change::List);
        if let Me::Agent(_) = self.me {
            step.change(Change::Welcomed);
        }
    }

    /// True if the welcome is behind what this client knew when it asked, or differs from it at the same position
    /// of a log. That shows that the store went back in time, even if the server does not know it.
    fn is_contradicted_by(&self, welcome: &Welcome) -> bool {
        welcome.revision < self.newest_asked
            || welcome.conversations.iter().any(|told| {
                self.threads.get(&told.id).is_some_and(|thread| {
                    told.head < thread.head_at_hello || thread.is_contradicted_by_state(told)
                })
            })
    }

    /// Drops everything that is known and starts like a page that has just been loaded.
    pub(super) fn start_over(&mut self, at: Moment, step: &mut Step) {
        self.drop_epoch(step);
        self.booted = None;
        self.welcomed = false;
        self.revision = 0;
        if self.connection.is_out() {
            step.effect(Effect::Disconnect);
            self.link_lost(at.now, at.dice, 0, step);
        }
        step.change(Change::List);
    }

    /// The store has another epoch: drops all conversations, and queues texts again that the store may have lost.
    fn drop_epoch(&mut self, step: &mut Step) {
        self.newest = 0;
        self.newest_asked = 0;
        for id in self.threads.take_keys() {
            self.line(&id, step);
            step.change(Change::Rows(Place::At(id)));
        }
        self.unknown.clear();
        self.gone.clear();
        #[cfg(feature = "team")]
        self.names.clear();
        for entry in &mut self.outbox {
            if let State::Appended(_) = entry.state {
                entry.state = State::Queued { tried: false };
                step.effect(Effect::Store(entry.outgoing.clone()));
            }
        }
    }

    fn policy_changed(&mut self, dice: u32, policy: Policy, step: &mut Step) {
        let hid = self.policy.hide_closed_since;
        let keeps = policy.keep_unread && !self.policy.keep_unread;
        let shows_more = hid.is_some() && (policy.hide_closed_since != hid || keeps);
        self.policy = policy;
        step.change(Change::Site);
        step.change(Change::List);
        // Hidden conversations were not sent before. Jitter, because all visitors of the site learn of the change
        // at the same moment.
        if shows_more && self.me == Me::Visitor {
            let after_ms = jitter_ms(REFRESH_WITHIN_MS, dice);
            step.effect(Effect::Wake { timer: Timer::Refresh, after_ms });
        }
    }

    /// Reconnects to get a new welcome. Without a connection, the next one brings it.
    pub(super) fn refresh(&mut self, now: Millis, step: &mut Step) {
        if self.connection.is_out() && self.wants_link() {
            self.connect(now, step);
        }
    }

    fn refused_link(&mut self, now: Millis, dice: u32, error: &ErrorBody, step: &mut Step) {
        match error.code {
            // Retrying these would get the same answer.
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

    /// Handles a refusal of the person's credentials. True if it was one.
    pub(super) fn refused_me(&mut self, code: ErrorCode, step: &mut Step) -> bool {
        match code {
            ErrorCode::SignInRequired | ErrorCode::CsrfTokenInvalid => self.end(code, step),
            ErrorCode::VisitorKeyInvalid | ErrorCode::VisitorKeyRevoked
                if self.me == Me::Visitor =>
            {
                // The first message in flight registers its key: its answer decides.
                if !self.outbox.iter().any(|entry| entry.is_start() && entry.is_pending()) {
                    step.effect(Effect::ForgetKey);
                }
                self.forget_me(step);
            }
            _ => return false,
        }
        true
    }

    /// The visitor's key was refused: drops all conversations. Unsent texts become new conversations.
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

    /// Merges a state of a conversation, unless it is older than the known one.
    pub(super) fn merge(&mut self, mut fresh: Conversation, step: &mut Step) {
        let id = fresh.id.clone();
        self.newest = self.newest.max(fresh.revision);
        if let Some(thread) = self.threads.get(&id)
            && thread.is_contradicted_by_state(&fresh)
        {
            self.contradicted = true;
            return;
        }
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
                // Read marks only grow, whichever state is newer.
                let (read_here, read_there) = (known.read_revision, fresh.read_revision);
                for of in [Side::Visitor, Side::Team] {
                    let (here, there) = (known.read(of).up_to, fresh.read(of).up_to);
                    if newer && fresh.hear_read(of, here, Some(read_here)) && of == side {
                        // The server does not have this side's read mark yet.
                        step.effect(Effect::MarkRead { id: id.clone(), up_to: here });
                    }
                    known.hear_read(of, there, Some(read_there));
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
        self.line(&id, step);
        step.change(Change::List);
        step.change(Change::Rows(Place::At(id)));
    }

    fn heard_of(&mut self, id: &ConversationId, head: Seq) {
        match self.threads.get_mut(id) {
            Some(thread) => thread.heard = thread.heard.max(head),
            None if self.gone.contains(id) => {}
            None => {
                self.unknown.add(id.clone(), Fetch::default());
            }
        }
    }

    pub(super) fn event(&mut self, id: &ConversationId, event: &Event, step: &mut Step) {
        if !self.threads.contains(id) && self.starts(event) {
            // The echo of a first message overtook the answer, which has the whole conversation.
            return;
        }
        self.gone.remove(id);
        self.heard_of(id, event.seq);
        self.newest = self.newest.max(event.revision);
        let Some(thread) = self.threads.get_mut(id) else { return };
        if thread.is_contradicted_by(event) {
            self.contradicted = true;
            return;
        }
        let news = thread.conversation.apply(event) == Applied::Yes;
        if news {
            thread.guessed |= !event.is_understood();
        }
        let folded = event.seq <= thread.conversation.head;
        let known = match &mut thread.timeline {
            // Without a loaded log, an event that is in the state is enough to clear the outbox.
            None => event.seq <= thread.conversation.head,
            Some(timeline) => match timeline.append(event) {
                Applied::Gap => false,
                Applied::Duplicate => true,
                Applied::Yes => {
                    if event.body.is_erasure() {
                        timeline.erase();
                    }
                    step.change(Change::Rows(Place::At(id.clone())));
                    true
                }
            },
        };
        if news {
            if let EventBody::Message { .. } = event.body {
                step.change(message(id, event.seq, &event.author));
                if thread.typing.stop(&event.author, self.me.wrote(&event.author)) {
                    step.change(Change::Typing(id.clone()));
                }
            }
            step.change(Change::List);
            self.line(id, step);
        }
        if known {
            self.confirm(id, event, step);
        }
        if let Some(client_id) = event.client_id.as_ref().filter(|_| folded) {
            self.acted(client_id, event.seq, step);
        }
    }

    pub(super) fn fetched(
        &mut self,
        at: Moment,
        id: &ConversationId,
        result: Result<Conversation, Failure>,
        step: &mut Step,
    ) {
        if let Some(fetch) = self.state_of(id) {
            fetch.out = false;
        }
        match result {
            Ok(conversation) if conversation.id == *id => {
                let asked = self.threads.get(id).map_or(0, |thread| thread.head_at_fetch);
                self.contradicted |= conversation.head < asked;
                if let Some(fetch) = self.state_of(id) {
                    fetch.backoff.reset();
                }
                self.merge(conversation, step);
            }
            Ok(_) => self.not_fetched(at, id, Self::state_of, &Failure::Network, step),
            Err(failure) => self.not_fetched(at, id, Self::state_of, &failure, step),
        }
    }

    /// The fetch of a conversation's state.
    fn state_of(&mut self, id: &ConversationId) -> Option<&mut Fetch> {
        match self.threads.get_mut(id) {
            Some(thread) => Some(&mut thread.state),
            None => self.unknown.get_mut(id),
        }
    }

    fn newer_of(&mut self, id: &ConversationId) -> Option<&mut Fetch> {
        self.threads.get_mut(id).map(|thread| &mut thread.newer)
    }

    fn older_of(&mut self, id: &ConversationId) -> Option<&mut Fetch> {
        self.threads.get_mut(id).map(|thread| &mut thread.older)
    }

    pub(super) fn fetched_events(
        &mut self,
        at: Moment,
        id: &ConversationId,
        range: Range,
        result: Result<Page, Failure>,
        step: &mut Step,
    ) {
        let which: FetchOf = match range {
            Range::After(_) => Self::newer_of,
            Range::Before(_) => Self::older_of,
        };
        let Some(fetch) = which(self, id) else { return };
        fetch.out = false;
        let page = match result {
            Ok(page) => page,
            Err(failure) => return self.not_fetched(at, id, which, &failure, step),
        };
        if let Range::Before(_) = range {
            fetch.backoff.reset();
        }
        let Some(thread) = self.threads.get_mut(id) else { return };
        thread.heard = thread.heard.max(page.head);
        let known = match range {
            Range::After(after) => after,
            Range::Before(before) => before.saturating_sub(1),
        };
        if page.head < known {
            self.contradicted = true;
            return;
        }
        match range {
            Range::Before(before) => self.older(id, before, page.events, step),
            Range::After(after) => self.newer(at, id, after, page, step),
        }
    }

    fn newer(
        &mut self,
        at: Moment,
        id: &ConversationId,
        after: Seq,
        mut page: Page,
        step: &mut Step,
    ) {
        let Some(thread) = self.threads.get(id) else { return };
        let covered = thread.covered();
        if page.events.is_empty() && page.head > covered && thread.newer.backoff.is_told() {
            // Repeated answers lacked these events: fills in a placeholder, so that later ones can be loaded.
            let (known, last) = (&thread.conversation, after.saturating_add(HOLE_MAX));
            let last = unreadable(page.head.min(last), known.revision, known.active_at);
            page.events.push(last);
        }
        for event in dense(after, page.events) {
            self.event(id, &event, step);
        }
        let Some(thread) = self.threads.get_mut(id) else { return };
        if thread.is_behind() && thread.covered() == covered {
            // The answer lacked the missing events: backs off, because asking at once would loop.
            thread.newer.backoff.failed(at, &Failure::Network);
        } else {
            thread.newer.backoff.reset();
        }
    }

    fn older(&mut self, id: &ConversationId, before: Seq, mut events: Vec<Event>, step: &mut Step) {
        let Some(thread) = self.threads.get_mut(id) else { return };
        thread.older_wanted = false;
        let Some(timeline) = &mut thread.timeline else { return };
        let last = before.saturating_sub(1);
        if last > 0 && before == timeline.first() {
            thread.older_missing = events.is_empty();
            if events.last().is_none_or(|event| event.seq < last) {
                let known = &thread.conversation;
                events.push(unreadable(last, known.revision, known.started_at));
            }
        }
        let after = events.first().map_or(0, |event| event.seq.saturating_sub(1));
        let events = dense(after, events);
        timeline.prepend(&events);
        if thread.conversation.is_erased() {
            // The page may have been read before.
            timeline.erase();
        }
        step.change(Change::Rows(Place::At(id.clone())));
        let held: Vec<&Event> = events.iter().filter(|event| timeline.holds(event.seq)).collect();
        for event in held {
            self.confirm(id, event, step);
        }
    }

    fn not_fetched(
        &mut self,
        at: Moment,
        id: &ConversationId,
        which: FetchOf,
        failure: &Failure,
        step: &mut Step,
    ) {
        match failure {
            // A late answer for a conversation that was dropped.
            _ if !self.threads.contains(id) && !self.unknown.contains(id) => {}
            Failure::Refused(error) if !failure.is_retryable() => {
                if !self.refused_me(error.code, step) {
                    self.lost_conversation(id, step);
                }
            }
            _ => {
                let Some(fetch) = which(self, id) else { return };
                fetch.backoff.failed(at, failure);
                if fetch.backoff.is_told() {
                    step.change(Change::List);
                    step.change(Change::Rows(Place::At(id.clone())));
                }
            }
        }
    }

    fn lost_conversation(&mut self, id: &ConversationId, step: &mut Step) {
        self.unknown.remove(id);
        self.threads.remove(id);
        self.gone.insert(id.clone(), ());
        self.line(id, step);
        let place = Place::At(id.clone());
        self.outbox.retain(|entry| {
            !(entry.outgoing.place == place && matches!(entry.state, State::Appended(_)))
        });
        step.change(Change::List);
        step.change(Change::Rows(place));
    }
}

impl Thread {
    /// Starts an empty timeline before the first event, for a conversation that was started here.
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

/// Reports the other side's messages that a new state contains and no event has reported. The state has only
/// the last message's author, who is taken for the author of all.
fn messages_since(head: Seq, fresh: &Conversation, side: Side, step: &mut Step) {
    let Some(last) = &fresh.last else { return };
    for seq in fresh.read(side).unread.iter().filter(|seq| **seq > head) {
        step.change(message(&fresh.id, *seq, &last.author));
    }
}
