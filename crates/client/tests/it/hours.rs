//! Opening hours: which time away a client is in, by the server's clock.

use porchlight_protocol::hours::Away;

use crate::world::World;

#[test]
fn the_document_tells_who_comes_and_a_welcome_knows_better() {
    let mut w = World::new();
    let visitor = w.visitor();
    let night = Away { from: 0, until: None };
    assert_eq!(w.clients[visitor].machine.away(1), None);
    w.clients[visitor].machine.set_away(vec![night.clone()]);
    assert_eq!(w.clients[visitor].machine.away(1), Some(&night));
    w.begins(visitor, "hello");
    w.comes_to_rest();
    assert_eq!(w.clients[visitor].machine.away(1), None, "the site has no hours any more");
}
