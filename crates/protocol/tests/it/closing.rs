//! Design §4, sentence by sentence: what an open client shows of a closing. `every` proves the same
//! over all interleavings; this is to be read. `settings` is about what a site may set, `notices`
//! about what its notice says, `timers` about what closes by itself.

use porchlight_protocol::closing::{self, NoticePlace, VisitorView, visitor_view};
use porchlight_protocol::conversation::Side;
use porchlight_protocol::rules::Refusal;
use porchlight_protocol::{Act, ClosingSettings, Plan, Revision};

use crate::world::{
    TIMER, VISITOR, World, agent, all_options, ann, ben, close, names, options, say, say_and_close,
};

fn view(world: &World, booted: Revision) -> VisitorView {
    visitor_view(&world.conversation, &world.policy(), booted)
}

/// Written out: what the code calls `VisitorView::OPEN` is under test here.
const OPEN: VisitorView =
    VisitorView { listed: true, marked_closed: false, field: true, notice: None };

#[test]
fn by_default_nothing_tells_of_a_closing() {
    let world = World::closed(ClosingSettings::default());
    assert_eq!(view(&world, 0), OPEN);
    assert_eq!(view(&world, world.boot()), OPEN, "nor after a reload");
}

#[test]
fn what_is_hidden_stays_until_the_page_is_reloaded() {
    let mut world = World::claimed();
    world.settings = options(true, false, false);
    let before = world.boot();
    world.must(&agent(ann()), &close(world.head()));
    assert_eq!(view(&world, before), OPEN);
    assert!(!view(&world, world.boot()).listed);
}

#[test]
fn a_client_that_boots_at_the_very_commit_of_the_closing_has_booted_after_it() {
    let world = World::closed(options(true, false, false));
    let closing = world.log.last().unwrap().revision;
    assert!(view(&world, closing - 1).listed);
    assert!(!view(&world, closing).listed);
}

#[test]
fn a_reconnect_is_not_a_reload() {
    let mut world = World::claimed();
    world.settings = options(true, false, false);
    let booted = world.boot();
    world.must(&agent(ann()), &close(world.head()));
    world.revision += 1_000;
    // It comes back with a snapshot from the server, and with the boot that it had.
    assert!(view(&world, booted).listed);
}

#[test]
fn switching_hiding_on_takes_nothing_off_the_screen() {
    let mut world = World::closed(ClosingSettings::default());
    let booted = world.boot();
    world.save(options(true, false, false));
    assert!(view(&world, booted).listed);
    assert!(!view(&world, world.boot()).listed, "but after a reload it is gone");
}

#[test]
fn saving_other_settings_does_not_switch_hiding_on_anew() {
    let mut world = World::closed(options(true, false, false));
    let booted = world.boot();
    assert!(!view(&world, booted).listed);
    world.save(options(true, true, true));
    assert!(!view(&world, booted).listed);
}

#[test]
fn switching_hiding_off_brings_everything_back_at_once() {
    let mut world = World::closed(options(true, false, false));
    let booted = world.boot();
    assert!(!view(&world, booted).listed);
    world.save(ClosingSettings::default());
    assert_eq!(view(&world, booted), OPEN);
}

/// Ann has closed a conversation whose last message the visitor has not read.
fn closed_unread(settings: ClosingSettings) -> World {
    let mut world = World::claimed();
    world.save(settings);
    world.must(&agent(ann()), &say("We have it."));
    world.must(&agent(ann()), &say_and_close("It ships on Friday.", world.head()));
    world
}

fn keeps() -> ClosingSettings {
    ClosingSettings { keep_unread: true, ..options(true, false, false) }
}

#[test]
fn an_answer_that_was_never_read_is_hidden_unless_it_is_kept() {
    let hides = closed_unread(options(true, false, false));
    assert!(!view(&hides, hides.boot()).listed);
    let kept = closed_unread(keeps());
    assert!(view(&kept, kept.boot()).listed);
    let mut read = closed_unread(ClosingSettings::default());
    read.read(Side::Visitor, read.head());
    read.save(keeps());
    assert!(!view(&read, read.boot()).listed, "there is nothing to keep it for");
}

#[test]
fn what_is_kept_is_hidden_once_it_was_read_and_the_page_is_loaded_once_more() {
    let mut world = closed_unread(keeps());
    let [reads, looks_on] = [world.boot(), world.boot()];
    let head = world.head();
    world.read(Side::Visitor, head - 2);
    assert!(view(&world, world.boot()).listed, "not all of it");
    world.read(Side::Visitor, head);
    for booted in [reads, looks_on] {
        assert!(view(&world, booted).listed, "nothing disappears while somebody looks at it");
    }
    // Nothing else has happened in between.
    assert!(!view(&world, world.boot()).listed);

    // Opened and closed again, all is as the first time.
    world.must(&agent(ann()), &Act::Reopen);
    assert_eq!(view(&world, world.boot()), OPEN);
    world.must(&agent(ann()), &close(world.head()));
    assert!(!view(&world, world.boot()).listed, "there is nothing new");
}

#[test]
fn keeping_takes_nothing_off_the_screen_when_it_ends_and_brings_back_what_it_keeps() {
    let mut world = closed_unread(options(true, false, false));
    let before = world.boot();
    assert!(!view(&world, before).listed);
    world.save(keeps());
    assert!(view(&world, before).listed);
    world.save(options(true, false, false));
    assert!(view(&world, before).listed);
    assert!(!view(&world, world.boot()).listed);
}

#[test]
fn a_client_that_has_read_waits_for_no_commit() {
    let world = closed_unread(keeps());
    let (booted, head) = (world.boot(), world.head());
    let mut client = world.conversation.clone();
    assert!(client.mark_read(Side::Visitor, head, || Revision::MAX));
    assert!(visitor_view(&client, &world.policy(), booted).listed);
    // What the server tells takes its place, once.
    client.hear_read(Side::Visitor, head, Some(booted + 1));
    client.hear_read(Side::Visitor, head, Some(Revision::MAX));
    assert_eq!(client.read_revision, booted + 1);
    assert!(visitor_view(&client, &world.policy(), booted).listed);
    assert!(!visitor_view(&client, &world.policy(), booted + 1).listed);
}

#[test]
fn a_site_whose_plan_does_not_include_closing_has_everything_off() {
    for stored in all_options() {
        let mut world = World::closed(stored);
        world.plan = Plan::Starter;
        assert_eq!(view(&world, world.boot()), OPEN);
        assert_eq!(closing::notice(&world.conversation, &world.policy(), "en", "Lamp Shop"), None);
        assert_eq!(names(&world.ask(&VISITOR, &say("wait")).unwrap()), ["reopened", "message"]);
    }
}

#[test]
fn without_a_field_a_new_conversation_takes_its_place_at_once() {
    let mut world = World::closed(options(false, true, false));
    let expected = VisitorView { listed: true, marked_closed: true, field: false, notice: None };
    assert_eq!(view(&world, 0), expected);
    assert_eq!(world.act(&VISITOR, &say("wait")), Err(Refusal::ConversationClosed));
    assert!(world.conversation.is_closed());
}

#[test]
fn the_notice_stands_in_the_thread_or_where_the_field_was() {
    let world = World::closed(options(false, false, true));
    let thread = Some(NoticePlace::Thread);
    let expected = VisitorView { listed: true, marked_closed: true, field: true, notice: thread };
    assert_eq!(view(&world, 0), expected);

    let world = World::closed(options(false, true, true));
    let field = Some(NoticePlace::Field);
    let expected = VisitorView { listed: true, marked_closed: true, field: false, notice: field };
    assert_eq!(view(&world, 0), expected);
}

#[test]
fn settings_reach_what_was_closed_before_them() {
    let mut world = World::closed(ClosingSettings::default());
    assert_eq!(view(&world, 0), OPEN);
    world.save(options(false, true, true));
    assert!(!view(&world, 0).field);
    assert!(world.ask(&VISITOR, &say("wait")).is_err());
    world.save(ClosingSettings::default());
    assert_eq!(view(&world, 0), OPEN);
    assert!(world.ask(&VISITOR, &say("wait")).is_ok());
}

#[test]
fn a_message_reopens_where_there_is_a_field() {
    for settings in all_options().filter(|settings| !settings.disable_field) {
        let mut world = World::closed(settings);
        let after_reload = world.boot();
        let made = world.ask(&VISITOR, &say("one more thing")).unwrap();
        assert_eq!(names(&made), ["reopened", "message"]);
        world.must(&VISITOR, &say("one more thing"));
        assert_eq!(view(&world, 0), OPEN);
        assert_eq!(view(&world, after_reload), OPEN);
    }
}

#[test]
fn reopening_brings_a_conversation_back_to_home_with_its_badge() {
    for settings in all_options() {
        let mut world = World::claimed();
        world.settings = settings;
        world.must(&agent(ann()), &say("It is on its way."));
        world.must(&agent(ann()), &close(world.head()));
        let after_reload = world.boot();
        world.must(&agent(ben()), &Act::Reopen);
        assert_eq!(view(&world, after_reload), OPEN);
        assert_eq!(world.conversation.visitor_read.unread.len(), 1);
        world.must(&agent(ben()), &say("It has arrived."));
        assert_eq!(world.conversation.visitor_read.unread.len(), 2);
    }
}

#[test]
fn what_visitors_close_leaves_their_home_at_once_on_every_client() {
    for settings in all_options() {
        let mut world = World::greeted(settings);
        let before = world.boot();
        world.must(&VISITOR, &close(world.head()));
        assert!(!view(&world, before).listed);
        assert!(!view(&world, world.boot()).listed);
        world.must(&agent(ann()), &Act::Reopen);
        assert_eq!(view(&world, before), OPEN);
    }
}

#[test]
fn a_visitors_undo_brings_it_back_on_every_client() {
    for settings in all_options() {
        let mut world = World::greeted(settings);
        let before = world.boot();
        world.must(&VISITOR, &close(world.head()));
        let in_between = world.boot();
        world.must(&VISITOR, &Act::Reopen);
        for booted in [before, in_between, world.boot()] {
            assert_eq!(view(&world, booted), OPEN);
        }
    }
}

#[test]
fn what_was_closed_without_a_word_visitors_close_like_any_other() {
    for settings in all_options() {
        for closer in [agent(ann()), TIMER] {
            let mut world = World::claimed();
            world.settings = settings.clone();
            let before = world.boot();
            world.must(&closer, &close(world.head()));
            let (as_it_was, after_reload) = (view(&world, before), world.boot());
            let reloaded = view(&world, after_reload);
            assert!(as_it_was.listed);
            world.must(&VISITOR, &close(0));
            assert!(!view(&world, before).listed);
            assert!(!view(&world, after_reload).listed);
            assert!(!view(&world, world.boot()).listed);
            // Undo: each client has it as it had it.
            let mut undone = world.clone();
            undone.must(&VISITOR, &Act::Reopen);
            assert_eq!(view(&undone, before), as_it_was);
            assert_eq!(view(&undone, after_reload), reloaded);
            // No Undo, but an agent re-opens it: it is back, and nothing of this is left.
            world.must(&agent(ben()), &Act::Reopen);
            assert_eq!(view(&world, world.boot()), OPEN);
            world.must(&agent(ben()), &close(world.head()));
            assert!(view(&world, before).listed, "closed anew, and not put away anew");
        }
    }
}

#[test]
fn switching_hiding_off_does_not_bring_back_what_visitors_put_away() {
    let mut closed = World::greeted(options(true, false, false));
    closed.must(&VISITOR, &close(0));
    let mut dismissed = World::closed(options(true, false, false));
    dismissed.must(&VISITOR, &close(0));
    for mut world in [closed, dismissed] {
        let booted = world.boot();
        world.save(ClosingSettings::default());
        assert!(!view(&world, booted).listed);
        assert!(!view(&world, 0).listed);
    }
}

#[test]
fn a_message_from_the_thread_brings_back_what_visitors_put_away() {
    for settings in all_options().filter(|settings| !settings.disable_field) {
        let mut closed = World::greeted(settings.clone());
        closed.must(&VISITOR, &close(0));
        let mut dismissed = World::closed(settings);
        dismissed.must(&VISITOR, &close(0));
        for mut world in [closed, dismissed] {
            let booted = world.boot();
            assert!(view(&world, booted).field, "a tab that is in the thread may go on");
            world.must(&VISITOR, &say("One more thing"));
            assert_eq!(view(&world, booted), OPEN);
        }
    }
}

#[test]
fn what_visitors_close_has_no_field_either_where_the_field_goes() {
    let mut world = World::greeted(options(false, true, true));
    world.must(&VISITOR, &close(0));
    let shown = view(&world, 0);
    assert_eq!((shown.field, shown.notice), (false, Some(NoticePlace::Field)));
    assert_eq!(world.ask(&VISITOR, &say("wait")), Err(Refusal::ConversationClosed));
    assert_eq!(names(&world.ask(&VISITOR, &Act::Reopen).unwrap()), ["reopened"], "but Undo works");
}

#[test]
fn it_does_not_matter_who_else_closes() {
    for settings in all_options() {
        let mut by_timer = World::claimed();
        by_timer.settings = settings.clone();
        by_timer.must(&TIMER, &close(0));
        let by_agent = World::closed(settings);
        for booted in [0, by_agent.boot()] {
            assert_eq!(view(&by_timer, booted), view(&by_agent, booted));
        }
    }
}

#[test]
fn a_conversation_that_was_closed_again_hides_again_only_after_a_reload() {
    let mut world = World::closed(options(true, false, false));
    let after_the_first = world.boot();
    world.must(&agent(ann()), &Act::Reopen);
    world.must(&agent(ann()), &close(world.head()));
    assert!(view(&world, after_the_first).listed, "it was on the screen in between");
    assert!(!view(&world, world.boot()).listed);
}
