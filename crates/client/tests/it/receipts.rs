//! What a visitor learns of how far the team has read.

use porchlight_client::Place;
use porchlight_protocol::ConversationId;

use crate::world::{Tab, World};

fn is_seen(w: &World, tab: Tab, id: &ConversationId) -> bool {
    w.clients[tab].machine.row_keys(&Place::At(id.clone())).last_seen
}

fn becomes(w: &mut World, on: bool) {
    w.read_receipts_become(on);
    w.comes_to_rest();
}

#[test]
fn a_visitor_sees_it_where_the_site_says_so_and_of_their_last_message() {
    let mut w = World::new();
    let (visitor, agent, id) = w.a_conversation();
    w.reads(agent, &id);
    w.comes_to_rest();
    assert!(!is_seen(&w, visitor, &id), "the site does not say so");
    becomes(&mut w, true);
    assert!(is_seen(&w, visitor, &id));

    w.writes(visitor, &Place::At(id.clone()), "and another thing");
    w.comes_to_rest();
    assert!(!is_seen(&w, visitor, &id), "nobody has read it");
    w.reads(agent, &id);
    w.comes_to_rest();
    assert!(is_seen(&w, visitor, &id));
    // What the team writes then changes nothing of it.
    w.writes(agent, &Place::At(id.clone()), "what is it?");
    w.comes_to_rest();
    assert!(is_seen(&w, visitor, &id));

    becomes(&mut w, false);
    assert!(!is_seen(&w, visitor, &id));
}
