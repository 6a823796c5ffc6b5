//! A server that is newer than the tab, and a log that can't be read as a whole.

use porchlight_client::machine::ThreadState;
use porchlight_client::{Effect, Input, Link, Place, Range};
use porchlight_protocol::wire::{Hello, Page, ServerFrame};
use porchlight_protocol::{Author, Event, EventBody, WIRE_VERSION};
use proptest::prelude::*;
use proptest::sample::Index;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::laws::config;
use crate::world::World;

#[test]
fn what_a_tab_does_not_know_is_shown_as_that_and_the_state_comes_from_the_server() {
    let mut w = World::new();
    let (visitor, ben, id) = w.a_conversation();
    let place = Place::At(id.clone());
    w.clients[visitor].old = true;
    w.policy_becomes(false, true, true);
    w.closes(ben, &id);
    w.comes_to_rest();
    assert!(!w.clients[visitor].machine.visitor_view(&place).field);

    w.reopens(ben, &id);
    w.comes_to_rest();
    assert!(w.clients[visitor].machine.visitor_view(&place).field, "it is open again");
    assert_eq!(w.rows(visitor, &place), ["me: hello", "what can't be shown"]);

    // What comes after it is read as ever, and what is written arrives.
    w.writes(ben, &place, "Back again.");
    w.comes_to_rest();
    w.writes(visitor, &place, "So I see.");
    w.comes_to_rest();
    w.shows(visitor, &place, &["me: hello", "Ben: Back again.", "me: So I see."]);
    assert_eq!(*w.clients[visitor].machine.conversation(&id).unwrap(), w.server.logs[&id].state);
    assert_eq!(w.unread(visitor), 0, "who writes has seen what stands above");
}

#[test]
fn the_state_is_asked_for_once_for_a_burst_that_a_tab_does_not_know() {
    let mut w = World::new();
    let (visitor, _, id) = w.a_conversation();
    w.clients[visitor].old = true;
    let asked = |w: &World| {
        w.count(visitor, |effect| matches!(effect, Effect::FetchConversation(of) if *of == id))
    };
    let before = asked(&w);
    let second = w.second_tab_of(visitor);
    w.comes_to_rest();
    for _ in 0..5 {
        w.keeps_open(second, &id);
        w.request_arrives(second);
        w.answer_arrives(second);
    }
    while w.frame_arrives(visitor) {}
    assert_eq!(asked(&w), before + 1);
    w.comes_to_rest();
    assert_eq!(asked(&w), before + 1);
    assert_eq!(*w.clients[visitor].machine.conversation(&id).unwrap(), w.server.logs[&id].state);
}

#[test]
fn a_state_that_was_guessed_is_asked_for_until_it_is_known() {
    let mut w = World::new();
    let (visitor, ben, id) = w.a_conversation();
    w.clients[visitor].old = true;
    w.closes(ben, &id);
    w.comes_to_rest();
    w.reopens(ben, &id);
    w.request_arrives(ben);
    while w.frame_arrives(visitor) {}
    w.request_gets_lost(visitor);
    w.answer_arrives(visitor);
    w.lives_on(60_000);
    assert!(!w.clients[visitor].machine.conversation(&id).unwrap().is_closed());
}

#[test]
fn a_frame_that_is_not_known_is_a_sign_of_life() {
    let mut w = World::new();
    let (visitor, ..) = w.a_conversation();
    for _ in 0..10 {
        w.passes(20_000);
        w.input(visitor, Input::Frame(ServerFrame::Other));
        while w.timer_runs_out(visitor, 0) {}
    }
    assert_eq!(w.link(visitor), Link::Up);
    assert_eq!(w.count(visitor, |effect| matches!(effect, Effect::Connect(_))), 1);
}

#[test]
fn what_the_server_cant_read_is_a_row_of_its_own() {
    let mut w = World::new();
    let (visitor, ben, id) = w.a_conversation();
    let place = Place::At(id.clone());
    for text in ["one", "two", "three"] {
        w.writes(ben, &place, text);
    }
    w.comes_to_rest();
    let log = w.server.logs.get_mut(&id).unwrap();
    let damaged = log
        .events
        .iter_mut()
        .find(|event| matches!(&event.body, EventBody::Message { text, .. } if text == "two"));
    damaged.unwrap().body = EventBody::Unreadable;
    let second = w.second_tab_of(visitor);
    w.opens(second, &id);
    w.comes_to_rest();
    assert_eq!(w.thread(second, &id), ThreadState::Ready);
    let rows = w.rows(second, &place);
    assert_eq!(rows, ["Ben: one", "what can't be read", "Ben: three"]);
}

/// What a server says, with something that nobody knows in some of its places.
fn from_the_future<T: Serialize + DeserializeOwned>(said: &T, places: &[(Index, u8)]) -> Option<T> {
    let mut said = serde_json::to_value(said).unwrap();
    for (place, form) in places {
        let mut count = 0;
        each_place(&mut said, &mut |_| count += 1);
        let (chosen, mut n) = (place.index(count), 0);
        each_place(&mut said, &mut |value| {
            if n == chosen {
                *value = match form % 4 {
                    0 => json!(format!("snoozed {chosen}")),
                    1 => json!({"snoozed": {"until": 7}}),
                    2 => json!([1.5, null]),
                    _ => json!(u64::MAX),
                };
            }
            n += 1;
        });
    }
    serde_json::from_value(said).ok()
}

fn each_place(json: &mut Value, run: &mut dyn FnMut(&mut Value)) {
    match json {
        Value::Object(fields) => fields.iter_mut().for_each(|(_, value)| each_place(value, run)),
        Value::Array(values) => values.iter_mut().for_each(|value| each_place(value, run)),
        _ => {}
    }
    run(json);
}

proptest! {
    #![proptest_config(config(200))]

    #[test]
    fn nothing_that_a_newer_server_says_jams_a_tab(
        said in prop::collection::vec(
            (0..2usize, 0..5u8, prop::collection::vec((any::<Index>(), any::<u8>()), 1..4)),
            1..30,
        ),
    ) {
        let mut w = World::new();
        let (visitor, ben, id) = w.a_conversation();
        let place = Place::At(id.clone());
        w.opens(visitor, &id);
        // What contradicts what is known makes a tab begin anew, with new rows.
        w.restored = true;
        w.writes(ben, &place, "one");
        w.comes_to_rest();
        for (who, what, places) in said {
            let tab = [visitor, ben][who];
            let caller = w.clients[tab].caller.clone();
            let hello = Hello { wire: WIRE_VERSION, auth: None, booted: None, known: None };
            let log = &w.server.logs[&id];
            let last = log.events.last().unwrap().clone();
            let next = Event {
                seq: last.seq + 1,
                revision: last.revision + 1,
                author: Author::Visitor,
                client_id: None,
                body: EventBody::KeptOpen,
                ..last
            };
            let frame = |frame: ServerFrame| {
                Some(Input::Frame(from_the_future(&frame, &places).unwrap_or(ServerFrame::Other)))
            };
            let input = match what {
                0 => frame(ServerFrame::Welcome(w.server.hello(&caller, &hello).unwrap())),
                1 => frame(ServerFrame::Event { conversation: id.clone(), event: next }),
                2 => frame(ServerFrame::Beacon(w.server.beacon(&caller))),
                3 => from_the_future(&log.state, &places)
                    .map(|state| Input::Conversation { id: id.clone(), result: Ok(state) }),
                _ => {
                    let page = Page { events: log.events.clone(), head: log.state.head };
                    let range = Range::After(0);
                    from_the_future(&page, &places)
                        .map(|page| Input::Events { id: id.clone(), range, result: Ok(page) })
                }
            };
            if let Some(input) = input {
                w.input(tab, input);
            }
            w.lives_on(1_000);
        }
        w.server_is_killed();
        w.lives_on(120_000);
        prop_assert_eq!((w.link(visitor), w.link(ben)), (Link::Up, Link::Up));
        // Both go on: in a page that has seen nothing of it, what they write is there.
        w.writes(visitor, &place, "still here?");
        w.writes(ben, &place, "still here.");
        w.lives_on(120_000);
        let texts = crate::server::messages(&w.server.logs[&id].events);
        prop_assert!(texts.ends_with(&["still here?".to_owned(), "still here.".to_owned()]), "{:?}", texts);
        for tab in [visitor, ben] {
            let rows = w.rows(tab, &place);
            prop_assert!(rows.iter().any(|row| row.ends_with(": still here.")), "{:?}", rows);
        }
    }
}
