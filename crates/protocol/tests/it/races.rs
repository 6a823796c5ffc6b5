//! Two agents and a visitor with three tabs, and the timer: every interleaving of up to six acts, in
//! which everybody acts on what they last heard, however long ago that was.
//!
//! A person's client has heard the log up to some point that only moves forward. Whoever acts has by
//! then heard at least what they had heard when they acted last, and at most all that there is: each
//! point in between is tried. What is decided is held to the words of design §4, and so is what
//! everybody sees in the end, when all have heard everything.

use std::collections::HashSet;

use porchlight_protocol::closing::{self, visitor_view};
use porchlight_protocol::conversation::{Applied, Kind, Status};
use porchlight_protocol::rules::{self, Refusal};
use porchlight_protocol::{
    Act, Author, Conversation, ConversationId, Event, EventBody, Member, Millis, Policy, Revision,
    Seq, VisitorId,
};

use crate::world::{
    TIMER, VISITOR, agent, all_policies, ann, ben, claim_from, close, next_event, note, say,
    say_and_close,
};

const ACTS_MAX: usize = 6;

/// The period of the site.
const CLOSES_AFTER_S: u64 = 3_600;

/// The commit that switched hiding on: before the conversation.
const HIDING_SINCE: Revision = 1;

/// Whose act it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Who {
    Ann,
    Ben,
    FirstTab,
    SecondTab,
    ThirdTab,
    /// It has heard everything: it is in the store.
    Timer,
}

use Who::*;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ActKind {
    Claims,
    Writes,
    WritesAndCloses,
    Closes,
    Reopens,
    Notes,
    /// The visitor's Undo.
    TakesBack,
    KeepsOpen,
}

use ActKind::*;

/// Who does what. Both agents do all that matters between two; a tab writes, a tab closes, and a tab
/// takes back or keeps open.
const ACTS: [(Who, ActKind); 15] = [
    (Ann, Claims),
    (Ann, Writes),
    (Ann, WritesAndCloses),
    (Ann, Closes),
    (Ann, Reopens),
    (Ben, Claims),
    (Ben, Closes),
    (Ben, Reopens),
    (Ben, Notes),
    (FirstTab, Writes),
    (SecondTab, Closes),
    (SecondTab, Writes),
    (ThirdTab, TakesBack),
    (ThirdTab, KeepsOpen),
    (Timer, Closes),
];

impl Who {
    const CLIENTS: [Who; 5] = [Ann, Ben, FirstTab, SecondTab, ThirdTab];

    fn author(self) -> Author {
        match self {
            Ann => agent(ann()),
            Ben => agent(ben()),
            FirstTab | SecondTab | ThirdTab => VISITOR,
            Timer => TIMER,
        }
    }

    fn member(self) -> Option<Member> {
        match self {
            Ann => Some(ann()),
            Ben => Some(ben()),
            _ => None,
        }
    }
}

/// A site on which nothing is hidden, or the field goes, and so on: what is decided differs only by
/// the field, what is seen is looked at under all.
struct Site {
    policy: Policy,
    views: Vec<Policy>,
}

impl Site {
    fn new(disable_field: bool) -> Self {
        let timed = |policy| Policy { live_closes_after_s: Some(CLOSES_AFTER_S), ..policy };
        let views: Vec<Policy> = all_policies(HIDING_SINCE)
            .filter(|policy| policy.disable_field == disable_field)
            .map(timed)
            .collect();
        Site { policy: views[0].clone(), views }
    }
}

#[derive(Clone)]
struct World {
    /// The conversation after each event, from before the first.
    states: Vec<Conversation>,
    log: Vec<Event>,
    revision: Revision,
    now: Millis,
    /// How far each client had heard when it last acted.
    heard: [Seq; 5],
    /// What the visitor wrote, and whether it was taken; else it is back in the draft.
    written: Vec<(String, bool)>,
}

impl World {
    /// The visitor has said hello, and everybody has heard it.
    fn new() -> Self {
        let start = Conversation::new(
            ConversationId::from_bytes([1; 16]),
            Kind::Live,
            VisitorId::from_bytes([2; 16]),
            0,
        );
        let mut world = World {
            states: vec![start],
            log: Vec::new(),
            revision: 10,
            now: 0,
            heard: [1; 5],
            written: Vec::new(),
        };
        world.commit(&VISITOR, vec![EventBody::message("hello")]);
        world
    }

    fn conversation(&self) -> &Conversation {
        self.states.last().unwrap()
    }

    fn head(&self) -> Seq {
        self.conversation().head
    }

    fn commit(&mut self, author: &Author, bodies: Vec<EventBody>) {
        for body in bodies {
            self.revision += 1;
            let mut next = self.conversation().clone();
            let event = next_event(&next, self.revision, self.now, author, body);
            assert_eq!(next.apply(&event), Applied::Yes);
            self.states.push(next);
            self.log.push(event);
        }
    }

    /// The act as a client makes it that has heard the log up to `heard`; `None` if it does not offer
    /// it there.
    fn act(&self, who: Who, kind: ActKind, heard: Seq) -> Option<Act> {
        let known = &self.states[heard as usize];
        let offered = match (who.member(), kind) {
            // A tab has a field, or starts another conversation.
            (None, Writes | TakesBack) => true,
            (None, KeepsOpen) => !known.is_closed(),
            // An open tab may show a closed conversation as if it were open, and so can be asked to
            // close it.
            (None, _) => true,
            (Some(_), Notes) => true,
            (Some(_), Reopens) => known.is_closed(),
            (Some(me), Claims) => !known.is_closed() && !known.is_owned_by(&me),
            (Some(me), _) => !known.is_closed() && known.is_owned_by(&me),
        };
        let text = || format!("text {}", self.log.len() + self.written.len());
        offered.then(|| match kind {
            Claims => claim_from(known.assignee.as_ref()),
            Writes => say(&text()),
            WritesAndCloses => say_and_close(&text(), heard),
            Closes => close(heard),
            Reopens | TakesBack => Act::Reopen,
            Notes => note(&text()),
            KeepsOpen => Act::KeepOpen,
        })
    }

    /// All that what comes depends on. Two worlds alike in it lead on alike: numbers of commits and
    /// of events matter only by which is before which, so what stands here are the states themselves,
    /// as far back as somebody may still act on them.
    fn key(&self) -> Key {
        let oldest = self.heard.iter().copied().min().unwrap_or(0);
        let newest_words = self.conversation().visitor_seq;
        let states = self.states[oldest as usize..].iter().map(|state| {
            let status = match &state.status {
                Status::Open | Status::Other => 0,
                Status::Closed { by: Author::Visitor, .. } => 1,
                Status::Closed { by: Author::Timer, .. } => 2,
                Status::Closed { .. } => 3,
            };
            let owner = match &state.assignee {
                None => 0,
                Some(member) if *member == ann() => 1,
                Some(_) => 2,
            };
            let flags = u8::from(state.dismissed)
                | u8::from(state.reopened_by_visitor) << 1
                // Whether it would be a closing that has seen everything.
                | u8::from(state.head >= newest_words) << 2;
            (status, owner, flags)
        });
        Key {
            states: states.collect(),
            heard: self.heard.map(|heard| (heard - oldest) as u8),
            quiet_ms: self.now - self.conversation().active_at,
        }
    }
}

#[derive(PartialEq, Eq, Hash)]
struct Key {
    states: Vec<(u8, u8, u8)>,
    heard: [u8; 5],
    quiet_ms: Millis,
}

struct Search {
    site: Site,
    path: Vec<(Who, ActKind, Seq)>,
    commits: usize,
    refusals: usize,
    tried: HashSet<(Key, usize)>,
}

impl Search {
    fn go(&mut self, world: &World) {
        let left = ACTS_MAX - self.path.len();
        if left == 0 || !self.tried.insert((world.key(), left)) {
            return;
        }
        for (who, kind) in ACTS {
            if who == Timer {
                self.timer(world);
                continue;
            }
            let client = Who::CLIENTS.iter().position(|client| *client == who).unwrap();
            let mut asked: Vec<Act> = Vec::new();
            // From the oldest on: who heard less may hear all that others heard later, so of two
            // points at which the same is asked the first leads to all that the second leads to.
            for heard in world.heard[client]..=world.head() {
                let Some(act) = world.act(who, kind, heard) else { continue };
                if asked.contains(&alike(&act, world)) {
                    continue;
                }
                asked.push(alike(&act, world));
                self.path.push((who, kind, heard));
                let mut world = world.clone();
                world.heard[client] = heard;
                let changed = self.ask(&mut world, who, &act);
                self.check(&world);
                if changed {
                    self.go(&world);
                }
                self.path.pop();
            }
        }
    }

    /// Time passes until it is due, and the timer goes by; in between others may act.
    fn timer(&mut self, world: &World) {
        let Some(due) = closing::closes_at(world.conversation(), &self.site.policy) else { return };
        self.path.push((Timer, Closes, world.head()));
        let mut world = world.clone();
        if world.now < due {
            world.now += CLOSES_AFTER_S as Millis * 1_000;
            self.go(&world);
        } else {
            assert!(self.ask(&mut world, Timer, &close(0)));
            self.check(&world);
            self.go(&world);
        }
        self.path.pop();
    }

    /// Asks the server, and holds what it says to the design. True if something changed.
    fn ask(&mut self, world: &mut World, who: Who, act: &Act) -> bool {
        let before = world.conversation();
        let decided = rules::decide(before, &who.author(), act, &self.site.policy);
        let why = || format!("{:?} {decided:?}", self.path);
        let open = !before.is_closed();
        let theirs = matches!(before.status, Status::Closed { by: Author::Visitor, .. });
        let owns = who.member().is_some_and(|me| before.is_owned_by(&me));
        match act {
            Act::Close { seen } | Act::MessageAndClose { seen, .. } if who.member().is_some() => {
                let missed = world.log.iter().any(|event| {
                    event.author == VISITOR
                        && matches!(event.body, EventBody::Message { .. })
                        && event.seq > *seen
                });
                if decided.as_ref().is_ok_and(|bodies| !bodies.is_empty()) {
                    assert!(open && owns && !missed, "{}", why());
                } else if open {
                    assert!(!owns || missed, "{}", why());
                }
            }
            Act::Message { .. } if who.member().is_some() => {
                assert_eq!(decided.is_ok(), open && owns, "{}", why());
            }
            Act::Message { .. } => {
                let refused = !open && self.site.policy.disable_field;
                assert_eq!(decided == Err(Refusal::ConversationClosed), refused, "{}", why());
                assert_eq!(decided.is_ok(), !refused, "{}", why());
            }
            Act::Claim { from } => {
                let owner = before.assignee.as_ref().map(|owner| &owner.id);
                let fair = open && owner == from.as_ref();
                assert_eq!(decided.is_ok(), fair || owns, "{}", why());
            }
            Act::Reopen if who.member().is_some() => assert!(decided.is_ok(), "{}", why()),
            // What a tab closes leaves Home; by Undo it is back, and open only if they had closed it.
            Act::Close { .. } if who != Timer => {
                let expected = match (open, theirs || before.dismissed) {
                    (true, _) => vec![EventBody::Closed],
                    (false, false) => vec![EventBody::Dismissed],
                    (false, true) => vec![],
                };
                assert_eq!(decided, Ok(expected), "{}", why());
            }
            Act::Reopen => {
                let expected = match (open, theirs, before.dismissed) {
                    (true, ..) => Ok(vec![]),
                    (false, true, _) => Ok(vec![EventBody::Reopened]),
                    (false, false, true) => Ok(vec![EventBody::Restored]),
                    (false, false, false) => Err(Refusal::NotAllowed),
                };
                assert_eq!(decided, expected, "{}", why());
            }
            Act::KeepOpen => assert_eq!(decided.is_ok(), open, "{}", why()),
            _ => assert!(decided.is_ok(), "{}", why()),
        }
        if let (Act::Message { text, .. }, None) = (act, who.member()) {
            world.written.push((text.clone(), decided.is_ok()));
        }
        let bodies = match decided {
            Ok(bodies) => bodies,
            Err(_) => {
                self.refusals += 1;
                return false;
            }
        };
        // What changed nothing leads to nothing that hearing less does not lead to.
        if bodies.is_empty() {
            return false;
        }
        self.commits += 1;
        world.commit(&who.author(), bodies);
        true
    }

    /// Everybody has heard everything.
    fn check(&self, world: &World) {
        let why = || format!("{:?}", self.path);
        let conversation = world.conversation();
        let mut turns = world.log.iter().filter_map(|event| match event.body {
            EventBody::Closed => Some(true),
            EventBody::Reopened => Some(false),
            _ => None,
        });
        let mut closed = false;
        assert!(turns.all(|turn| std::mem::replace(&mut closed, turn) != turn), "{}", why());

        // Agents and tabs hold the same, though the tabs were told nothing of notes.
        let last = world.log.last().unwrap();
        let theirs = last.clone().without_internals();
        let mut tab = world.states[world.states.len() - 2].clone();
        assert_eq!(tab.apply(&theirs), Applied::Yes);
        assert_eq!(&tab, conversation, "{}", why());
        // A client that heard some of it again.
        assert_eq!(tab.apply(&theirs), Applied::Duplicate);
        assert_eq!(&tab, conversation);

        // No text is lost, and none is doubled.
        for (text, taken) in &world.written {
            let said = EventBody::message(text.clone());
            let times = world.log.iter().filter(|event| event.body == said).count();
            assert_eq!(times, usize::from(*taken), "{text}: {}", why());
        }

        // Nobody is locked out: where a tab has a field, the server takes what is written; where it
        // has none, a new conversation can be started.
        let fresh = &world.states[0];
        for policy in &self.site.views {
            let sent = rules::decide(conversation, &VISITOR, &say("?"), policy);
            for booted in [HIDING_SINCE, world.revision / 2, world.revision] {
                let view = visitor_view(conversation, policy, booted);
                assert_eq!(view.field, sent.is_ok(), "{}", why());
                if conversation.is_closed() {
                    assert!(view.field || view.marked_closed, "{}", why());
                } else {
                    assert!(view.listed && view.field && !view.marked_closed, "{}", why());
                }
            }
            assert!(rules::decide(fresh, &VISITOR, &say("?"), policy).is_ok());
        }
        // Nor is an agent: each of them can have it, and answer.
        for me in [ann(), ben()] {
            let mut conversation = conversation.clone();
            let act = if conversation.is_closed() {
                Act::Reopen
            } else {
                claim_from(conversation.assignee.as_ref())
            };
            let author = agent(me);
            for body in rules::decide(&conversation, &author, &act, &self.site.policy).unwrap() {
                let event = Event {
                    seq: conversation.head + 1,
                    revision: world.revision + 1,
                    at: world.now,
                    author: author.clone(),
                    client_id: None,
                    body,
                };
                assert_eq!(conversation.apply(&event), Applied::Yes);
            }
            let answer = rules::decide(&conversation, &author, &say("!"), &self.site.policy);
            assert!(answer.is_ok(), "{}", why());
        }
    }
}

/// The act with nothing in it that makes no difference to what is decided.
fn alike(act: &Act, world: &World) -> Act {
    let newest = world.conversation().visitor_seq;
    match act {
        Act::Close { seen } => close(u64::from(*seen >= newest)),
        Act::MessageAndClose { seen, .. } => say_and_close("", u64::from(*seen >= newest)),
        Act::Message { .. } => say(""),
        Act::Note { .. } => note(""),
        act => act.clone(),
    }
}

fn every_race(disable_field: bool) {
    let mut search = Search {
        site: Site::new(disable_field),
        path: Vec::new(),
        commits: 0,
        refusals: 0,
        tried: HashSet::new(),
    };
    search.go(&World::new());
    // So that nobody thins this out by accident.
    assert!(search.commits > 40_000, "{}", search.commits);
    assert!(search.refusals > 20_000, "{}", search.refusals);
}

#[test]
fn every_race_where_the_field_stays() {
    every_race(false);
}

#[test]
fn every_race_where_the_field_goes() {
    every_race(true);
}
