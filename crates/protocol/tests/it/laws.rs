//! What is true after any history.

use proptest::prelude::*;
use proptest::sample::Index;

use porchlight_protocol::closing::{self, NoticePlace, VisitorView};
use porchlight_protocol::conversation::{Applied, Kind, Side, Status};
use porchlight_protocol::limits::{PREVIEW_CHARS_MAX, UNREAD_MAX};
use porchlight_protocol::rules::{self, Refusal};
use porchlight_protocol::{
    Act, Author, Conversation, ConversationId, Event, EventBody, Member, Millis, Policy, Seq,
    VisitorId, left,
};

use crate::history::{actor, histories};
use crate::world::{
    TIMER, Told, VISITOR, World, agent, all_options, all_policies, ann, ask, asked, ben, cases,
    choose, claim_from, close, member, names, note, robot, say, say_and_close,
};

/// Written out: what the code calls `VisitorView::OPEN` is under test here.
const OPEN: VisitorView =
    VisitorView { listed: true, marked_closed: false, field: true, notice: None };

fn tell(conversation: &mut Conversation, told: &Told) {
    match told {
        Told::Event(event) => assert_eq!(conversation.apply(event), Applied::Yes),
        Told::Read(side, up_to, revision) => {
            conversation.hear_read(*side, *up_to, *revision);
        }
    }
}

fn through_json(conversation: &Conversation) -> Conversation {
    let json = serde_json::to_string(conversation).unwrap();
    serde_json::from_str(&json).unwrap()
}

fn messages_of(log: &[Event], side: Side) -> impl DoubleEndedIterator<Item = &Event> {
    log.iter().filter(move |event| {
        matches!(event.body, EventBody::Message { .. })
            && (event.author == Author::Visitor) == (side == Side::Visitor)
    })
}

fn other(side: Side) -> Side {
    match side {
        Side::Visitor => Side::Team,
        Side::Team => Side::Visitor,
    }
}

proptest! {
    #![proptest_config(cases(64))]

    /// snapshot(k) + what came after k ≡ snapshot(head), for every k, and through JSON.
    #[test]
    fn a_snapshot_and_what_came_after_it_are_the_whole(history in histories()) {
        let end = history.end();
        let mut snapshot = history.begin().conversation;
        for k in 0..=end.told.len() {
            let copy = through_json(&snapshot);
            prop_assert_eq!(&copy, &snapshot);
            let mut replayed = copy;
            end.told[k..].iter().for_each(|told| tell(&mut replayed, told));
            prop_assert_eq!(&replayed, &end.conversation);
            if let Some(told) = end.told.get(k) {
                tell(&mut snapshot, told);
            }
        }
    }
}

proptest! {
    #![proptest_config(cases(160))]

    /// Pushes may overtake each other: events are put in order by seq, read marks by nothing at all.
    #[test]
    fn read_marks_may_come_before_or_after_the_events_they_are_about(
        history in histories(),
        places in proptest::collection::vec(any::<Index>(), 32),
    ) {
        let end = history.end();
        let (events, reads): (Vec<_>, Vec<_>) =
            end.told.iter().partition(|told| matches!(told, Told::Event(_)));
        let mut shuffled = events;
        for (read, place) in reads.into_iter().zip(&places) {
            shuffled.insert(place.index(shuffled.len() + 1), read);
        }
        let mut conversation = history.begin().conversation;
        shuffled.into_iter().for_each(|told| tell(&mut conversation, told));
        prop_assert_eq!(conversation, end.conversation);
    }

    #[test]
    fn duplicates_and_gaps_change_nothing(
        history in histories(),
        deliveries in proptest::collection::vec(any::<Index>(), 0..64),
    ) {
        let log = history.end().log;
        prop_assume!(!log.is_empty());
        let mut conversation = history.begin().conversation;
        for delivery in deliveries {
            let event = delivery.get(&log);
            let before = conversation.clone();
            let expected = match event.seq.cmp(&(before.head + 1)) {
                std::cmp::Ordering::Less => Applied::Duplicate,
                std::cmp::Ordering::Equal => Applied::Yes,
                std::cmp::Ordering::Greater => Applied::Gap,
            };
            prop_assert_eq!(conversation.apply(event), expected);
            if expected != Applied::Yes {
                prop_assert_eq!(&conversation, &before);
            }
        }
        // The gap is fetched: everything once more, from the start.
        for event in &log {
            prop_assert_ne!(conversation.apply(event), Applied::Gap);
        }
        let mut replayed = history.begin().conversation;
        for event in &log {
            replayed.apply(event);
        }
        prop_assert_eq!(conversation, replayed);
    }

    /// Each field of the fold has a definition in words; here it is computed from the log by it.
    #[test]
    fn the_fold_says_what_the_log_says(history in histories()) {
        history.live(|world| {
            let World { conversation, log, .. } = world;
            let newest = |wanted: fn(&EventBody) -> bool| {
                log.iter().rev().find(|event| wanted(&event.body))
            };
            for (n, event) in log.iter().enumerate() {
                assert_eq!(event.seq, n as Seq + 1, "dense");
            }
            assert_eq!(conversation.head, log.len() as Seq);
            assert_eq!(conversation.revision, log.last().map_or(0, |event| event.revision));

            let turn = newest(|b| matches!(b, EventBody::Closed | EventBody::Reopened));
            let status = match turn {
                Some(event) if event.body == EventBody::Closed => Status::Closed {
                    by: event.author.clone(),
                    at: event.at,
                    revision: event.revision,
                },
                _ => Status::Open,
            };
            assert_eq!(conversation.status, status);

            let assigned = newest(|b| matches!(b, EventBody::Assigned { .. }));
            let assignee = assigned.and_then(|event| match &event.body {
                EventBody::Assigned { to, .. } => to.clone(),
                _ => None,
            });
            assert_eq!(conversation.assignee, assignee);

            let moves = |event: &&Event| match event.body {
                EventBody::Message { .. } => true,
                EventBody::Reopened => event.author != VISITOR,
                _ => false,
            };
            let active = log.iter().rev().find(moves);
            assert_eq!(conversation.active_revision, active.map_or(0, |e| e.revision));
            let kept = newest(|b| {
                matches!(b, EventBody::Message { .. } | EventBody::Reopened | EventBody::KeptOpen)
            });
            assert_eq!(conversation.active_at, kept.map_or(conversation.started_at, |e| e.at));

            let put_away = newest(|b| {
                matches!(b, EventBody::Dismissed | EventBody::Restored | EventBody::Reopened)
            });
            assert_eq!(
                conversation.dismissed,
                put_away.is_some_and(|event| event.body == EventBody::Dismissed)
            );
            let after = |event: &Event| log.iter().skip(event.seq as usize);
            assert_eq!(
                conversation.reopened_by_visitor,
                turn.is_some_and(|event| {
                    event.body == EventBody::Reopened
                        && event.author == VISITOR
                        && !after(event).any(|later| {
                            matches!(later.body, EventBody::Message { .. })
                                && later.author != VISITOR
                        })
                })
            );

            let from_visitor = messages_of(log, Side::Visitor).next_back();
            assert_eq!(conversation.visitor_seq, from_visitor.map_or(0, |event| event.seq));

            let last = newest(|b| matches!(b, EventBody::Message { .. }));
            assert_eq!(conversation.last.is_some(), last.is_some());
            if let (Some(preview), Some(event)) = (&conversation.last, last) {
                assert_eq!((&preview.author, preview.at), (&event.author, event.at));
                assert!(preview.text.chars().count() <= PREVIEW_CHARS_MAX);
                assert!(!preview.text.is_empty() && !preview.text.contains(['\n', '\t']));
            }
        });
    }

    #[test]
    fn a_message_never_stands_in_a_closed_conversation(history in histories()) {
        let mut open = true;
        for event in history.end().log {
            match event.body {
                EventBody::Message { .. } => prop_assert!(open, "{event:?}"),
                EventBody::Closed => prop_assert!(std::mem::replace(&mut open, false)),
                EventBody::Reopened => prop_assert!(!std::mem::replace(&mut open, true)),
                EventBody::KeptOpen => prop_assert!(open),
                EventBody::Dismissed | EventBody::Restored => prop_assert!(!open),
                EventBody::Assigned { .. } | EventBody::Note { .. } => {}
                EventBody::Erased
                | EventBody::Withheld
                | EventBody::Unreadable
                | EventBody::Other => {
                    prop_assert!(false, "nobody writes it");
                }
            }
        }
    }

    /// What a visitor puts away is theirs alone: nobody else does it or takes it back, and not twice.
    #[test]
    fn visitors_put_away_and_take_back_what_is_theirs(history in histories()) {
        let (mut closed_by, mut away) = (None, false);
        for event in history.end().log {
            match event.body {
                EventBody::Closed => closed_by = Some(event.author),
                EventBody::Reopened => {
                    let by_visitor = event.author == VISITOR;
                    // Either with a message of theirs, or because the closing was theirs too: what
                    // else they send stands in the next test.
                    prop_assert!(closed_by.take().is_some() || !by_visitor);
                    away = false;
                }
                EventBody::Dismissed => {
                    prop_assert_eq!(&event.author, &VISITOR);
                    prop_assert!(closed_by.as_ref().is_some_and(|by| *by != VISITOR));
                    prop_assert!(!std::mem::replace(&mut away, true));
                }
                EventBody::Restored => {
                    prop_assert_eq!(&event.author, &VISITOR);
                    prop_assert!(std::mem::replace(&mut away, false));
                }
                EventBody::KeptOpen => prop_assert_eq!(&event.author, &VISITOR),
                _ => {}
            }
        }
    }

    /// A visitor without a message opens only what they closed themselves.
    #[test]
    fn a_visitors_undo_opens_only_what_they_closed(history in histories()) {
        history.live(|world| {
            let outcome = world.ask(&VISITOR, &Act::Reopen);
            let expected = match (&world.conversation.status, world.conversation.dismissed) {
                (Status::Open, _) => Ok(vec![]),
                (Status::Closed { by: Author::Visitor, .. }, _) => Ok(vec![EventBody::Reopened]),
                (Status::Closed { .. }, true) => Ok(vec![EventBody::Restored]),
                (Status::Closed { .. }, false) => Err(Refusal::NotAllowed),
                (Status::Other, _) => unreachable!("nobody writes it"),
            };
            assert_eq!(outcome, expected);
        });
    }

    /// Closing and taking it back at once is as if nothing had been, but for the log and for what a
    /// re-opening is: activity, with a mark for the agents.
    #[test]
    fn a_visitors_close_and_undo_leave_the_view_as_it_was(history in histories()) {
        history.live(|world| {
            let view = |world: &World, booted| {
                closing::visitor_view(&world.conversation, &world.policy(), booted)
            };
            let mut after = world.clone();
            if after.act(&VISITOR, &close(0)) == Ok(0) {
                return;
            }
            assert!(!view(&after, world.boot()).listed, "it leaves Home at once");
            assert_eq!(after.act(&VISITOR, &Act::Reopen), Ok(1));
            for booted in [0, world.boot() / 2, world.boot()] {
                assert_eq!(view(&after, booted), view(world, booted));
            }
            assert_eq!(after.conversation.is_closed(), world.conversation.is_closed());
            assert_eq!(after.conversation.assignee, world.conversation.assignee);
        });
    }

    /// The visitor receives nothing of a note: what is told in its place says no more than that there
    /// is something, and what a visitor folds of it is what everybody else folds.
    #[test]
    fn visitors_hear_nothing_of_notes_and_fold_the_same(history in histories()) {
        let end = history.end();
        let mut visitors = history.begin().conversation;
        for told in &end.told {
            match told {
                Told::Event(event) => {
                    let theirs = event.clone().without_internals();
                    if matches!(event.body, EventBody::Note { .. }) {
                        prop_assert_eq!(&theirs.body, &EventBody::Withheld);
                        prop_assert_eq!(&theirs.author, &Author::Withheld);
                    } else {
                        prop_assert_eq!(&theirs, event);
                    }
                    prop_assert_eq!(&theirs.clone().without_internals(), &theirs);
                    prop_assert_eq!(visitors.apply(&theirs), Applied::Yes);
                }
                told => tell(&mut visitors, told),
            }
        }
        prop_assert_eq!(visitors, end.conversation);
    }

    #[test]
    fn a_note_moves_the_head_and_nothing_else(history in histories()) {
        history.live(|world| {
            for writer in [ann(), ben()] {
                let mut after = world.clone();
                after.now += 60_000;
                after.must(&agent(writer), &note("Pays late."));
                after.conversation.head = world.conversation.head;
                after.conversation.revision = world.conversation.revision;
                assert_eq!(after.conversation, world.conversation);
            }
        });
    }

    #[test]
    fn keeping_it_open_moves_the_deadline_and_nothing_else(history in histories()) {
        history.live(|world| {
            let mut after = world.clone();
            after.now += 60_000;
            match after.act(&VISITOR, &Act::KeepOpen) {
                Ok(made) => {
                    assert_eq!(made, 1);
                    assert_eq!(after.conversation.active_at, after.now);
                    after.conversation.active_at = world.conversation.active_at;
                    after.conversation.head = world.conversation.head;
                    after.conversation.revision = world.conversation.revision;
                }
                Err(refusal) => {
                    assert_eq!(refusal, Refusal::ConversationClosed);
                    assert!(world.conversation.is_closed());
                }
            }
            assert_eq!(after.conversation, world.conversation);
        });
    }

    /// The time counts from the last message or re-opening or wish, by the clock of that moment,
    /// wherever the clock has been before; nothing else moves it. What is closed has no deadline.
    #[test]
    fn the_deadline_is_a_period_after_the_last_activity(
        history in histories(),
        after_s in 60..31_536_000_u64,
        before_s in 60..86_400_u64,
    ) {
        let policy = Policy {
            live_closes_after_s: Some(after_s),
            bot_closes_after_s: Some(after_s * 2),
            warn_before_s: Some(before_s),
            ..Policy::default()
        };
        history.live(|world| {
            let World { conversation, log, .. } = world;
            let at = log.iter().rfind(|event| matches!(
                event.body,
                EventBody::Message { .. } | EventBody::Reopened | EventBody::KeptOpen
            ));
            let at = at.map_or(conversation.started_at, |event| event.at);
            let after_s = match conversation.kind {
                Kind::Live | Kind::Other => after_s,
                Kind::Bot(_) => after_s * 2,
            };
            let deadline = at + after_s as Millis * 1_000;
            let open = !conversation.is_closed();
            assert_eq!(closing::closes_at(conversation, &policy), open.then_some(deadline));
            let warning = deadline - before_s as Millis * 1_000;
            assert_eq!(closing::warns_at(conversation, &policy), open.then_some(warning));
            for none in [Policy::default(), Policy { warn_before_s: Some(60), ..Policy::default() }] {
                assert_eq!(closing::closes_at(conversation, &none), None);
                assert_eq!(closing::warns_at(conversation, &none), None);
            }
        });
    }

    #[test]
    fn of_agents_only_the_owner_speaks_and_closes(history in histories()) {
        let mut owner: Option<Member> = None;
        for event in history.end().log {
            match (&event.body, &event.author) {
                (EventBody::Assigned { to, .. }, _) => owner = to.clone(),
                // A note is for everybody of the team, by everybody of the team.
                (EventBody::Note { .. }, author) => prop_assert!(matches!(author, Author::Agent(_))),
                (_, Author::Agent(agent)) => prop_assert_eq!(Some(agent), owner.as_ref()),
                // A bot is silent while somebody owns the conversation.
                (_, Author::Bot(_)) => prop_assert_eq!(None, owner.as_ref()),
                (EventBody::Message { .. }, author) => prop_assert_eq!(author, &VISITOR),
                (_, Author::Visitor) => {}
                (body, Author::Timer) => prop_assert_eq!(body, &EventBody::Closed),
                (_, Author::Withheld | Author::Other) => prop_assert!(false, "nobody is that"),
            }
        }
    }

    #[test]
    fn closing_twice_and_reopening_twice_is_a_no_op(history in histories()) {
        history.live(|world| {
            let nothing = Ok(vec![]);
            if world.conversation.is_closed() {
                for actor in [TIMER, agent(ann()), agent(ben())] {
                    assert_eq!(world.ask(&actor, &close(0)), nothing, "{actor:?}");
                }
                // A visitor's only puts it away.
                let again = world.ask(&VISITOR, &close(0)).unwrap();
                assert!(again.is_empty() || again == [EventBody::Dismissed]);
            } else {
                for actor in [VISITOR, agent(ann()), agent(ben())] {
                    assert_eq!(world.ask(&actor, &Act::Reopen), nothing, "{actor:?}");
                }
            }
        });
    }

    /// No rule makes an act that it would itself refuse to have made: what was decided can be
    /// applied, and asking again for the same state finds it so or says why not.
    #[test]
    fn who_has_closed_or_reopened_finds_it_so(history in histories(), actor in actor()) {
        let mut world = history.end();
        if world.act(&actor, &close(world.head())).is_ok() {
            prop_assert!(world.conversation.is_closed());
            prop_assert_eq!(world.act(&actor, &close(0)), Ok(0));
        }
        if world.act(&actor, &Act::Reopen).is_ok() {
            if actor == VISITOR && world.conversation.is_closed() {
                // What somebody else had closed is on their Home again, as far as they can have it.
                prop_assert!(!world.conversation.dismissed);
            } else {
                prop_assert!(!world.conversation.is_closed());
                prop_assert_eq!(world.act(&actor, &Act::Reopen), Ok(0));
            }
        }
    }

    #[test]
    fn a_claim_is_a_compare_and_swap(history in histories()) {
        history.live(|world| {
            let owner = world.conversation.assignee.clone();
            for claimer in [ann(), ben()] {
                for seen in [None, Some(ann()), Some(ben()), Some(member(0xff, "Gone"))] {
                    let outcome = world.ask(&agent(claimer.clone()), &claim_from(seen.as_ref()));
                    let expected = if owner.as_ref() == Some(&claimer) {
                        Ok(vec![])
                    } else if world.conversation.is_closed() {
                        Err(Refusal::ConversationClosed)
                    } else if owner == seen {
                        Ok(vec![EventBody::assigned(Some(claimer.clone()))])
                    } else {
                        Err(Refusal::ClaimedByOther { owner: owner.clone() })
                    };
                    assert_eq!(outcome, expected, "{claimer:?} {seen:?}");
                }
            }
        });
    }

    #[test]
    fn a_close_is_refused_exactly_when_the_visitor_has_written_since(history in histories()) {
        history.live(|world| {
            let owner = world.conversation.assignee.clone();
            let Some(owner) = owner.filter(|_| !world.conversation.is_closed()) else { return };
            for seen in 0..=world.head() {
                let since = messages_of(&world.log, Side::Visitor).rfind(|event| event.seq > seen);
                let owner = agent(owner.clone());
                let closed = world.ask(&owner, &close(seen));
                let said_and_closed = world.ask(&owner, &say_and_close("Bye", seen));
                match since {
                    Some(event) => {
                        let refused = Err(Refusal::NewMessages { seq: event.seq });
                        assert_eq!((&closed, &said_and_closed), (&refused, &refused));
                    }
                    None => {
                        assert_eq!(names(&closed.unwrap()), ["closed"]);
                        assert_eq!(names(&said_and_closed.unwrap()), ["message", "closed"]);
                    }
                }
            }
        });
    }

    #[test]
    fn read_marks_only_grow_and_never_pass_the_head(history in histories()) {
        let mut before = (0, 0);
        history.live(|world| {
            let conversation = &world.conversation;
            let now = (conversation.visitor_read.up_to, conversation.team_read.up_to);
            assert!(before.0 <= now.0 && now.0 <= conversation.head);
            assert!(before.1 <= now.1 && now.1 <= conversation.head);
            before = now;
        });
    }

    /// Who waits, waits since the first message after the team's last word, or since it was opened again.
    #[test]
    fn a_visitor_waits_since_the_first_message_that_nobody_answered(history in histories()) {
        history.live(|world| {
            let conversation = &world.conversation;
            let mut since = None;
            for event in &world.log {
                let of_visitor = event.author == Author::Visitor;
                since = match &event.body {
                    EventBody::Message { .. } if of_visitor => since.or(Some(event)),
                    EventBody::Message { .. } | EventBody::Closed => None,
                    EventBody::Assigned { to: None, .. } if matches!(event.author, Author::Bot(_)) => since.or(Some(event)),
                    EventBody::Reopened => {
                        let mut before = world.log.iter().filter(|it| it.seq < event.seq);
                        let message = before.rfind(|it| matches!(it.body, EventBody::Message { .. }));
                        message.filter(|it| it.author == Author::Visitor).map(|_| event)
                    }
                    _ => since,
                };
            }
            let waits = conversation.waits_since();
            assert_eq!(waits.map(|it| (it.at, it.revision)), since.map(|it| (it.at, it.revision)));
            assert_eq!(waits, conversation.unanswered);
            // What an older server tells has the last message instead.
            let older = Conversation { unanswered: None, ..conversation.clone() };
            assert!(conversation.handed_over || older.waits_since().is_some() == waits.is_some());
        });
    }

    /// Unread is what the other side has said after the mark; the mark is the furthest of what was
    /// read and of what the side itself has said.
    #[test]
    fn unread_is_what_the_log_says_it_is(history in histories()) {
        history.live(|world| {
            for side in [Side::Visitor, Side::Team] {
                let mark = world.conversation.read(side);
                let own = messages_of(&world.log, side).map(|event| event.seq);
                let read = world.told.iter().filter_map(|told| match told {
                    Told::Read(reader, up_to, _) if *reader == side => Some(*up_to),
                    _ => None,
                });
                assert_eq!(mark.up_to, own.chain(read).max().unwrap_or(0));
                assert_eq!(mark.unread, unread(world, side, mark.up_to));
            }
        });
    }

    /// The same beyond the number that is told apart.
    #[test]
    fn unread_is_right_beyond_what_a_badge_shows(
        bursts in proptest::collection::vec((any::<bool>(), 0..90_usize, any::<Index>()), 1..5),
    ) {
        let mut world = World::claimed();
        for (from_visitor, messages, read_up_to) in bursts {
            let author = if from_visitor { VISITOR } else { agent(ann()) };
            for _ in 0..messages {
                world.must(&author, &say("?"));
            }
            let side = if from_visitor { Side::Team } else { Side::Visitor };
            world.read(side, read_up_to.index(world.log.len()) as Seq);
            for side in [Side::Visitor, Side::Team] {
                let mark = world.conversation.read(side);
                prop_assert_eq!(&mark.unread, &unread(&world, side, mark.up_to));
            }
        }
    }

    /// The heart of it: whatever has happened and whatever a site sets, the field is there exactly
    /// when the server takes a message; where it is not, a new conversation can be started; and the
    /// message stands in an open conversation that every client lists.
    #[test]
    fn nobody_is_ever_locked_out(history in histories()) {
        history.live(|world| {
            let World { conversation, revision, .. } = world;
            for policy in all_policies(world.since.hides_closed) {
                let sent = rules::decide(conversation, &VISITOR, &say("hello?"), &policy);
                let mut afterwards = conversation.clone();
                for body in sent.iter().flatten() {
                    let seq = afterwards.head + 1;
                    let event = Event {
                        seq,
                        revision: revision + seq,
                        at: world.now,
                        author: VISITOR,
                        client_id: None,
                        body: body.clone(),
                    };
                    assert_eq!(afterwards.apply(&event), Applied::Yes);
                }
                let start = rules::decide(&fresh(conversation), &VISITOR, &say("hi"), &policy);
                assert_eq!(names(&start.unwrap()), ["message"]);

                for booted in [0, world.since.hides_closed, revision / 2, *revision, u64::MAX] {
                    let view = closing::visitor_view(conversation, &policy, booted);
                    assert_eq!(view.field, sent.is_ok(), "{policy:?}");
                    assert!(view.field || view.notice != Some(NoticePlace::Thread));
                    assert!(!view.field || view.notice != Some(NoticePlace::Field));
                    if !conversation.is_closed() {
                        assert_eq!(view, OPEN);
                    }
                    if sent.is_ok() {
                        assert_eq!(closing::visitor_view(&afterwards, &policy, booted), OPEN);
                    }
                }
            }
            // Nor is an agent: what is closed can always be re-opened, and then owned and answered.
            for agent in [agent(ann()), agent(ben())] {
                let mut world = world.clone();
                if world.conversation.is_closed() {
                    world.must(&agent, &Act::Reopen);
                    world.must(&agent, &say("Sorry, one more thing."));
                }
            }
        });
    }

    /// By default a visitor is told nothing of a closing; nor by the order of Home.
    #[test]
    fn a_claim_or_a_closing_does_not_move_a_conversation_on_home(history in histories()) {
        let mut world = history.end();
        let order = |world: &World| world.conversation.active_revision;
        let before = (order(&world), world.conversation.active_at);
        world.now += 60_000;
        let owner = world.conversation.assignee.clone();
        let _ = world.act(&agent(ben()), &claim_from(owner.as_ref()));
        let _ = world.act(&agent(ben()), &note("Pays late."));
        let _ = world.act(&agent(ben()), &close(world.head()));
        let _ = world.act(&VISITOR, &close(0));
        prop_assert_eq!((order(&world), world.conversation.active_at), before);
        // Nor does what visitors take back: it is where it was.
        let _ = world.act(&VISITOR, &Act::Reopen);
        let _ = world.act(&VISITOR, &Act::KeepOpen);
        prop_assert_eq!(order(&world), before.0);
    }

    /// No log, however strange, and no numbers, however large, make a client panic: neither the fold
    /// nor the rules nor what is shown.
    #[test]
    fn nothing_panics_on_any_log(
        bodies in proptest::collection::vec((any_author(), any_body(), any::<(u64, i64)>()), 0..24),
        with_robot in any::<bool>(),
        periods in any::<(Option<u64>, Option<u64>, Option<u64>)>(),
        options in 0..8_usize,
        (actor, act) in (any_author(), any_act()),
    ) {
        let kind = if with_robot { Kind::Bot(robot()) } else { Kind::Live };
        let mut world = World::new(kind, all_options().nth(options).unwrap());
        let policy = Policy {
            live_closes_after_s: periods.0,
            bot_closes_after_s: periods.1,
            warn_before_s: periods.2,
            ..world.policy()
        };
        for (author, body, (revision, at)) in bodies {
            let event =
                Event { seq: world.head() + 1, revision, at, author, client_id: None, body };
            prop_assert_eq!(world.conversation.apply(&event), Applied::Yes);
            prop_assert_eq!(world.conversation.apply(&event), Applied::Duplicate);
            let _ = event.without_internals();
            let conversation = &world.conversation;
            let _ = closing::closes_at(conversation, &policy);
            let _ = closing::warns_at(conversation, &policy);
            let view = closing::visitor_view(conversation, &policy, revision);
            let notice = closing::notice(conversation, &policy, "pt-BR", "Lamp Shop");
            prop_assert_eq!(view.notice.is_some(), notice.is_some());
            let _ = rules::decide(conversation, &actor, &act, &policy);
        }
    }
}

fn any_author() -> impl Strategy<Value = Author> {
    prop_oneof![actor(), Just(Author::Withheld), Just(Author::Other)]
}

fn any_body() -> impl Strategy<Value = EventBody> {
    prop_oneof![
        any::<String>().prop_map(EventBody::message),
        any::<String>().prop_map(|text| asked(&[&text])),
        any::<String>().prop_map(|text| left::mark(vec![EventBody::message(text)]).remove(0)),
        Just(EventBody::Closed),
        Just(EventBody::Reopened),
        Just(EventBody::KeptOpen),
        Just(EventBody::Dismissed),
        Just(EventBody::Restored),
        prop_oneof![Just(None), Just(Some(ann()))].prop_map(EventBody::assigned),
        Just(EventBody::handed_back()),
        any::<String>().prop_map(|text| EventBody::Note { text }),
        Just(EventBody::Withheld),
        Just(EventBody::Unreadable),
        Just(EventBody::Other),
    ]
}

fn any_act() -> impl Strategy<Value = Act> {
    prop_oneof![
        any::<String>().prop_map(Act::message),
        any::<String>().prop_map(|text| ask(&[&text])),
        any::<(String, u64)>().prop_map(|(text, question)| choose(&text, question)),
        Just(Act::HandOver),
        any::<(String, u64)>().prop_map(|(text, seen)| Act::MessageAndClose { text, seen }),
        any::<u64>().prop_map(|seen| Act::Close { seen }),
        Just(Act::Reopen),
        Just(Act::KeepOpen),
        prop_oneof![Just(None), Just(Some(ann().id))].prop_map(|from| Act::Claim { from }),
        Just(Act::Unclaim),
        any::<String>().prop_map(|text| Act::Note { text }),
    ]
}

fn unread(world: &World, side: Side, up_to: Seq) -> Vec<Seq> {
    let unread = messages_of(&world.log, other(side)).map(|event| event.seq);
    let mut unread: Vec<Seq> = unread.filter(|seq| *seq > up_to).collect();
    unread.drain(..unread.len().saturating_sub(UNREAD_MAX));
    unread
}

fn fresh(conversation: &Conversation) -> Conversation {
    Conversation::new(
        ConversationId::from_bytes([9; 16]),
        conversation.kind.clone(),
        VisitorId::from_bytes([2; 16]),
        0,
    )
}
