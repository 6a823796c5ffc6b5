//! Arbitrary histories: what visitors, agents, bots and the timer may try, wise or not.

use proptest::collection::vec;
use proptest::prelude::*;

use porchlight_protocol::conversation::{Kind, Side};
use porchlight_protocol::{Act, Author, MemberId, Millis};

use crate::world::{
    TIMER, VISITOR, World, agent, all_options, ann, ask, ben, bot, choose, member_id, robot,
    stray_bot,
};

#[derive(Debug, Clone)]
pub struct History {
    with_robot: bool,
    options: usize,
    steps: Vec<Step>,
}

#[derive(Debug, Clone)]
pub enum Step {
    Try(Author, RelativeAct),
    Read(Side, u64),
    Save(usize),
    /// Something is committed in another conversation.
    Elsewhere,
    /// The clock moves; now and then backwards.
    Clock(Millis),
}

/// An act whose numbers and names are still relative to what stands when it comes.
#[derive(Debug, Clone)]
pub enum RelativeAct {
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
    Ask,
    /// Of a question so many events ago.
    Choose(u64),
    HandOver,
}

impl RelativeAct {
    fn act(&self, world: &World) -> Act {
        let seen = |missed: &u64| world.head().saturating_sub(*missed);
        match self {
            RelativeAct::Say(text) => Act::message(text),
            RelativeAct::SayAndClose(text, missed) => {
                Act::MessageAndClose { text: text.clone(), seen: seen(missed) }
            }
            RelativeAct::Close(missed) => Act::Close { seen: seen(missed) },
            RelativeAct::Reopen => Act::Reopen,
            RelativeAct::Claim => {
                Act::Claim { from: world.conversation.assignee.as_ref().map(|m| m.id.clone()) }
            }
            RelativeAct::ClaimFrom(from) => Act::Claim { from: from.clone() },
            RelativeAct::Unclaim => Act::Unclaim,
            RelativeAct::KeepOpen => Act::KeepOpen,
            RelativeAct::Note(text) => Act::Note { text: text.clone() },
            RelativeAct::Ask => ask(&["In blue", "In red"]),
            RelativeAct::Choose(ago) => choose("In red", seen(ago)),
            RelativeAct::HandOver => Act::HandOver,
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
                Step::Try(actor, relative) => {
                    let act = relative.act(&world);
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
        12 => (actor(), relative_act()).prop_map(|(actor, act)| Step::Try(actor, act)),
        // What sensible people do, so that histories get somewhere.
        4 => text().prop_map(|text| Step::Try(VISITOR, RelativeAct::Say(text))),
        2 => text().prop_map(|text| Step::Try(bot(robot()), RelativeAct::Say(text))),
        2 => Just(Step::Try(bot(robot()), RelativeAct::Ask)),
        2 => (0..4_u64).prop_map(|ago| Step::Try(VISITOR, RelativeAct::Choose(ago))),
        4 => prop_oneof![Just(RelativeAct::Claim), text().prop_map(RelativeAct::Say), Just(RelativeAct::Close(0))]
            .prop_map(|act| Step::Try(agent(ann()), act)),
        3 => prop_oneof![Just(RelativeAct::Close(0)), Just(RelativeAct::Reopen), Just(RelativeAct::KeepOpen)]
            .prop_map(|act| Step::Try(VISITOR, act)),
        1 => text().prop_map(|text| Step::Try(agent(ben()), RelativeAct::Note(text))),
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

fn relative_act() -> impl Strategy<Value = RelativeAct> {
    let missed = || prop_oneof![3 => Just(0), 1 => 0..6_u64];
    prop_oneof![
        4 => text().prop_map(RelativeAct::Say),
        2 => (text(), missed()).prop_map(|(text, missed)| RelativeAct::SayAndClose(text, missed)),
        4 => missed().prop_map(RelativeAct::Close),
        3 => Just(RelativeAct::Reopen),
        2 => Just(RelativeAct::Claim),
        2 => believed_owner().prop_map(RelativeAct::ClaimFrom),
        1 => Just(RelativeAct::Unclaim),
        1 => Just(RelativeAct::KeepOpen),
        1 => text().prop_map(RelativeAct::Note),
        1 => Just(RelativeAct::Ask),
        1 => (0..6_u64).prop_map(RelativeAct::Choose),
        1 => Just(RelativeAct::HandOver),
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
