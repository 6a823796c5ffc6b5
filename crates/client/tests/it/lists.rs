//! Stories of the inbox's lists, where there is more than a welcome has room for.

use porchlight_client::inbox::{List, PageState};
use porchlight_protocol::limits::PAGE_CONVERSATIONS_MAX;
use porchlight_protocol::{Act, ClientId, ConversationId, Counts, Filter, Sort};

use crate::server::Caller;
use crate::world::{Tab, World, agent};

/// Somebody else's act, past all tabs.
fn does(w: &mut World, caller: &Caller, id: &ConversationId, act: Act) {
    let name = w.client_id();
    w.server.append(caller, id, &name, &act).unwrap();
    w.passes(0);
}

fn claim() -> Act {
    Act::Claim { from: None }
}

fn message(text: &str) -> Act {
    Act::message(text)
}

/// So many open conversations, each of a visitor of its own, the oldest first.
fn many(w: &mut World, count: u32) -> Vec<ConversationId> {
    let mut start = |number: u32| {
        let mut name = [0xff; 16];
        name[..4].copy_from_slice(&number.to_be_bytes());
        let text = format!("Question {number}");
        let started =
            w.server.start(&Caller::Visitor(Some(number)), &ClientId::from_bytes(name), &text);
        started.unwrap().conversation.id
    };
    let ids = (1..=count).map(&mut start).collect();
    w.passes(0);
    ids
}

fn counts(w: &World, tab: Tab) -> Counts {
    w.clients[tab].folders.as_ref().unwrap().counts()
}

/// What the tab counts is what the server counts.
#[track_caller]
fn counts_are_right(w: &World, tab: Tab) {
    let there = w.server.counts(&w.clients[tab].caller).unwrap();
    assert_eq!(Counts { revision: 0, ..counts(w, tab) }, Counts { revision: 0, ..there });
}

fn listed(w: &World, tab: Tab, list: impl Into<List>) -> Vec<ConversationId> {
    let listing = w.server.list(&w.clients[tab].caller, list, None, usize::MAX).unwrap();
    listing.conversations.into_iter().map(|found| found.id).collect()
}

#[test]
fn every_one_of_three_hundred_is_reached_and_counted() {
    let mut w = World::new();
    let ids = many(&mut w, 300);
    let ben = Caller::Agent(agent("Ben"));
    for id in &ids[..3] {
        does(&mut w, &ben, id, claim());
    }
    let ben = w.agent("Ben");
    w.looks_at(ben, Filter::Open);
    w.comes_to_rest();
    let told = counts(&w, ben);
    assert_eq!((told.open, told.unassigned, told.mine, told.unread), (300, 297, 3, 300));
    assert_eq!(w.folder(ben, Filter::Open).len(), PAGE_CONVERSATIONS_MAX);
    assert_eq!(w.page(ben, Filter::Open), PageState::More);

    // One step further is the rest: nothing is asked for twice.
    assert!(w.lists_on(ben));
    assert_eq!(w.page(ben, Filter::Open), PageState::Loading);
    assert!(!w.lists_on(ben), "it is on its way");
    w.comes_to_rest();
    assert_eq!(w.folder(ben, Filter::Open), listed(&w, ben, Filter::Open));
    assert_eq!(w.page(ben, Filter::Open), PageState::Whole);
    assert_eq!(counts(&w, ben), Counts { revision: counts(&w, ben).revision, ..told });
}

#[test]
fn folders_load_by_themselves_what_the_welcome_had_no_room_for() {
    let mut w = World::new();
    let ids = many(&mut w, 260);
    let ben = Caller::Agent(agent("Ben"));
    does(&mut w, &ben, &ids[0], claim());
    does(&mut w, &ben, &ids[255], claim());
    let ben = w.agent("Ben");
    w.looks_at(ben, Filter::Mine);
    w.comes_to_rest();
    assert_eq!(w.folder(ben, Filter::Mine), [ids[255].clone(), ids[0].clone()]);
    assert_eq!(w.page(ben, Filter::Mine), PageState::Whole);
    w.looks_at(ben, Filter::Unassigned);
    w.comes_to_rest();
    while w.page(ben, Filter::Unassigned) != PageState::Whole {
        assert!(w.lists_on(ben));
        w.comes_to_rest();
    }
    assert_eq!(w.folder(ben, Filter::Unassigned), listed(&w, ben, Filter::Unassigned));
}

/// Who waits longest first.
const LONGEST: List = List { filter: Filter::Unassigned, sort: Sort::Waiting };

#[test]
fn who_waits_longest_is_listed_however_many_wait() {
    let mut w = World::new();
    let ids = many(&mut w, 260);
    let ben = w.agent("Ben");
    w.looks_at(ben, LONGEST);
    w.comes_to_rest();
    // The welcome told of the latest: those who have waited longest are asked for.
    let longest = |w: &World| w.folder(ben, LONGEST);
    assert!(longest(&w).starts_with(&ids[..100]));
    while w.page(ben, LONGEST) != PageState::Whole {
        assert!(w.lists_on(ben));
        w.comes_to_rest();
    }
    assert_eq!(longest(&w), ids);
    assert_eq!(longest(&w), listed(&w, ben, LONGEST));

    // Who writes again keeps their place; who is claimed leaves; who has just come is the last.
    does(&mut w, &Caller::Visitor(Some(1)), &ids[0], message("Anybody?"));
    does(&mut w, &Caller::Agent(agent("Cleo")), &ids[1], claim());
    let fresh = w.visitor();
    let place = w.begins(fresh, "hello");
    w.comes_to_rest();
    let fresh = w.id(fresh, &place);
    let expected: Vec<_> =
        [&ids[0]].into_iter().chain(&ids[2..]).chain([&fresh]).cloned().collect();
    assert_eq!(longest(&w), expected);

    // After an outage it is listed again as far as it was.
    w.cut(ben);
    w.lives_on(1_000);
    assert_eq!(longest(&w), expected);
}

#[test]
fn what_was_left_is_listed_first_however_much_there_is() {
    let mut w = World::new();
    w.server.nobody = true;
    let mut ids = many(&mut w, 3);
    w.server.nobody = false;
    ids.extend(many(&mut w, 230).into_iter().skip(3));
    let ben = w.agent("Ben");
    w.looks_at(ben, Filter::Unassigned);
    w.comes_to_rest();
    let shown = |w: &World| w.folder(ben, Filter::Unassigned);
    // They are not in the welcome, which has the latest.
    let newest = ids[3..].iter().rev();
    let expected: Vec<_> = ids[..3].iter().chain(newest).cloned().collect();
    assert!(expected.starts_with(&shown(&w)) && shown(&w).len() >= 100);
    while w.page(ben, Filter::Unassigned) != PageState::Whole {
        assert!(w.lists_on(ben));
        w.comes_to_rest();
    }
    assert_eq!(shown(&w), expected);
    assert_eq!(shown(&w), listed(&w, ben, Filter::Unassigned));

    // Who writes again keeps their place; who is answered or claimed leaves it; what is left now comes last of these.
    does(&mut w, &Caller::Visitor(Some(1)), &ids[0], message("Anybody?"));
    let cleo = Caller::Agent(agent("Cleo"));
    does(&mut w, &cleo, &ids[1], claim());
    does(&mut w, &cleo, &ids[1], message("Good morning"));
    does(&mut w, &cleo, &ids[1], Act::Unclaim);
    does(&mut w, &cleo, &ids[229], claim());
    w.server.nobody = true;
    does(&mut w, &Caller::Visitor(Some(9)), &ids[8], message("Still there?"));
    w.comes_to_rest();
    let rest = ids[3..229].iter().rev().filter(|id| **id != ids[8]);
    let first = [&ids[0], &ids[2], &ids[8], &ids[1]];
    let expected: Vec<_> = first.into_iter().chain(rest).cloned().collect();
    assert_eq!(shown(&w), expected);
    counts_are_right(&w, ben);

    // After an outage it is listed again as far as it was.
    w.cut(ben);
    w.lives_on(1_000);
    assert_eq!(shown(&w), expected);
}

#[test]
fn counts_follow_what_happens_to_conversations_that_are_not_known_here() {
    let mut w = World::new();
    let ids = many(&mut w, 230);
    let ben = w.agent("Ben");
    w.looks_at(ben, Filter::Open);
    w.comes_to_rest();
    let cleo = Caller::Agent(agent("Cleo"));
    let fresh = w.clients[ben].sent.len();

    // The oldest is not in the welcome. What becomes of it counts all the same.
    does(&mut w, &cleo, &ids[0], claim());
    w.comes_to_rest();
    counts_are_right(&w, ben);
    does(&mut w, &cleo, &ids[0], message("Hello"));
    does(&mut w, &cleo, &ids[1], claim());
    does(&mut w, &cleo, &ids[1], Act::Close { seen: 100 });
    does(&mut w, &Caller::Visitor(Some(3)), &ids[2], Act::Close { seen: 100 });
    does(&mut w, &Caller::Visitor(Some(4)), &ids[3], message("Still there?"));
    w.comes_to_rest();
    counts_are_right(&w, ben);

    // Somebody new, and what is known.
    many(&mut w, 233);
    does(&mut w, &cleo, &ids[229], claim());
    does(&mut w, &cleo, &ids[229], message("Hello"));
    does(&mut w, &Caller::Visitor(Some(2)), &ids[1], message("One more thing"));
    w.comes_to_rest();
    counts_are_right(&w, ben);
    assert_eq!(counts(&w, ben).open, 232);
    let connected = w.clients[ben].sent[fresh..].iter();
    let connected = connected.filter(|effect| format!("{effect:?}").starts_with("Connect"));
    assert_eq!(connected.count(), 0, "all that without another welcome");
}

#[test]
fn a_page_that_fails_says_so_and_is_asked_for_again() {
    let mut w = World::new();
    many(&mut w, 210);
    let ben = w.agent("Ben");
    w.looks_at(ben, Filter::Open);
    w.comes_to_rest();
    w.lists_on(ben);
    w.request_gets_lost(ben);
    w.comes_to_rest();
    assert_eq!(w.page(ben, Filter::Open), PageState::Failed);
    assert_eq!(w.folder(ben, Filter::Open).len(), PAGE_CONVERSATIONS_MAX, "what is there stays");
    w.lists_on(ben);
    w.answer_gets_lost(ben);
    w.comes_to_rest();
    assert_eq!(w.page(ben, Filter::Open), PageState::Failed);
    w.lists_on(ben);
    w.comes_to_rest();
    assert_eq!(w.page(ben, Filter::Open), PageState::Whole);
    assert_eq!(w.folder(ben, Filter::Open).len(), 210);
}

#[test]
fn after_a_reconnect_what_was_listed_is_listed_again_as_it_is_now() {
    let mut w = World::new();
    let ids = many(&mut w, 290);
    let ben = w.agent("Ben");
    w.looks_at(ben, Filter::Open);
    w.comes_to_rest();
    w.lists_on(ben);
    w.comes_to_rest();
    assert_eq!(w.folder(ben, Filter::Open).len(), 290);

    w.cut(ben);
    let cleo = Caller::Agent(agent("Cleo"));
    for id in [&ids[0], &ids[40], &ids[280]] {
        does(&mut w, &cleo, id, claim());
        does(&mut w, &cleo, id, Act::Close { seen: 100 });
    }
    w.lives_on(60_000);
    assert_eq!(w.folder(ben, Filter::Open), listed(&w, ben, Filter::Open));
    assert_eq!(w.folder(ben, Filter::Open).len(), 287);
    counts_are_right(&w, ben);
}

#[test]
fn a_server_that_does_not_count_is_counted_for() {
    let mut w = World::new();
    w.server.counts = false;
    many(&mut w, 210);
    let ben = w.agent("Ben");
    w.looks_at(ben, Filter::Open);
    w.comes_to_rest();
    assert_eq!(counts(&w, ben).open, 200, "what is known here");
    assert_eq!(w.page(ben, Filter::Open), PageState::More);
    w.lists_on(ben);
    w.comes_to_rest();
    let there = counts(&w, ben);
    assert_eq!((there.open, there.unassigned, there.mine, there.unread), (210, 210, 0, 210));
    assert_eq!(w.page(ben, Filter::Open), PageState::Whole);
}

#[test]
fn an_event_costs_one_look_however_much_is_known() {
    let mut w = World::new();
    let ids = many(&mut w, 2_000);
    let ben = w.agent("Ben");
    w.looks_at(ben, Filter::Open);
    w.comes_to_rest();
    while w.page(ben, Filter::Open) != PageState::Whole {
        w.lists_on(ben);
        w.comes_to_rest();
    }
    assert_eq!(w.folder(ben, Filter::Open).len(), 2_000);
    let mut lines = Vec::new();
    for (number, id) in (1..).zip(&ids[..20]) {
        does(&mut w, &Caller::Visitor(Some(number)), id, message("Still there?"));
        w.frame_arrives(ben);
        lines.push(w.clients[ben].lines);
    }
    assert_eq!(lines, [1; 20]);
    assert_eq!(w.folder(ben, Filter::Open)[0], ids[19]);
}
