//! Conversations that close by themselves.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use porchlight_protocol::conversation::Status;
use porchlight_protocol::wire::Appended;
use porchlight_protocol::{Author, ClosingSettings, ConversationId, Event, EventBody};
use porchlight_store::clock::{Reading, SystemTime, TimeSource};
use serde_json::json;

use crate::harness::*;

impl TestServer {
    async fn is_closed(&self, ada: &Agent, id: &ConversationId) -> bool {
        self.timer_looks().await;
        ada.conversation(id).await.is_closed()
    }
}

fn closings(events: &[Event]) -> usize {
    events.iter().filter(|event| event.body == EventBody::Closed).count()
}

#[tokio::test]
async fn what_nothing_happens_in_closes_by_itself() {
    let server = TestServer::start().await;
    let (visitor, ada) = (server.visitor(), server.agent("ada").await);
    ada.sets_closing(&closing_after(10)).await;
    let id = visitor.starts("Hello?").await;
    let ((mut at_home, _), (mut at_work, _)) = (visitor.socket().await, ada.socket().await);

    server.time.passes(9 * MINUTE);
    assert!(!server.is_closed(&ada, &id).await);
    server.time.passes(MINUTE);
    for socket in [&mut at_home, &mut at_work] {
        let (conversation, event) = socket.next_event().await;
        assert_eq!((conversation, event.seq), (id.clone(), 2));
        assert_eq!((event.author, event.body), (Author::Timer, EventBody::Closed));
    }
    let closed = ada.folder("?filter=closed").await.conversations;
    assert!(matches!(closed[0].status, Status::Closed { by: Author::Timer, .. }));

    // It can be opened again, and then the period begins anew.
    ada.act(&id, &json!("reopen")).await.ok::<Appended>();
    server.time.passes(9 * MINUTE);
    assert!(!server.is_closed(&ada, &id).await);
    server.time.passes(MINUTE);
    assert!(server.is_closed(&ada, &id).await);
    assert_eq!(closings(&visitor.events(&id).await), 2);
}

#[tokio::test]
async fn a_message_by_anyone_and_the_visitors_wish_begin_the_period_anew() {
    let server = TestServer::start().await;
    let (visitor, ada) = (server.visitor(), server.agent("ada").await);
    ada.sets_closing(&closing_after(10)).await;
    let id = visitor.starts("Hello?").await;
    ada.claims(&id).await;
    for step in 0..3 {
        server.time.passes(9 * MINUTE);
        assert!(!server.is_closed(&ada, &id).await, "{step}");
        match step {
            0 => drop(ada.says(&id, "Hello!").await),
            1 => drop(visitor.act(&id, &json!("keep_open")).await.ok::<Appended>()),
            _ => drop(visitor.says(&id, "Thank you").await),
        }
    }
    // What is no activity does not.
    server.time.passes(9 * MINUTE);
    ada.act(&id, &json!({"note": {"text": "A nice one"}})).await.ok::<Appended>();
    ada.act(&id, &json!("unclaim")).await.ok::<Appended>();
    ada.put(&format!("/conversations/{id}/read"), &json!({"up_to": 99})).await;
    server.time.passes(MINUTE);
    assert!(server.is_closed(&ada, &id).await);
}

#[tokio::test]
async fn conversations_with_bots_have_the_same_period_or_their_own_or_none() {
    let server = TestServer::start().await;
    server.add_bot(&server.site);
    let (visitor, ada) = (server.visitor(), server.agent("ada").await);
    for (settings, live_closes, bot_closes) in [
        (closing_after(10), true, true),
        (ClosingSettings { bots_apart: true, ..closing_after(10) }, true, false),
        (
            ClosingSettings {
                bots_apart: true,
                bot_auto_close_after_s: Some(60 * 60),
                ..closing_after(10)
            },
            true,
            false,
        ),
        (
            ClosingSettings {
                auto_close_after_s: None,
                bots_apart: true,
                bot_auto_close_after_s: Some(10 * 60),
                ..closing_after(0)
            },
            false,
            true,
        ),
    ] {
        ada.sets_closing(&settings).await;
        let (live, bot) = (visitor.starts("Hello").await, visitor.starts_with_bot("Beep").await);
        server.time.passes(11 * MINUTE);
        assert_eq!(server.is_closed(&ada, &live).await, live_closes, "{settings:?}");
        assert_eq!(server.is_closed(&ada, &bot).await, bot_closes, "{settings:?}");
        ada.sets_closing(&ClosingSettings::default()).await;
    }
}

#[tokio::test]
async fn what_came_due_while_the_server_was_down_closes_when_it_starts_and_never_twice() {
    let mut server = TestServer::start().await;
    server.set_closing(closing_after(10)).await;
    let visitor = server.visitor();
    let mut due = Vec::new();
    // More than one visitor may have open, and more than the timer closes in one job.
    for _ in 0..4 {
        let another = server.visitor();
        for _ in 0..40 {
            due.push((another.key.clone(), another.starts("Hello").await));
        }
    }
    server.time.passes(6 * MINUTE);
    let not_due = visitor.starts("Hello").await;
    server.stop().await;
    server.time.passes(5 * MINUTE);
    server.run().await;

    for _ in 0..2 {
        let ada = server.agent("ada").await;
        until("all are closed", async || {
            let effect = ada.effect_of(&closing_after(10)).await;
            (effect.open, effect.closed) == (1, due.len() as u64)
        })
        .await;
        for (key, id) in &due {
            let events = server.visitor_with(&server.site, key.clone()).events(id).await;
            assert_eq!((events.len(), closings(&events)), (2, 1));
        }
        assert!(!server.is_closed(&ada, &not_due).await);
        server.restart().await;
    }
}

#[tokio::test]
async fn a_change_of_the_period_is_planned_at_once() {
    // Asleep, it would wake in a minute.
    let server =
        TestServer::start_with(|config| config.timer_every = Duration::from_secs(60)).await;
    let (visitor, ada) = (server.visitor(), server.agent("ada").await);
    let id = visitor.starts("Hello").await;
    ada.sets_closing(&closing_after(60)).await;
    server.time.passes(30 * MINUTE);
    let (mut socket, _) = visitor.socket().await;
    ada.sets_closing(&closing_after(20)).await;
    assert_eq!(socket.next_policy().await.live_closes_after_s, Some(20 * 60));
    assert_eq!(socket.next_event().await, (id.clone(), visitor.events(&id).await[1].clone()));
}

#[tokio::test]
async fn the_timer_wakes_when_something_comes_due_and_not_before() {
    let server =
        TestServer::start_with(|config| config.timer_every = Duration::from_secs(60)).await;
    let (visitor, ada) = (server.visitor(), server.agent("ada").await);
    visitor.starts("Hello").await;
    server.time.passes(MINUTE - 700);
    let (mut socket, _) = visitor.socket().await;
    ada.sets_closing(&closing_after(1)).await;
    assert_eq!(socket.next_policy().await.live_closes_after_s, Some(60));
    let looks = server.timer().rounds();
    assert_eq!(socket.next_event().await.1.body, EventBody::Closed);
    assert!(server.timer().rounds() <= looks + 3, "it sleeps, it does not ask again and again");
}

/// Jobs that wait share a commit, and it has the time of the first: what came due after that is not due
/// in it. The timer must not take it for something that can't be closed.
#[tokio::test]
async fn what_comes_due_while_the_writer_is_busy_closes_right_after() {
    let server =
        TestServer::start_with(|config| config.timer_every = Duration::from_secs(60)).await;
    let (visitor, ada) = (server.visitor(), server.agent("ada").await);
    ada.sets_closing(&closing_after(10)).await;
    visitor.starts("Hello").await;
    let (mut socket, _) = visitor.socket().await;
    let (time, timer) = (Arc::clone(&server.time), Arc::clone(server.timer()));
    server
        .writes(move || {
            time.passes(10 * MINUTE);
            timer.plan_again();
            std::thread::sleep(Duration::from_millis(300));
        })
        .await;
    assert_eq!(socket.next_event().await.1.body, EventBody::Closed);
}

#[tokio::test]
async fn sites_close_by_their_own_settings() {
    let server = TestServer::start().await;
    let other = server.another_site();
    let (ada, stranger) = (server.agent("ada").await, server.agent("other-ada").await);
    let (here, there) = (server.visitor(), server.visitor_of(&other));
    let (id, elsewhere) = (here.starts("Hello").await, there.starts("Hello").await);
    ada.sets_closing(&closing_after(10)).await;
    stranger.sets_closing(&closing_after(60)).await;
    server.time.passes(11 * MINUTE);
    assert!(server.is_closed(&ada, &id).await);
    assert!(!server.is_closed(&stranger, &elsewhere).await);
    server.time.passes(50 * MINUTE);
    assert!(server.is_closed(&stranger, &elsewhere).await);
}

#[tokio::test]
async fn a_damaged_conversation_keeps_no_other_from_closing() {
    let server = TestServer::start().await;
    let (visitor, ada) = (server.visitor(), server.agent("ada").await);
    ada.sets_closing(&closing_after(10)).await;
    let damaged = visitor.starts("First").await;
    let id = visitor.starts("Second").await;
    with_file(server.folder.path(), |sql| {
        let sql = sql.execute(
            "UPDATE conversations SET state = 'x' || state WHERE id = ?1",
            [damaged.as_str()],
        )?;
        assert_eq!(sql, 1);
        Ok(())
    })
    .unwrap();
    server.time.passes(10 * MINUTE);
    assert!(server.is_closed(&ada, &id).await);
}

/// The clock of the machine is set back a day, as if its battery had been flat, and later right again.
#[tokio::test]
async fn a_clock_set_back_closes_nothing_early_and_opens_nothing_again() {
    let server = TestServer::start().await;
    let (visitor, ada) = (server.visitor(), server.agent("ada").await);
    ada.sets_closing(&closing_after(10)).await;
    let closed = visitor.starts("Closed before").await;
    server.time.passes(10 * MINUTE);
    assert!(server.is_closed(&ada, &closed).await);
    let old = visitor.starts("Before").await;

    server.time.passes(5 * MINUTE);
    server.timer_looks().await;
    server.time.is_set_by(-DAY);
    server.timer_looks().await;
    let new = visitor.starts("After").await;
    let said = &visitor.events(&new).await[0];
    assert!(said.at < visitor.events(&old).await[0].at, "shown is what the clock shows");
    server.time.passes(4 * MINUTE);
    assert!(!server.is_closed(&ada, &old).await, "9 of 10 minutes");
    server.time.passes(MINUTE);
    assert!(server.is_closed(&ada, &old).await, "nor is it late");
    assert!(server.is_closed(&ada, &closed).await);
    assert_eq!(visitor.events(&closed).await.len(), 2);

    server.time.is_set_by(DAY);
    assert!(!server.is_closed(&ada, &new).await, "5 of 10 minutes");
    visitor.says(&new, "Right again").await;
    server.time.passes(9 * MINUTE);
    assert!(!server.is_closed(&ada, &new).await);
    server.time.passes(MINUTE);
    assert!(server.is_closed(&ada, &new).await);
}

#[tokio::test]
async fn a_clock_set_back_while_the_server_was_down_closes_nothing_early_either() {
    let mut server = TestServer::start().await;
    server.set_closing(closing_after(10)).await;
    let visitor = server.visitor();
    let old = visitor.starts("Before").await;
    server.stop().await;
    server.time.is_set_by(-DAY);
    server.run().await;
    let visitor = server.visitor_with(&server.site, visitor.key.clone());
    let ada = server.agent("ada").await;
    let new = visitor.starts("After").await;
    server.time.passes(9 * MINUTE);
    assert!(!server.is_closed(&ada, &old).await);
    assert!(!server.is_closed(&ada, &new).await);

    // Right again, while it runs and while it is down.
    server.time.is_set_by(DAY);
    assert!(!server.is_closed(&ada, &new).await);
    server.stop().await;
    server.time.is_set_by(-DAY);
    server.run().await;
    server.stop().await;
    server.time.is_set_by(DAY);
    server.run().await;
    let ada = server.agent("ada").await;
    assert!(!server.is_closed(&ada, &new).await);
    server.time.passes(MINUTE);
    assert!(server.is_closed(&ada, &old).await);
    assert!(server.is_closed(&ada, &new).await);
}

#[tokio::test]
async fn what_came_due_while_the_machine_slept_closes_when_it_wakes() {
    let server = TestServer::start().await;
    let (visitor, ada) = (server.visitor(), server.agent("ada").await);
    ada.sets_closing(&closing_after(10)).await;
    let id = visitor.starts("Hello").await;
    // Asleep, a machine's other clock stands still.
    server.time.is_set_by(DAY);
    assert!(server.is_closed(&ada, &id).await);
}

/// Messages arrive in the very moment in which their conversations come due. Whoever was first in
/// the log was first, and everybody knows the same.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn between_a_message_and_the_timer_the_log_decides() {
    let server =
        TestServer::start_with(|config| config.timer_every = Duration::from_secs(60)).await;
    let ada = server.agent("ada").await;
    let (mut closed_first, mut wrote_first) = (0, 0);
    for round in 0..12 {
        let disable_field = round % 2 == 0;
        ada.sets_closing(&ClosingSettings { disable_field, ..closing_after(10) }).await;
        let mut there = Vec::new();
        for _ in 0..8 {
            let visitor = server.visitor();
            let id = visitor.starts("Hello").await;
            let (one, two) = (visitor.socket().await.0, visitor.socket().await.0);
            there.push((visitor, id, one, two));
        }
        let (mut at_work, _) = ada.socket().await;
        // The timer is asleep. It looks when it is told to.
        server.time.passes(10 * MINUTE);
        let writing: Vec<_> = there
            .iter()
            .enumerate()
            .map(|(at, (visitor, id, ..))| {
                let (visitor, id) = (visitor.clone(), id.clone());
                tokio::spawn(async move {
                    tokio::time::sleep(Duration::from_micros(at as u64 * 700)).await;
                    visitor.act(&id, &message("Wait!")).await
                })
            })
            .collect();
        tokio::time::sleep(Duration::from_millis(2)).await;
        server.timer().plan_again();

        let mut expected = Vec::new();
        for (writing, (visitor, id, one, two)) in writing.into_iter().zip(&mut there) {
            let answer = writing.await.unwrap();
            server.timer_looks().await;
            let events = visitor.events(id).await;
            let kinds: Vec<&EventBody> = events.iter().skip(1).map(|event| &event.body).collect();
            let wait = EventBody::message("Wait!");
            if kinds == [&wait] {
                wrote_first += 1;
            } else if disable_field {
                assert_eq!(kinds, [&EventBody::Closed]);
                assert_eq!(answer.refusal(), "409 conversation_closed");
                closed_first += 1;
            } else {
                assert_eq!(kinds, [&EventBody::Closed, &EventBody::Reopened, &wait]);
                closed_first += 1;
            }
            for tab in [one, two] {
                for event in events.iter().skip(1) {
                    assert_eq!(tab.next_event().await, (id.clone(), event.clone()));
                }
            }
            assert_eq!(ada.conversation(id).await, visitor.conversation(id).await);
            expected.extend(events.into_iter().skip(1).map(|event| (id.clone(), event)));
        }
        expected.sort_by_key(|(_, event)| event.revision);
        for event in expected {
            assert_eq!(at_work.next_event().await, event);
        }
        for (visitor, id, ..) in &there {
            visitor.closes(id).await;
        }
    }
    assert!(closed_first > 0 && wrote_first > 0, "a race: {closed_first} to {wrote_first}");
}

/// A clock that fails once, when a test says so.
#[derive(Debug, Default)]
struct FailingTime {
    system: SystemTime,
    fails: AtomicBool,
}

impl TimeSource for FailingTime {
    fn read(&self) -> Reading {
        assert!(!self.fails.swap(false, Ordering::Relaxed), "the clock has stopped");
        self.system.read()
    }
}

/// Without its timer a server would look healthy and close nothing: it ends, and is started again.
#[tokio::test]
async fn a_server_whose_timer_fails_ends_and_says_why() {
    let time = Arc::new(FailingTime::default());
    let clock = Arc::clone(&time);
    let mut server = TestServer::start_with(|config| config.time = clock).await;
    server.set_closing(closing_after(10)).await;
    server.visitor().starts("Hello").await;
    time.fails.store(true, Ordering::Relaxed);
    let why = server.fails().await;
    assert!(why.starts_with("the timer ended") && why.contains("the clock has stopped"), "{why}");
}
