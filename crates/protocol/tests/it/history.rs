//! Arbitrary histories: what visitors, agents, bots and the timer may try, wise or not.

use proptest::collection::vec;
use proptest::prelude::*;

use porchlight_protocol::conversation::{Kind, Side};
use porchlight_protocol::{Act, Author, MemberId, Millis};

use crate::world::{
    TIMER, VISITOR, World, agent, all_options, ann, ben, bot, member_id, robot, stray_bot,
};

#[derive(Debug, Clone)]
pub struct History {
    with_robot: bool,
    options: usize,
    steps: Vec<Step>,
}

#[derive(Debug, Clone)]
pub enum Step {
    Try(Author, Deed),
    Read(Side, u64),
    Save(usize),
    /// Something is committed in another conversation.
    Elsewhere,
    /// The clock moves; now and then backwards.
    Clock(Millis),
}

/// An act whose numbers and names are still relative to what stands when it comes.
#[derive(Debug, Clone)]
pub enum Deed {
    Say(String),
    /// With how many events fewer than there are.
    SayAndClose(String, u64),
    Close(u64),
    Reopen,
    /// Seeing the owner that there is.
    Claim,
    /// Seeing this owner, whether or not it is so.
    ClaimFrom(Option<MemberId>),
    Unclaim,
    KeepOpen,
    Note(String),
}

impl Deed {
    fn act(&self, world: &World) -> Act {
        let seen = |missed: &u64| world.head().saturating_sub(*missed);
        match self {
            Deed::Say(text) => Act::Message { text: text.clone() },
            Deed::SayAndClose(text, missed) => {
                Act::MessageAndClose { text: text.clone(), seen: seen(missed) }
            }
            Deed::Close(missed) => Act::Close { seen: seen(missed) },
            Deed::Reopen => Act::Reopen,
            Deed::Claim => {
                Act::Claim { from: world.conversation.assignee.as_ref().map(|m| m.id.clone()) }
            }
            Deed::ClaimFrom(from) => Act::Claim { from: from.clone() },
            Deed::Unclaim => Act::Unclaim,
            Deed::KeepOpen => Act::KeepOpen,
            Deed::Note(text) => Act::Note { text: text.clone() },
        }
    }
}

impl History {
    pub fn begin(&self) -> World {
        let kind = if self.with_robot { Kind::Bot(robot()) } else { Kind::Live };
        World::new(kind, all_options().nth(self.options).unwrap())
    }

    /// Lives through it, and shows the world after every step.
    pub fn live(&self, mut after: impl FnMut(&World)) -> World {
        let mut world = self.begin();
        after(&world);
        for step in &self.steps {
            match step {
                Step::Try(actor, deed) => {
                    let act = deed.act(&world);
                    // Refused or not: both are part of life.
                    let _ = world.act(actor, &act);
                }
                Step::Read(side, missed) => {
                    world.read(*side, (world.head() + 2).saturating_sub(*missed));
                }
                Step::Save(options) => world.save(all_options().nth(*options).unwrap()),
                Step::Elsewhere => world.revision += 1,
                Step::Clock(millis) => world.now += millis,
            }
            after(&world);
        }
        world
    }

    pub fn end(&self) -> World {
        self.live(|_| {})
    }
}

pub fn histories() -> impl Strategy<Value = History> {
    (any::<bool>(), 0..8_usize, vec(step(), 0..32))
        .prop_map(|(with_robot, options, steps)| History { with_robot, options, steps })
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        12 => (actor(), deed()).prop_map(|(actor, deed)| Step::Try(actor, deed)),
        // What sensible people do, so that histories get somewhere.
        4 => text().prop_map(|text| Step::Try(VISITOR, Deed::Say(text))),
        2 => text().prop_map(|text| Step::Try(bot(robot()), Deed::Say(text))),
        4 => prop_oneof![Just(Deed::Claim), text().prop_map(Deed::Say), Just(Deed::Close(0))]
            .prop_map(|deed| Step::Try(agent(ann()), deed)),
        3 => prop_oneof![Just(Deed::Close(0)), Just(Deed::Reopen), Just(Deed::KeepOpen)]
            .prop_map(|deed| Step::Try(VISITOR, deed)),
        1 => text().prop_map(|text| Step::Try(agent(ben()), Deed::Note(text))),
        2 => (side(), 0..8_u64).prop_map(|(side, missed)| Step::Read(side, missed)),
        1 => (0..8_usize).prop_map(Step::Save),
        1 => Just(Step::Elsewhere),
        1 => prop_oneof![3 => 1..100_000_i64, 1 => -90_000_000..0_i64].prop_map(Step::Clock),
    ]
}

pub fn actor() -> impl Strategy<Value = Author> {
    prop_oneof![
        4 => Just(VISITOR),
        4 => Just(agent(ann())),
        3 => Just(agent(ben())),
        3 => Just(bot(robot())),
        1 => Just(bot(stray_bot())),
        1 => Just(TIMER),
    ]
}

fn deed() -> impl Strategy<Value = Deed> {
    let missed = || prop_oneof![3 => Just(0), 1 => 0..6_u64];
    prop_oneof![
        4 => text().prop_map(Deed::Say),
        2 => (text(), missed()).prop_map(|(text, missed)| Deed::SayAndClose(text, missed)),
        4 => missed().prop_map(Deed::Close),
        3 => Just(Deed::Reopen),
        2 => Just(Deed::Claim),
        2 => believed_owner().prop_map(Deed::ClaimFrom),
        1 => Just(Deed::Unclaim),
        1 => Just(Deed::KeepOpen),
        1 => text().prop_map(Deed::Note),
    ]
}

fn believed_owner() -> impl Strategy<Value = Option<MemberId>> {
    prop_oneof![Just(None), Just(Some(ann().id)), Just(Some(ben().id)), Just(Some(member_id(0xff))),]
}

fn side() -> impl Strategy<Value = Side> {
    prop_oneof![Just(Side::Visitor), Just(Side::Team)]
}

/// Mostly what can be said; now and then what can't.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        6 => Just("Do you have it in blue?".to_owned()),
        3 => Just("  first line\r\nsecond – \u{1f426} \n".to_owned()),
        1 => Just("  \t ".to_owned()),
        1 => Just("\0".to_owned()),
        1 => (150..170_usize, 0..40_usize)
            .prop_map(|(a, b)| format!("{} {}", "é".repeat(a), "x".repeat(b))),
        1 => ".{0,12}",
    ]
}
