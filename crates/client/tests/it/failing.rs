//! What fails, how long it is tried, and that it holds up nothing else.

use porchlight_client::machine::ThreadState;
use porchlight_client::{Command, Effect, Input, Link, Place};
use porchlight_protocol::ConversationId;

use crate::world::{Tab, World};

/// A visitor with two conversations, and an agent who owns both. The visitor's tab is a fresh one.
fn two_conversations(w: &mut World) -> (Tab, Tab, ConversationId, ConversationId) {
    let (visitor, ben, first) = w.a_conversation();
    let place = w.begins(visitor, "and another thing");
    w.comes_to_rest();
    let second = w.id(visitor, &place);
    w.opens(ben, &second);
    w.claims(ben, &second);
    w.comes_to_rest();
    let tab = w.second_tab_of(visitor);
    w.comes_to_rest();
    (tab, ben, first, second)
}

fn fetches(w: &World, tab: Tab, id: &ConversationId) -> usize {
    w.count(tab, |effect| match effect {
        Effect::FetchEvents { id: of, .. } | Effect::FetchConversation(of) => of == id,
        _ => false,
    })
}

#[test]
fn a_conversation_that_cant_be_read_delays_no_other() {
    let mut w = World::new();
    let (tab, ben, broken, other) = two_conversations(&mut w);
    w.server.broken.insert(broken.clone());
    w.opens(tab, &broken);
    w.lives_on(120_000);
    w.opens(tab, &other);
    w.writes(tab, &Place::At(other.clone()), "is anybody there?");
    w.writes(ben, &Place::At(other.clone()), "I am.");
    w.closes(tab, &other);
    // No timer runs out: nothing of it waits for anything.
    w.comes_to_rest();
    assert_eq!(w.thread(tab, &other), ThreadState::Ready);
    let texts = crate::server::messages(&w.server.logs[&other].events);
    assert_eq!(texts.len(), 3, "{texts:?}");
    assert!(w.server.logs[&other].state.is_closed());
    let place = w.begins(tab, "and a third");
    w.comes_to_rest();
    w.id(tab, &place);
}

#[test]
fn what_is_written_where_nothing_can_be_written_delays_nothing_elsewhere() {
    let mut w = World::new();
    let (tab, _, broken, other) = two_conversations(&mut w);
    w.server.broken.insert(broken.clone());
    w.writes(tab, &Place::At(broken.clone()), "hm");
    w.keeps_open(tab, &broken);
    w.lives_on(120_000);
    w.writes(tab, &Place::At(other.clone()), "works");
    w.keeps_open(tab, &other);
    w.comes_to_rest();
    w.log_holds(&other, &["and another thing", "works"]);
    assert!(!w.clients[tab].machine.is_busy(&other));

    w.server.broken.clear();
    w.lives_on(60_000);
    w.log_holds(&broken, &["hello", "hm"]);
    assert!(!w.clients[tab].machine.is_busy(&broken));
}

#[test]
fn loading_ends_and_can_be_tried_again() {
    let mut w = World::new();
    let (tab, _, broken, _) = two_conversations(&mut w);
    w.server.broken.insert(broken.clone());
    w.opens(tab, &broken);
    assert_eq!(w.thread(tab, &broken), ThreadState::Loading);
    w.lives_on(15_000);
    assert_eq!(w.thread(tab, &broken), ThreadState::Failed);
    // It goes on by itself, ever less often.
    let tried = fetches(&w, tab, &broken);
    w.lives_on(600_000);
    let tries = fetches(&w, tab, &broken) - tried;
    assert!((20..80).contains(&tries), "{tries} in ten minutes");

    w.server.broken.clear();
    w.opens(tab, &broken);
    assert_eq!(w.thread(tab, &broken), ThreadState::Loading, "the person sees that it is tried");
    w.comes_to_rest();
    assert_eq!(w.thread(tab, &broken), ThreadState::Ready);
}

#[test]
fn a_conversation_that_is_not_known_yet_ends_loading_too() {
    let mut w = World::new();
    let (_, ben, broken, _) = two_conversations(&mut w);
    w.closes(ben, &broken);
    w.comes_to_rest();
    w.server.broken.insert(broken.clone());
    let cleo = w.agent("Cleo");
    w.opens(cleo, &broken);
    w.lives_on(15_000);
    assert_eq!(w.thread(cleo, &broken), ThreadState::Failed);
    w.server.broken.clear();
    w.opens(cleo, &broken);
    w.comes_to_rest();
    assert_eq!(w.thread(cleo, &broken), ThreadState::Ready);
}

#[test]
fn earlier_messages_that_dont_come_say_so() {
    let mut w = World::new();
    let (tab, ben, id, _) = two_conversations(&mut w);
    for n in 0..9 {
        w.writes(ben, &Place::At(id.clone()), &format!("n{n}"));
    }
    w.comes_to_rest();
    w.opens(tab, &id);
    w.comes_to_rest();
    assert!(w.clients[tab].machine.has_older(&id));
    w.server.broken.insert(id.clone());
    w.command(tab, Command::LoadOlder(id.clone()));
    w.lives_on(15_000);
    assert!(w.clients[tab].machine.has_older_failed(&id));
    assert_eq!(w.thread(tab, &id), ThreadState::Ready, "what is there is shown");

    w.server.broken.clear();
    w.command(tab, Command::LoadOlder(id.clone()));
    assert!(!w.clients[tab].machine.has_older_failed(&id));
    w.comes_to_rest();
    assert_eq!(w.rows(tab, &Place::At(id.clone())).len(), 8);
}

#[test]
fn a_hole_in_the_log_hides_nothing_but_itself() {
    let mut w = World::new();
    let (visitor, ben, id) = w.a_conversation();
    let place = Place::At(id.clone());
    for text in ["one", "two", "three"] {
        w.writes(ben, &place, text);
    }
    w.comes_to_rest();
    let lose = |w: &mut World, seq| {
        w.server.logs.get_mut(&id).unwrap().events.retain(|event| event.seq != seq);
    };
    let fresh = |w: &mut World| {
        let tab = w.second_tab_of(visitor);
        w.opens(tab, &id);
        w.comes_to_rest();
        for _ in 0..3 {
            w.command(tab, Command::LoadOlder(id.clone()));
            w.comes_to_rest();
        }
        assert_eq!(w.thread(tab, &id), ThreadState::Ready);
        assert!(!w.clients[tab].machine.has_older(&id));
        w.rows(tab, &place)
    };
    // In the middle, at the end, and at the beginning.
    lose(&mut w, 4);
    assert_eq!(fresh(&mut w), ["me: hello", "Ben: one", "what can't be read", "Ben: three"]);
    lose(&mut w, 5);
    let lost = "what can't be read";
    assert_eq!(fresh(&mut w), ["me: hello", "Ben: one", lost, lost]);
    lose(&mut w, 1);
    assert_eq!(fresh(&mut w), [lost, "Ben: one", lost, lost]);
}

#[test]
fn what_comes_after_a_hole_is_shown_to_those_who_were_away() {
    let mut w = World::new();
    let (visitor, ben, id) = w.a_conversation();
    let place = Place::At(id.clone());
    w.clients[visitor].wire.as_mut().unwrap().dead = true;
    for text in ["one", "two", "three"] {
        w.writes(ben, &place, text);
    }
    w.comes_to_rest();
    let log = w.server.logs.get_mut(&id).unwrap();
    log.events.retain(|event| event.seq != 4);
    w.lives_on(120_000);
    let rows = ["me: hello", "Ben: one", "what can't be read", "Ben: three"];
    assert_eq!(w.rows(visitor, &place), rows);
    assert_eq!(*w.clients[visitor].machine.conversation(&id).unwrap(), w.server.logs[&id].state);

    // Nor does an end that never comes hold up what is written after it.
    w.clients[visitor].wire.as_mut().unwrap().dead = true;
    w.writes(ben, &place, "four");
    w.comes_to_rest();
    w.server.logs.get_mut(&id).unwrap().events.pop();
    w.lives_on(180_000);
    w.writes(ben, &place, "five");
    w.lives_on(60_000);
    let rows = w.rows(visitor, &place);
    assert_eq!(rows[4..], ["what can't be read", "Ben: five"]);
}

#[test]
fn a_browser_that_wrongly_says_it_is_offline_is_not_believed_for_long() {
    let mut w = World::new();
    let visitor = w.visitor();
    let wrongly = |w: &mut World| w.input(visitor, Input::Network { online: false });
    wrongly(&mut w);
    let place = w.begins(visitor, "hello");
    w.shows(visitor, &place, &["me: hello (waiting)"]);
    w.lives_on(10_000);
    w.shows(visitor, &place, &["me: hello"]);
    assert_eq!(w.link(visitor), Link::Up);
    assert!(!w.clients[visitor].machine.is_offline());

    // Nor later, when there is a connection to lose.
    wrongly(&mut w);
    assert_eq!(w.link(visitor), Link::Down);
    w.lives_on(10_000);
    assert_eq!(w.link(visitor), Link::Up);
}

#[test]
fn whoever_asks_for_it_is_served_at_once() {
    for retry in [true, false] {
        let mut w = World::new();
        let visitor = w.visitor();
        w.input(visitor, Input::Network { online: false });
        let place = w.begins(visitor, "hello");
        w.comes_to_rest();
        w.shows(visitor, &place, &["me: hello (waiting)"]);
        let Place::New(client_id) = place.clone() else { unreachable!() };
        w.command(visitor, if retry { Command::Retry(client_id) } else { Command::TryNow });
        w.comes_to_rest();
        w.shows(visitor, &place, &["me: hello"]);
        assert_eq!(w.link(visitor), Link::Up);
    }
}

#[test]
fn without_a_network_it_is_tried_ever_less_often() {
    let mut w = World::new();
    let (visitor, _, id) = w.a_conversation();
    w.goes_offline(visitor);
    w.writes(visitor, &Place::At(id.clone()), "hm");
    let asked = |w: &World| {
        w.count(visitor, |effect| matches!(effect, Effect::Connect(_) | Effect::Append { .. }))
    };
    let before = asked(&w);
    w.lives_on(20 * 60_000);
    let tries = asked(&w) - before;
    assert!((20..120).contains(&tries), "{tries} in twenty minutes");
    assert!(w.clients[visitor].machine.is_offline());
    w.shows(visitor, &Place::At(id.clone()), &["me: hello", "me: hm (waiting)"]);

    w.comes_online(visitor);
    w.comes_to_rest();
    w.shows(visitor, &Place::At(id.clone()), &["me: hello", "me: hm"]);
}
