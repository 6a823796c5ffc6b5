//! When a conversation closes by itself, and when its visitor is told before.

use porchlight_protocol::closing::{closes_at, warns_at};
use porchlight_protocol::conversation::Kind;
use porchlight_protocol::{Act, Author, ClosingSettings, Millis, Plan, Policy};

use crate::world::{
    TIMER, VISITOR, World, agent, ann, ben, bot, claim_from, close, note, robot, say,
};

const MINUTE_MS: Millis = 60_000;
const HOUR_MS: Millis = 60 * MINUTE_MS;
const DAY_MS: Millis = 24 * HOUR_MS;

/// An hour for live chats, ten minutes for bots, told of five minutes before.
fn timed() -> ClosingSettings {
    ClosingSettings {
        auto_close_after_s: Some(3_600),
        bots_apart: true,
        bot_auto_close_after_s: Some(600),
        warn_before_s: Some(300),
        ..ClosingSettings::default()
    }
}

fn closed_by_the_timer(world: &World) -> bool {
    matches!(&world.log.last().unwrap().author, Author::Timer) && world.conversation.is_closed()
}

/// After so long a time the timer goes by.
fn after(world: &mut World, ms: Millis) -> bool {
    world.now += ms;
    world.timer_goes_by()
}

#[test]
fn nothing_closes_by_itself_until_a_site_says_so() {
    let mut world = World::greeted(ClosingSettings::default());
    assert!(!after(&mut world, 1_000 * DAY_MS));
    world.settings = timed();
    assert!(after(&mut world, 0), "what is set reaches what was there before");
}

#[test]
fn it_closes_a_period_after_the_last_message_and_not_a_millisecond_before() {
    let mut world = World::greeted(timed());
    assert!(!after(&mut world, HOUR_MS - 1));
    assert!(after(&mut world, 1));
    assert!(closed_by_the_timer(&world));
}

#[test]
fn whether_or_not_anybody_replied() {
    let mut answered = World::greeted(timed());
    answered.must(&agent(ann()), &claim_from(None));
    answered.must(&agent(ann()), &say("Yes?"));
    let unanswered = World::greeted(timed());
    for mut world in [answered, unanswered] {
        assert!(after(&mut world, HOUR_MS));
    }
}

#[test]
fn it_counts_from_the_last_message_of_anyone() {
    let mut world = World::claimed();
    world.settings = timed();
    for author in [VISITOR, agent(ann()), VISITOR] {
        assert!(!after(&mut world, HOUR_MS - 1));
        world.must(&author, &say("Still here."));
    }
    assert!(!after(&mut world, HOUR_MS - 1));
    assert!(after(&mut world, 1));
}

#[test]
fn it_counts_from_the_last_reopening_by_anyone() {
    for (closer, opener) in [
        (agent(ann()), agent(ann())),
        (agent(ann()), agent(ben())),
        (VISITOR, VISITOR),
        (TIMER, agent(ben())),
    ] {
        let mut world = World::claimed();
        world.settings = timed();
        world.now += HOUR_MS - 1;
        world.must(&closer, &close(world.head()));
        world.now += DAY_MS;
        world.must(&opener, &Act::Reopen);
        assert!(!after(&mut world, HOUR_MS - 1), "{closer:?} {opener:?}");
        assert!(after(&mut world, 1));
    }
}

#[test]
fn a_message_that_reopens_begins_the_time_anew() {
    let mut world = World::greeted(timed());
    assert!(after(&mut world, HOUR_MS));
    world.now += DAY_MS;
    world.must(&VISITOR, &say("One more thing"));
    assert!(!after(&mut world, HOUR_MS - 1));
    assert!(after(&mut world, 1));
}

#[test]
fn a_claim_a_note_a_look_and_what_visitors_put_away_are_no_activity() {
    let mut world = World::greeted(timed());
    let closes_at = world.closes_at();
    world.now += HOUR_MS / 2;
    world.must(&agent(ann()), &claim_from(None));
    world.must(&agent(ben()), &note("Pays late."));
    world.must(&agent(ann()), &Act::Unclaim);
    world.read(porchlight_protocol::conversation::Side::Team, 9);
    assert_eq!(world.closes_at(), closes_at);
    assert!(after(&mut world, HOUR_MS / 2));
    world.must(&VISITOR, &close(0));
    world.must(&VISITOR, &Act::Reopen);
    assert!(world.conversation.is_closed());
    assert_eq!(world.closes_at(), None);
}

#[test]
fn what_is_closed_is_not_closed_again() {
    let mut world = World::greeted(timed());
    assert!(after(&mut world, HOUR_MS));
    let head = world.head();
    assert!(!after(&mut world, HOUR_MS));
    assert_eq!(world.act(&TIMER, &close(0)), Ok(0), "nor if the timer should ask twice");
    assert_eq!(world.head(), head);
}

#[test]
fn what_came_due_while_nobody_looked_closes_when_somebody_does() {
    let mut world = World::greeted(timed());
    assert!(after(&mut world, 365 * DAY_MS));
}

#[test]
fn bots_have_a_period_of_their_own() {
    let mut world = World::with_robot();
    world.settings = timed();
    world.must(&bot(robot()), &say("Beep"));
    assert!(!after(&mut world, 10 * MINUTE_MS - 1));
    assert!(after(&mut world, 1));

    let mut world = World::with_robot();
    world.settings = ClosingSettings { bots_apart: false, ..timed() };
    assert!(!after(&mut world, HOUR_MS - 1));
    assert!(after(&mut world, 1));

    let mut world = World::with_robot();
    world.settings = ClosingSettings { bot_auto_close_after_s: None, ..timed() };
    assert!(!after(&mut world, 1_000 * DAY_MS), "apart, and never");
}

#[test]
fn changing_the_period_counts_anew_from_the_same_moment() {
    let mut world = World::greeted(timed());
    world.now += 30 * MINUTE_MS;
    world.settings = ClosingSettings { auto_close_after_s: Some(1_800), ..timed() };
    assert_eq!(world.closes_at(), Some(world.now), "it is due now");
    world.settings = ClosingSettings { auto_close_after_s: Some(7_200), ..timed() };
    assert_eq!(world.closes_at(), Some(world.now + 90 * MINUTE_MS));
    world.settings.auto_close_after_s = None;
    assert_eq!(world.closes_at(), None);
}

#[test]
fn on_a_lower_plan_nothing_closes_by_itself_whatever_is_stored() {
    let mut world = World::greeted(timed());
    world.plan = Plan::Starter;
    assert!(!after(&mut world, DAY_MS));
    assert_eq!(warns_at(&world.conversation, &world.policy()), None);
}

#[test]
fn visitors_are_told_so_many_minutes_before() {
    let world = World::greeted(timed());
    let told = |settings: ClosingSettings| {
        warns_at(&world.conversation, &settings.policy(Plan::Professional, 1))
    };
    assert_eq!(told(timed()), Some(world.now + 55 * MINUTE_MS));
    assert_eq!(told(ClosingSettings { warn_before_s: None, ..timed() }), None);
    assert_eq!(told(ClosingSettings { auto_close_after_s: None, ..timed() }), None);
    let mut closed = world.clone();
    closed.must(&VISITOR, &close(0));
    assert_eq!(warns_at(&closed.conversation, &closed.policy()), None);
}

#[test]
fn keep_it_open_begins_the_time_anew_and_moves_nothing_on_home() {
    let mut world = World::greeted(timed());
    let order = world.conversation.active_revision;
    let last = world.conversation.last.clone();
    world.now += 56 * MINUTE_MS;
    world.must(&VISITOR, &Act::KeepOpen);
    assert_eq!(world.closes_at(), Some(world.now + HOUR_MS));
    assert_eq!(warns_at(&world.conversation, &world.policy()), Some(world.now + 55 * MINUTE_MS));
    assert_eq!(world.conversation.active_revision, order);
    assert_eq!(world.conversation.last, last);
    assert!(world.conversation.team_read.unread == [1], "nobody has to answer it");
    assert!(!after(&mut world, HOUR_MS - 1));
    assert!(after(&mut world, 1));
}

#[test]
fn a_message_and_the_timer_race_and_the_log_decides() {
    let mut due = World::greeted(timed());
    due.now += HOUR_MS;
    // The message is first: the timer finds that it is not due any more.
    let mut message_first = due.clone();
    message_first.must(&VISITOR, &say("Wait!"));
    assert!(!message_first.timer_goes_by());
    assert!(!message_first.conversation.is_closed());
    // The timer is first: the message opens it again, where there is a field.
    let mut timer_first = due.clone();
    assert!(timer_first.timer_goes_by());
    timer_first.must(&VISITOR, &say("Wait!"));
    assert!(!timer_first.conversation.is_closed());
    assert!(!timer_first.timer_goes_by(), "and it is not due at once again");
    // And so do a wish to keep it open and the timer.
    let mut wish_first = due;
    wish_first.must(&VISITOR, &Act::KeepOpen);
    assert!(!wish_first.timer_goes_by());
}

#[test]
fn a_clock_that_was_set_back_closes_nothing_early_and_opens_nothing() {
    let mut quiet = World::greeted(timed());
    quiet.now += HOUR_MS;
    let mut closed = quiet.clone();
    assert!(closed.timer_goes_by());
    quiet.now -= DAY_MS;
    assert!(!quiet.timer_goes_by(), "not due any more");
    closed.now -= DAY_MS;
    assert!(!closed.timer_goes_by());
    assert!(closed.conversation.is_closed(), "what is closed stays closed");
    // What is said now has its whole period by the clock of now.
    quiet.must(&VISITOR, &say("Hello?"));
    assert!(!after(&mut quiet, HOUR_MS - 1));
    assert!(after(&mut quiet, 1));
}

#[test]
fn numbers_beyond_all_bounds_mean_never() {
    let mut world = World::new(Kind::Live, ClosingSettings::default());
    for now in [Millis::MIN, 0, Millis::MAX] {
        world.now = now;
        world.must(&VISITOR, &say("hello"));
        let policy = Policy {
            live_closes_after_s: Some(u64::MAX),
            warn_before_s: Some(u64::MAX),
            ..Policy::default()
        };
        assert!(closes_at(&world.conversation, &policy).unwrap() >= now);
        assert!(warns_at(&world.conversation, &policy) <= closes_at(&world.conversation, &policy));
    }
}
