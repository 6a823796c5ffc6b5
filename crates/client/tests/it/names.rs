//! What the team's lists call visitors: told by welcomes, listings and frames, each of which may be late.

use porchlight_client::{Change, Input, Machine, Me, Step};
use porchlight_protocol::conversation::Kind;
use porchlight_protocol::person::VisitorName;
use porchlight_protocol::wire::{Boot, ServerFrame, Welcome};
use porchlight_protocol::{
    Conversation, ConversationId, Epoch, Member, MemberId, Policy, Revision, VisitorId,
};

fn visitor(n: u8) -> VisitorId {
    VisitorId::from_bytes([n; 16])
}

fn chat(n: u8) -> ConversationId {
    ConversationId::from_bytes([n; 16])
}

fn named(n: u8, name: &str, revision: Revision) -> VisitorName {
    VisitorName {
        id: visitor(n),
        name: Some(name.to_owned()),
        email: None,
        phone: None,
        call_back: None,
        proved: false,
        page: None,
        revision,
        standing: 0,
        joined: None,
    }
}

fn conversation(n: u8, of: u8) -> Conversation {
    Conversation::new(chat(n), Kind::Live, visitor(of), 1)
}

fn machine() -> Machine {
    let ada = Member { id: MemberId::from_bytes([9; 16]), name: "Ada".to_owned() };
    let mut machine = Machine::new(Me::Agent(ada));
    machine.step(1, 0, Input::Boot { known: true, stored: Vec::new() });
    machine
}

fn hears(machine: &mut Machine, frame: ServerFrame) -> Step {
    machine.step(1, 0, Input::Frame(frame))
}

fn welcome(
    epoch: u8,
    revision: Revision,
    conversations: Vec<Conversation>,
    visitors: Vec<VisitorName>,
) -> ServerFrame {
    ServerFrame::Welcome(Welcome {
        booted: Boot { epoch: Epoch::from_bytes([epoch; 16]), revision },
        revision,
        now: 1,
        policy: Policy::default(),
        online: true,
        conversations,
        counts: None,
        visitors,
    })
}

fn name(machine: &Machine, n: u8) -> Option<&str> {
    machine.names().get(&visitor(n))?.name.as_deref()
}

#[test]
fn a_name_that_changes_is_told_of_every_conversation_of_the_visitor() {
    let mut machine = machine();
    let listed = vec![conversation(1, 1), conversation(2, 1), conversation(3, 2)];
    hears(&mut machine, welcome(1, 5, listed, vec![named(1, "Mia", 3)]));
    assert_eq!((name(&machine, 1), name(&machine, 2)), (Some("Mia"), None));

    let step = hears(&mut machine, ServerFrame::Visitor(named(1, "Mia Sommer", 6)));
    assert_eq!(name(&machine, 1), Some("Mia Sommer"));
    let lines: Vec<&Change> =
        step.changes.iter().filter(|change| matches!(change, Change::Line(_))).collect();
    assert_eq!(lines, [&Change::Line(chat(1)), &Change::Line(chat(2))]);

    // The same again is no news, and what is older is late.
    for late in [named(1, "Mia Sommer", 6), named(1, "Mia", 3)] {
        let step = machine.step(1, 0, Input::Named(vec![late]));
        assert!(step.changes.is_empty(), "{:?}", step.changes);
        assert_eq!(name(&machine, 1), Some("Mia Sommer"));
    }
}

#[test]
fn whom_neither_welcome_nor_listing_has_told_of_is_to_be_asked_for() {
    let mut machine = machine();
    hears(&mut machine, welcome(1, 5, vec![conversation(1, 1)], vec![]));
    let is_told = |machine: &Machine, n| machine.names().is_told(&visitor(n));
    assert!(is_told(&machine, 1), "of whom nothing is known");
    assert!(!is_told(&machine, 2));
    machine.step(1, 0, Input::Listed(vec![conversation(2, 2)]));
    assert!(is_told(&machine, 2));
    machine.step(1, 0, Input::Named(vec![named(3, "Tom", 4)]));
    assert!(is_told(&machine, 3));

    // After a gap in the connection names stay, and are to be asked for again.
    hears(&mut machine, welcome(1, 6, vec![conversation(1, 1)], vec![]));
    assert!(is_told(&machine, 1) && !is_told(&machine, 2) && !is_told(&machine, 3));
    assert_eq!(name(&machine, 3), Some("Tom"));
}

#[test]
fn another_epoch_knows_nobody() {
    let mut machine = machine();
    hears(&mut machine, welcome(1, 5, vec![conversation(1, 1)], vec![named(1, "Mia", 5)]));
    hears(&mut machine, welcome(2, 3, vec![conversation(1, 1)], vec![named(1, "Mi", 2)]));
    assert_eq!(name(&machine, 1), Some("Mi"), "a lower revision of another epoch");
}
