//! Live chat that is switched off while visitors are there, or before they come.

use porchlight_client::{Command, Place};

use crate::world::{Tab, World};

/// Switches live chat, in front of everybody.
fn becomes(w: &mut World, on: bool) {
    w.live_chat_becomes(on);
    w.comes_to_rest();
}

fn has_field(w: &World, tab: Tab, place: &Place) -> bool {
    w.clients[tab].machine.visitor_view(place).field
}

#[test]
fn the_field_goes_and_comes_at_once() {
    let mut w = World::new();
    let (visitor, _, id) = w.a_conversation();
    let (new, old) = (Place::New(w.client_id()), Place::At(id));
    for on in [true, false, true] {
        becomes(&mut w, on);
        assert_eq!((has_field(&w, visitor, &new), has_field(&w, visitor, &old)), (on, on));
    }
}

#[test]
fn who_has_not_been_connected_hears_of_it_when_they_write() {
    let mut w = World::new();
    becomes(&mut w, false);
    let visitor = w.visitor();
    let new = Place::New(w.client_id());
    assert!(has_field(&w, visitor, &new), "nobody has told them");
    let place = w.begins(visitor, "hello");
    w.comes_to_rest();
    w.shows(visitor, &place, &["me: hello (live_chat_off)"]);
    assert!(!has_field(&w, visitor, &new) && !has_field(&w, visitor, &place));

    // It is not lost.
    becomes(&mut w, true);
    let Place::New(client_id) = place.clone() else { panic!("{place:?}") };
    w.command(visitor, Command::Retry(client_id));
    w.comes_to_rest();
    w.shows(visitor, &place, &["me: hello"]);
    assert!(has_field(&w, visitor, &place));
}

#[test]
fn the_document_tells_who_comes() {
    let mut w = World::new();
    let visitor = w.visitor();
    let new = Place::New(w.client_id());
    w.clients[visitor].machine.set_live_chat_off(true);
    assert!(!has_field(&w, visitor, &new));
    // A welcome knows better.
    w.a_conversation();
    let place = w.begins(visitor, "hello");
    w.comes_to_rest();
    assert!(has_field(&w, visitor, &place));
}
