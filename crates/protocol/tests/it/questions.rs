//! Questions of bots, and the choices that visitors make.

use porchlight_protocol::conversation::Kind;
use porchlight_protocol::limits::{CHOICE_CHARS_MAX, CHOICES_MAX, QUESTIONS_MAX};
use porchlight_protocol::rules::Refusal;
use porchlight_protocol::{Act, Author, EventBody, Seq};

use crate::world::{
    VISITOR, World, agent, all_options, ann, ask, asked, bot, chosen, claim_from, close, robot, say,
};

const COLOURS: [&str; 2] = ["In blue", "In red"];

/// A conversation with the bot, in which the visitor has said hello.
fn begin() -> World {
    let mut world = World::new(Kind::Bot(robot()), all_options().next().unwrap());
    does(&mut world, &VISITOR, &say("Hello"));
    world
}

/// Does it, and returns what it appends.
fn does(world: &mut World, actor: &Author, act: &Act) -> Vec<EventBody> {
    let bodies = world.ask(actor, act).unwrap();
    world.act(actor, act).unwrap();
    bodies
}

fn choose(question: Seq, choice: u64) -> Act {
    Act::Choose { question, choice }
}

/// The bot asks; the question's seq.
fn asks(world: &mut World, change: bool) -> Seq {
    let bodies = does(world, &bot(robot()), &ask(&COLOURS, change));
    assert_eq!(bodies, [asked(&COLOURS, change)]);
    world.head()
}

fn open(world: &World) -> Vec<Seq> {
    world.conversation.questions.iter().map(|open| open.seq).collect()
}

#[test]
fn a_choice_is_a_message_that_says_it() {
    let mut world = begin();
    let question = asks(&mut world, false);
    assert_eq!(open(&world), [question]);
    let bodies = does(&mut world, &VISITOR, &choose(question, 1));
    assert_eq!(bodies, [chosen("In red", question, 1)]);
    assert!(open(&world).is_empty());
    assert_eq!(world.conversation.last.as_ref().unwrap().text, "In red");
}

#[test]
fn a_choice_is_made_once() {
    let mut world = begin();
    let question = asks(&mut world, false);
    does(&mut world, &VISITOR, &choose(question, 0));
    for again in [0, 1] {
        assert_eq!(world.ask(&VISITOR, &choose(question, again)), Err(Refusal::NotAllowed));
    }
}

#[test]
fn who_answers_in_words_has_answered() {
    let mut world = begin();
    let question = asks(&mut world, false);
    does(&mut world, &VISITOR, &say("Green, please"));
    assert_eq!(world.ask(&VISITOR, &choose(question, 0)), Err(Refusal::NotAllowed));
}

#[test]
fn what_can_be_changed_takes_back_what_was_asked_after_it() {
    let mut world = begin();
    let first = asks(&mut world, true);
    does(&mut world, &VISITOR, &choose(first, 0));
    let second = asks(&mut world, true);
    does(&mut world, &VISITOR, &choose(second, 0));
    let third = asks(&mut world, false);
    assert_eq!(open(&world), [first, second, third]);
    does(&mut world, &VISITOR, &choose(first, 1));
    assert_eq!(open(&world), [first]);
    for gone in [second, third] {
        assert_eq!(world.ask(&VISITOR, &choose(gone, 0)), Err(Refusal::NotAllowed));
    }
}

#[test]
fn what_was_never_asked_can_not_be_chosen() {
    let mut world = begin();
    let question = asks(&mut world, true);
    for (of, choice) in [(question, 2), (question, u64::MAX), (1, 0), (question + 1, 0), (0, 0)] {
        assert_eq!(world.ask(&VISITOR, &choose(of, choice)), Err(Refusal::NotAllowed));
    }
}

#[test]
fn only_the_bot_asks_and_only_the_visitor_chooses() {
    let mut world = begin();
    let question = asks(&mut world, true);
    for actor in [agent(ann()), bot(robot()), Author::Timer] {
        assert_eq!(world.ask(&actor, &choose(question, 0)), Err(Refusal::NotAllowed), "{actor:?}");
    }
    for actor in [VISITOR, agent(ann()), Author::Timer] {
        for act in [ask(&COLOURS, false), Act::HandOver] {
            assert_eq!(world.ask(&actor, &act), Err(Refusal::NotAllowed), "{actor:?}");
        }
    }
}

#[test]
fn a_question_has_some_choices_which_differ() {
    let world = begin();
    let many: Vec<String> = (0..=CHOICES_MAX).map(|n| n.to_string()).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    let long = "x".repeat(CHOICE_CHARS_MAX + 1);
    let decide = |choices: &[&str]| world.ask(&bot(robot()), &ask(choices, false));
    assert_eq!(decide(&[]), Err(Refusal::Choices));
    assert_eq!(decide(&many), Err(Refusal::Choices));
    assert_eq!(decide(&["Yes", " Yes\n"]), Err(Refusal::Choices));
    assert!(matches!(decide(&["Yes", " \u{200b} "]), Err(Refusal::Text(_))));
    assert!(matches!(decide(&[&long]), Err(Refusal::Text(_))));
    assert_eq!(decide(&["  two\nlines "]), Ok(vec![asked(&["two lines"], false)]));
    assert!(decide(&many[1..]).is_ok());
}

#[test]
fn whoever_claims_silences_the_bot_and_its_buttons() {
    let mut world = begin();
    let question = asks(&mut world, true);
    does(&mut world, &agent(ann()), &claim_from(None));
    assert!(open(&world).is_empty());
    assert_eq!(world.ask(&VISITOR, &choose(question, 0)), Err(Refusal::NotAllowed));
    assert_eq!(world.ask(&bot(robot()), &ask(&COLOURS, false)), Err(Refusal::NotAllowed));
}

#[test]
fn what_is_closed_is_not_chosen_in() {
    let mut world = begin();
    let question = asks(&mut world, true);
    let seen = world.head();
    does(&mut world, &bot(robot()), &close(seen));
    assert_eq!(world.ask(&VISITOR, &choose(question, 0)), Err(Refusal::ConversationClosed));
}

#[test]
fn a_conversation_that_is_handed_over_waits_for_the_team() {
    let mut world = begin();
    asks(&mut world, true);
    assert!(!world.conversation.is_waiting(), "the bot has answered");
    let asked_at = world.conversation.unanswered;
    assert!(asked_at.is_none());
    assert_eq!(does(&mut world, &bot(robot()), &Act::HandOver), [EventBody::Assigned { to: None }]);
    assert!(world.conversation.is_waiting() && world.conversation.waits_since().is_some());
    assert!(open(&world).is_empty());
    assert_eq!(world.ask(&bot(robot()), &Act::HandOver), Ok(vec![]), "once is enough");
    // What the bot says of it does not answer the visitor.
    does(&mut world, &bot(robot()), &say("A person will be with you."));
    assert!(world.conversation.is_waiting());
    does(&mut world, &agent(ann()), &claim_from(None));
    assert!(!world.conversation.is_waiting());
    let seen = world.head();
    does(&mut world, &agent(ann()), &close(seen));
    assert!(!world.conversation.handed_over);
}

#[test]
fn open_questions_are_bounded() {
    let mut world = begin();
    let first = asks(&mut world, true);
    for _ in 0..QUESTIONS_MAX {
        asks(&mut world, true);
    }
    assert_eq!(open(&world).len(), QUESTIONS_MAX);
    assert!(!open(&world).contains(&first));
}
