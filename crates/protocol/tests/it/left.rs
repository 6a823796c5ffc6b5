//! What visitors leave while nobody is there: when it is marked, what ends the mark, and where it stands in the list.

use porchlight_protocol::conversation::Kind;
use porchlight_protocol::hours::{Away, is_nobody_there};
use porchlight_protocol::left::Taking;
use porchlight_protocol::questions::asker;
use porchlight_protocol::{
    Author, Conversation, ConversationId, Event, EventBody, Filter, Member, MemberId, VisitorId,
    left,
};

fn chat(n: u8, kind: Kind) -> Conversation {
    let (id, visitor) = (ConversationId::from_bytes([n; 16]), VisitorId::from_bytes([n; 16]));
    Conversation::new(id, kind, visitor, 0)
}

fn happens(chat: &mut Conversation, revision: u64, author: Author, body: EventBody) {
    let (seq, at) = (chat.head + 1, i64::try_from(revision).unwrap());
    chat.apply(&Event { seq, revision, at, author, client_id: None, body });
}

fn ada() -> Member {
    Member { id: MemberId::from_bytes([7; 16]), name: "Ada".to_owned() }
}

fn left() -> EventBody {
    left::mark(vec![EventBody::message("Are you there?")]).remove(0)
}

fn since(chat: &Conversation) -> Option<(i64, u64)> {
    chat.left.map(|left| (left.at, left.revision))
}

#[test]
fn it_is_marked_from_the_first_message_that_was_left_until_an_agent_answers() {
    let mut live = chat(1, Kind::Live);
    happens(&mut live, 3, Author::Visitor, EventBody::message("Hello"));
    assert_eq!(since(&live), None, "somebody was there");
    happens(&mut live, 5, Author::Visitor, left());
    happens(&mut live, 6, Author::Bot(asker("Lantern")), EventBody::message("Your name?"));
    happens(&mut live, 7, Author::Visitor, left());
    assert_eq!(since(&live), Some((5, 5)), "neither a question nor its answer changes it");
    happens(&mut live, 8, Author::Visitor, EventBody::message("Ah, you are there"));
    happens(&mut live, 9, Author::Agent(ada()), EventBody::assigned(Some(ada())));
    happens(&mut live, 10, Author::Agent(ada()), EventBody::Note { text: "Hm".to_owned() });
    assert_eq!(since(&live), Some((5, 5)), "nobody has answered");
    happens(&mut live, 11, Author::Agent(ada()), EventBody::message("Good morning"));
    assert_eq!(since(&live), None);
    happens(&mut live, 12, Author::Visitor, left());
    assert_eq!(since(&live), Some((12, 12)), "the next night");
}

#[test]
fn closing_ends_it_and_what_is_left_in_a_closed_one_begins_anew() {
    for (author, body) in [
        (Author::Agent(ada()), EventBody::Closed),
        (Author::Visitor, EventBody::Closed),
        (Author::Timer, EventBody::Closed),
        (Author::Timer, EventBody::Erased),
    ] {
        let mut live = chat(1, Kind::Live);
        happens(&mut live, 1, Author::Visitor, left());
        happens(&mut live, 2, author.clone(), body.clone());
        assert_eq!(since(&live), None, "{author:?} {body:?}");
        happens(&mut live, 3, Author::Visitor, EventBody::Reopened);
        assert_eq!(since(&live), None, "nothing was written since");
        happens(&mut live, 4, Author::Visitor, left());
        assert_eq!(since(&live), Some((4, 4)));
    }
}

#[test]
fn what_a_bot_answers_is_not_left() {
    let mut with_bot = chat(1, Kind::Bot(ada()));
    assert!(!left::is_for_team(&with_bot, &Author::Visitor));
    happens(&mut with_bot, 1, Author::Visitor, EventBody::message("A person, please"));
    happens(&mut with_bot, 2, Author::Bot(ada()), EventBody::assigned(None));
    assert!(left::is_for_team(&with_bot, &Author::Visitor), "it is handed over");
    happens(&mut with_bot, 3, Author::Visitor, left());
    happens(&mut with_bot, 4, Author::Bot(ada()), EventBody::message("They come at nine"));
    assert_eq!(since(&with_bot), Some((3, 3)), "no person has answered");
    let live = chat(2, Kind::Live);
    assert!(left::is_for_team(&live, &Author::Visitor));
    for author in [Author::Agent(ada()), Author::Bot(asker("Lantern")), Author::Timer] {
        assert!(!left::is_for_team(&live, &author), "{author:?}");
    }
}

#[test]
fn only_messages_are_marked_and_erasing_keeps_that_they_were() {
    let marked = left::mark(vec![EventBody::Reopened, EventBody::message("Hello")]);
    assert_eq!(marked[0], EventBody::Reopened);
    let mut message = marked[1].clone();
    assert!(message.erase());
    assert!(matches!(message, EventBody::Message { left: true, .. }));
}

#[test]
fn what_was_left_comes_first_the_longest_waiting_before_the_others() {
    let begun = |n: u8, revisions: &[(u64, bool)]| {
        let mut live = chat(n, Kind::Live);
        for (revision, is_left) in revisions {
            let body = if *is_left { left() } else { EventBody::message("Hello") };
            happens(&mut live, *revision, Author::Visitor, body);
        }
        live
    };
    let mut queue = [
        begun(1, &[(9, false)]),
        // It was left first, and has the newest message.
        begun(2, &[(2, true), (12, true)]),
        begun(3, &[(1, false), (11, false)]),
        begun(4, &[(4, true)]),
        begun(5, &[(3, false), (8, true)]),
    ];
    assert!(queue.iter().all(|live| Filter::Unassigned.holds(live, &ada())));
    queue.sort_by_key(|live| std::cmp::Reverse(live.left_first()));
    let order: Vec<u8> =
        queue.iter().map(|live| live.visitor.as_str()[..2].parse().unwrap()).collect();
    assert_eq!(order, [2, 4, 5, 3, 1]);
    assert!(queue[0].left_first() < 1 << 53, "a browser reads it exactly");
}

#[test]
fn messages_are_taken_while_live_chat_is_off_and_nobody_is_there_then() {
    let hours = || vec![Away { from: 10, until: Some(20) }];
    let table =
        [(true, false), (true, true), (false, true), (false, false)].map(|(chat, messages)| {
            let taking = Taking::of(chat, messages);
            let away = taking.away(hours);
            (taking.is_nothing(), is_nobody_there(&away, 5, true), is_nobody_there(&away, 15, true))
        });
    let by_hours = (false, false, true);
    assert_eq!(table, [by_hours, by_hours, (false, true, true), (true, false, true)]);
}
