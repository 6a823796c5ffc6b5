//! Who may do what: each permission and each refusal as a sentence.

use porchlight_protocol::conversation::Side;
use porchlight_protocol::rules::Refusal;
use porchlight_protocol::text::TextError;
use porchlight_protocol::{Act, ClosingSettings, ErrorCode};

use crate::world::{
    TIMER, VISITOR, World, agent, ann, ben, bot, claim_from, close, names, note, options, robot,
    say, say_and_close, stray_bot,
};

/// It is refused with this, and nothing has changed.
#[track_caller]
fn refused(world: &mut World, actor: &porchlight_protocol::Author, act: &Act, why: &Refusal) {
    let before = world.conversation.clone();
    assert_eq!(world.act(actor, act).as_ref(), Err(why), "{act:?}");
    assert_eq!(world.conversation, before);
}

/// It is accepted and no event comes of it.
#[track_caller]
fn no_op(world: &mut World, actor: &porchlight_protocol::Author, act: &Act) {
    assert_eq!(world.act(actor, act), Ok(0), "{act:?}");
}

#[test]
fn a_visitor_writes_an_agent_claims_answers_and_closes() {
    let mut world = World::greeted(ClosingSettings::default());
    world.must(&agent(ann()), &claim_from(None));
    world.must(&agent(ann()), &say("Hello! What can I do for you?"));
    world.must(&VISITOR, &say("Nothing, thank you."));
    world.must(&agent(ann()), &close(world.head()));
    let bodies: Vec<_> = world.log.iter().map(|event| event.body.clone()).collect();
    assert_eq!(names(&bodies), ["message", "assigned", "message", "message", "closed"]);
}

#[test]
fn an_agent_replies_only_after_claiming() {
    let mut world = World::greeted(ClosingSettings::default());
    refused(&mut world, &agent(ann()), &say("Hi"), &Refusal::ClaimRequired);
    world.must(&agent(ann()), &claim_from(None));
    world.must(&agent(ann()), &say("Hi"));
    refused(&mut world, &agent(ben()), &say("Hi"), &Refusal::ClaimRequired);
}

#[test]
fn an_agent_closes_only_what_they_own() {
    let mut world = World::greeted(ClosingSettings::default());
    let head = world.head();
    refused(&mut world, &agent(ann()), &close(head), &Refusal::ClaimRequired);
    refused(&mut world, &agent(ann()), &say_and_close("Bye", head), &Refusal::ClaimRequired);
    let mut world = World::claimed();
    let head = world.head();
    refused(&mut world, &agent(ben()), &close(head), &Refusal::ClaimRequired);
    refused(&mut world, &agent(ben()), &say_and_close("Bye", head), &Refusal::ClaimRequired);
    world.must(&agent(ann()), &close(head));
}

#[test]
fn two_agents_claim_at_once_and_the_second_is_told_who_was_first() {
    let mut world = World::claimed();
    let why = Refusal::ClaimedByOther { owner: Some(ann()) };
    refused(&mut world, &agent(ben()), &claim_from(None), &why);
    // Ben looks, and takes it over on purpose.
    world.must(&agent(ben()), &claim_from(Some(&ann())));
    refused(&mut world, &agent(ann()), &say("Hi"), &Refusal::ClaimRequired);
}

#[test]
fn taking_over_from_somebody_who_has_let_go_is_refused_too() {
    let mut world = World::claimed();
    world.must(&agent(ann()), &Act::Unclaim);
    let why = Refusal::ClaimedByOther { owner: None };
    refused(&mut world, &agent(ben()), &claim_from(Some(&ann())), &why);
    world.must(&agent(ben()), &claim_from(None));
}

#[test]
fn claiming_what_is_ones_own_is_a_no_op_whatever_one_saw() {
    let mut world = World::claimed();
    no_op(&mut world, &agent(ann()), &claim_from(None));
    no_op(&mut world, &agent(ann()), &claim_from(Some(&ben())));
}

#[test]
fn only_the_owner_gives_a_conversation_back() {
    let mut world = World::claimed();
    refused(&mut world, &agent(ben()), &Act::Unclaim, &Refusal::ClaimRequired);
    world.must(&agent(ann()), &Act::Unclaim);
    assert_eq!(world.conversation.assignee, None);
    no_op(&mut world, &agent(ann()), &Act::Unclaim);
}

#[test]
fn what_is_closed_is_not_claimed_but_reopened() {
    let mut world = World::greeted(ClosingSettings::default());
    world.must(&VISITOR, &close(0));
    refused(&mut world, &agent(ann()), &claim_from(None), &Refusal::ConversationClosed);
    let made = world.ask(&agent(ann()), &Act::Reopen).unwrap();
    assert_eq!(names(&made), ["assigned", "reopened"]);
    world.must(&agent(ann()), &Act::Reopen);
    world.must(&agent(ann()), &say("Was there anything else?"));
}

#[test]
fn who_owned_it_reopens_it_as_it_was() {
    let mut world = World::closed(ClosingSettings::default());
    assert_eq!(names(&world.ask(&agent(ann()), &Act::Reopen).unwrap()), ["reopened"]);
    assert_eq!(names(&world.ask(&agent(ben()), &Act::Reopen).unwrap()), ["assigned", "reopened"]);
    world.must(&agent(ann()), &Act::Reopen);
    no_op(&mut world, &agent(ann()), &Act::Reopen);
    no_op(&mut world, &agent(ben()), &Act::Reopen);
    assert!(world.conversation.is_owned_by(&ann()));
}

#[test]
fn an_agent_does_not_write_into_what_is_closed() {
    let mut world = World::closed(ClosingSettings::default());
    let head = world.head();
    refused(&mut world, &agent(ann()), &say("P.S."), &Refusal::ConversationClosed);
    let act = say_and_close("P.S.", head);
    refused(&mut world, &agent(ann()), &act, &Refusal::ConversationClosed);
}

#[test]
fn closing_twice_is_a_no_op_whoever_was_first() {
    let mut world = World::closed(ClosingSettings::default());
    for actor in [agent(ann()), agent(ben()), TIMER] {
        no_op(&mut world, &actor, &close(0));
    }
    let mut world = World::claimed();
    world.must(&VISITOR, &close(0));
    for actor in [agent(ann()), agent(ben()), VISITOR, TIMER] {
        no_op(&mut world, &actor, &close(0));
    }
}

#[test]
fn a_close_that_missed_a_message_is_asked_again() {
    let mut world = World::claimed();
    let seen = world.head();
    world.must(&VISITOR, &say("Wait!"));
    let why = Refusal::NewMessages { seq: seen + 1 };
    refused(&mut world, &agent(ann()), &close(seen), &why);
    refused(&mut world, &agent(ann()), &say_and_close("Bye", seen), &why);
    world.must(&agent(ann()), &close(seen + 1));
}

#[test]
fn a_close_may_have_missed_what_the_visitor_did_not_write() {
    let mut world = World::claimed();
    let seen = world.head();
    world.must(&agent(ann()), &say("Bye"));
    world.must(&agent(ann()), &Act::Unclaim);
    world.must(&agent(ann()), &claim_from(None));
    world.must(&agent(ann()), &close(seen));
}

#[test]
fn send_and_close_is_one_step() {
    let mut world = World::claimed();
    let act = say_and_close("Bye", world.head());
    assert_eq!(names(&world.ask(&agent(ann()), &act).unwrap()), ["message", "closed"]);
    world.must(&agent(ann()), &act);
    assert_eq!(world.conversation.last.as_ref().unwrap().text, "Bye");
    assert!(world.conversation.is_closed());
}

#[test]
fn a_visitor_closes_what_is_theirs_without_having_looked() {
    let mut world = World::claimed();
    world.must(&agent(ann()), &say("Hi"));
    world.must(&VISITOR, &close(0));
    assert!(world.conversation.is_closed());
}

#[test]
fn a_visitor_neither_claims_nor_notes_nor_gives_back() {
    for mut world in [World::claimed(), World::closed(ClosingSettings::default())] {
        for act in [claim_from(None), Act::Unclaim, say_and_close("Bye", 9), note("Hm")] {
            refused(&mut world, &VISITOR, &act, &Refusal::NotAllowed);
        }
    }
}

#[test]
fn a_visitor_takes_back_their_own_closing() {
    let mut world = World::claimed();
    no_op(&mut world, &VISITOR, &Act::Reopen);
    world.must(&VISITOR, &close(0));
    world.must(&VISITOR, &Act::Reopen);
    assert!(!world.conversation.is_closed());
    assert!(world.conversation.is_owned_by(&ann()), "it goes on with the same agent");
    no_op(&mut world, &VISITOR, &Act::Reopen);
}

#[test]
fn a_visitor_does_not_reopen_what_the_team_or_the_timer_closed_without_a_word() {
    for closer in [agent(ann()), TIMER] {
        let mut world = World::claimed();
        world.must(&closer, &close(world.head()));
        refused(&mut world, &VISITOR, &Act::Reopen, &Refusal::NotAllowed);
    }
}

#[test]
fn what_others_closed_a_visitor_puts_away_and_takes_back() {
    let mut world = World::closed(ClosingSettings::default());
    let status = world.conversation.status.clone();
    assert_eq!(names(&world.ask(&VISITOR, &close(0)).unwrap()), ["dismissed"]);
    world.must(&VISITOR, &close(0));
    no_op(&mut world, &VISITOR, &close(0));
    assert_eq!(world.conversation.status, status, "who closed it and when stays");
    assert_eq!(names(&world.ask(&VISITOR, &Act::Reopen).unwrap()), ["restored"]);
    world.must(&VISITOR, &Act::Reopen);
    assert_eq!(world.conversation.status, status, "it is on Home again, and closed");
    refused(&mut world, &VISITOR, &Act::Reopen, &Refusal::NotAllowed);
}

#[test]
fn only_visitors_ask_to_keep_it_open_and_only_while_it_is() {
    let mut world = World::claimed();
    world.must(&VISITOR, &Act::KeepOpen);
    world.must(&VISITOR, &Act::KeepOpen);
    for actor in [agent(ann()), TIMER] {
        refused(&mut world, &actor, &Act::KeepOpen, &Refusal::NotAllowed);
    }
    world.must(&VISITOR, &close(0));
    refused(&mut world, &VISITOR, &Act::KeepOpen, &Refusal::ConversationClosed);
}

#[test]
fn agents_note_whatever_they_like_wherever_they_like() {
    let mut world = World::greeted(ClosingSettings::default());
    world.must(&agent(ann()), &note("Wants a discount."));
    world.must(&agent(ann()), &claim_from(None));
    world.must(&agent(ben()), &note("  Gave one last year.\r\n"));
    world.must(&agent(ann()), &close(world.head()));
    world.must(&agent(ben()), &note("Called back."));
    assert!(world.conversation.is_closed(), "a note does not open it");
    let noted = world.log.iter().filter_map(|event| match &event.body {
        porchlight_protocol::EventBody::Note { text } => Some(text.as_str()),
        _ => None,
    });
    assert!(noted.eq(["Wants a discount.", "Gave one last year.", "Called back."]));
}

#[test]
fn a_note_of_a_colleague_does_not_get_in_the_way_of_a_closing() {
    let mut world = World::claimed();
    let seen = world.head();
    world.must(&agent(ben()), &note("Be nice."));
    world.must(&agent(ann()), &close(seen));
}

#[test]
fn a_claim_missed_by_a_note_is_a_claim_all_the_same() {
    let mut world = World::greeted(ClosingSettings::default());
    world.must(&agent(ben()), &note("Mine?"));
    world.must(&agent(ann()), &claim_from(None));
}

#[test]
fn a_conversation_that_the_visitor_reopened_is_marked_until_it_is_answered() {
    let marked = |world: &World| world.conversation.reopened_by_visitor;
    let mut by_message = World::closed(ClosingSettings::default());
    assert!(!marked(&by_message));
    by_message.must(&VISITOR, &say("One more thing"));
    let mut by_undo = World::claimed();
    by_undo.must(&VISITOR, &close(0));
    assert!(!marked(&by_undo));
    by_undo.must(&VISITOR, &Act::Reopen);
    for mut world in [by_message, by_undo] {
        assert!(marked(&world));
        world.must(&VISITOR, &say("Hello?"));
        world.must(&agent(ben()), &note("Who takes this?"));
        world.must(&agent(ben()), &claim_from(Some(&ann())));
        assert!(marked(&world), "that is no answer");
        let mut closed = world.clone();
        world.must(&agent(ben()), &say("Yes?"));
        assert!(!marked(&world));
        closed.must(&agent(ben()), &close(closed.head()));
        assert!(!marked(&closed));
        closed.must(&agent(ben()), &Act::Reopen);
        assert!(!marked(&closed), "an agent did");
    }
}

#[test]
fn nobody_acts_in_the_name_of_what_is_withheld() {
    let mut world = World::claimed();
    let nobody = porchlight_protocol::Author::Withheld;
    let head = world.head();
    for act in [say("Boo"), say_and_close("Boo", head), close(head), Act::Reopen, Act::KeepOpen] {
        refused(&mut world, &nobody, &act, &Refusal::NotAllowed);
    }
    for act in [claim_from(None), Act::Unclaim, note("Boo")] {
        refused(&mut world, &nobody, &act, &Refusal::NotAllowed);
    }
}

#[test]
fn a_visitors_message_to_what_is_closed_is_refused_only_without_a_field() {
    let mut world = World::closed(options(true, true, true));
    refused(&mut world, &VISITOR, &say("P.S."), &Refusal::ConversationClosed);
    world.settings = options(true, false, true);
    world.must(&VISITOR, &say("P.S."));
    assert!(world.conversation.is_owned_by(&ann()), "it goes on with the same agent");
}

#[test]
fn a_bot_speaks_in_its_own_conversations_only() {
    let mut world = World::with_robot();
    world.must(&bot(robot()), &say("Hello, I am a robot."));
    refused(&mut world, &bot(stray_bot()), &say("Me too."), &Refusal::NotAllowed);
    let mut world = World::greeted(ClosingSettings::default());
    refused(&mut world, &bot(robot()), &say("Hello"), &Refusal::NotAllowed);
    refused(&mut world, &bot(robot()), &close(1), &Refusal::NotAllowed);
}

#[test]
fn a_bot_is_silent_while_an_agent_owns_the_conversation() {
    let mut world = World::with_robot();
    world.must(&agent(ann()), &claim_from(None));
    refused(&mut world, &bot(robot()), &say("Hello"), &Refusal::NotAllowed);
    refused(&mut world, &bot(robot()), &close(9), &Refusal::NotAllowed);
    world.must(&agent(ann()), &Act::Unclaim);
    world.must(&bot(robot()), &say("Hello"));
}

#[test]
fn a_bot_closes_its_conversation_but_not_over_a_new_message() {
    let mut world = World::with_robot();
    let seen = world.head();
    world.must(&VISITOR, &say("Are you there?"));
    refused(&mut world, &bot(robot()), &close(seen), &Refusal::NewMessages { seq: seen + 1 });
    world.must(&bot(robot()), &close(seen + 1));
    no_op(&mut world, &bot(robot()), &close(0));
    refused(&mut world, &bot(robot()), &say("Bye"), &Refusal::ConversationClosed);
}

#[test]
fn a_bot_only_speaks_and_closes() {
    let mut world = World::with_robot();
    for act in [Act::Reopen, claim_from(None), Act::Unclaim, say_and_close("Bye", 9)] {
        refused(&mut world, &bot(robot()), &act, &Refusal::NotAllowed);
    }
    for act in [Act::KeepOpen, note("beep")] {
        refused(&mut world, &bot(robot()), &act, &Refusal::NotAllowed);
    }
}

#[test]
fn the_timer_only_closes_whoever_owns_it() {
    let mut world = World::claimed();
    for act in [say("tick"), say_and_close("tock", 9), Act::Reopen, claim_from(None), Act::Unclaim]
    {
        refused(&mut world, &TIMER, &act, &Refusal::NotAllowed);
    }
    refused(&mut world, &TIMER, &note("tick"), &Refusal::NotAllowed);
    world.must(&TIMER, &close(0));
    no_op(&mut world, &TIMER, &close(0));
}

#[test]
fn nobody_says_what_is_no_text() {
    let long = "x".repeat(porchlight_protocol::limits::MESSAGE_CHARS_MAX + 1);
    let too_long = TextError::TooLong { chars_max: porchlight_protocol::limits::MESSAGE_CHARS_MAX };
    for (text, error) in
        [(" \n", TextError::Empty), (&long, too_long), ("\0\u{200b}", TextError::Empty)]
    {
        let why = Refusal::Text(error);
        let mut world = World::claimed();
        refused(&mut world, &VISITOR, &say(text), &why);
        refused(&mut world, &agent(ann()), &say(text), &why);
        refused(&mut world, &agent(ann()), &say_and_close(text, 9), &why);
        refused(&mut world, &agent(ann()), &note(text), &why);
        let mut world = World::with_robot();
        refused(&mut world, &bot(robot()), &say(text), &why);
    }
}

#[test]
fn each_refusal_has_its_code() {
    use porchlight_protocol::rules::Refusal as R;
    for (refusal, code) in [
        (R::ConversationClosed, ErrorCode::ConversationClosed),
        (R::ClaimRequired, ErrorCode::ClaimRequired),
        (R::ClaimedByOther { owner: None }, ErrorCode::ClaimedByOther),
        (R::NewMessages { seq: 3 }, ErrorCode::NewMessages),
        (R::NotAllowed, ErrorCode::NotAllowed),
        (R::Text(TextError::Empty), ErrorCode::TextEmpty),
        (R::Text(TextError::TooLong { chars_max: 1 }), ErrorCode::TextTooLong),
    ] {
        assert_eq!(refusal.code(), code);
        // An act that was refused is not tried again by itself: its text goes back to the draft.
        assert!(!code.is_retryable());
    }
}

#[test]
fn a_mark_that_was_claimed_ends_at_the_head_and_one_that_was_heard_does_not() {
    let mut world = World::claimed();
    world.must(&agent(ann()), &say("Hi"));
    let mut behind = World::claimed().conversation;
    let head = world.head();

    world.read(Side::Visitor, u64::MAX);
    assert_eq!(world.conversation.visitor_read.up_to, head);

    // A client that still lacks the event hears of the mark first.
    assert!(behind.hear_read(Side::Visitor, head, None));
    behind.apply(world.log.last().unwrap());
    assert_eq!(behind, world.conversation);
}
