//! Two agents, three tabs of a visitor, the timer and somebody who changes the settings, all at once:
//! a hundred times at random, and more until everything that can happen has happened. Whatever that is,
//! everybody knows the same in the end, the log keeps the rules, and nobody is locked out.
//!
//! A failure names its seed; `PORCHLIGHT_SEED=7 cargo test races` plays that one alone. Which thread is
//! faster is not in the seed, so it may take some tries.

mod client;
mod dice;
mod replay;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use porchlight_protocol::closing::visitor_view;
use porchlight_protocol::wire::{Appended, Started};
use porchlight_protocol::{
    Act, Author, ClosingSettings, Conversation, ConversationId, Event, EventBody, Plan, Policy,
};
use serde_json::json;

use crate::harness::*;
use client::{Client, Known};
use dice::Dice;
use replay::Replay;

const RUNS: u64 = 100;

/// The same on PostgreSQL, where each takes three times as long.
const RUNS_ON_POSTGRES: u64 = 40;

/// What is rare has happened by then: which thread is faster is up to the machine, so some hundred runs may lack it.
const RUNS_MAX: u64 = 500;
const ACTS: usize = 7;

/// Minutes after which conversations close, where they do.
const PERIOD: u64 = 10;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn whatever_happens_at_once_everybody_knows_the_same_in_the_end() {
    let server =
        TestServer::start_with(|config| config.timer_every = Duration::from_millis(3)).await;
    let scene =
        Arc::new(Scene { ada: server.agent("ada").await, ben: server.agent("ben").await, server });
    let only: Option<u64> = std::env::var("PORCHLIGHT_SEED").ok().map(|seed| seed.parse().unwrap());
    // All that can happen.
    let all = BTreeSet::from([
        "assigned",
        "closed by agent",
        "closed by timer",
        "closed by visitor",
        "dismissed",
        "kept open",
        "message",
        "note",
        "reopened by agent",
        "reopened by visitor",
        "restored",
    ]);
    let mut happened = BTreeSet::new();
    let on_postgres = std::env::var("PORCHLIGHT_TEST_POSTGRES").is_ok();
    let runs = if on_postgres { RUNS_ON_POSTGRES } else { RUNS };
    for seed in only.map_or(0..RUNS_MAX, |seed| seed..seed + 1) {
        if only.is_none() && seed >= runs && happened == all {
            break;
        }
        let scene = Arc::clone(&scene);
        // In a task of its own, so that a failure of any kind can be told with its seed.
        let run = tokio::spawn(async move { scene.plays(seed).await });
        let events = run.await.unwrap_or_else(|failure| panic!("seed {seed}: {failure}"));
        happened.extend(events.iter().map(in_a_word));
        assert!(happened.is_subset(&all), "seed {seed}: {happened:?}");
    }
    if only.is_none() {
        assert_eq!(happened, all);
    }
}

fn in_a_word(event: &Event) -> &'static str {
    match (&event.body, &event.author) {
        (EventBody::Message { .. }, _) => "message",
        (EventBody::Note { .. }, _) => "note",
        (EventBody::Assigned { .. }, _) => "assigned",
        (EventBody::KeptOpen, _) => "kept open",
        (EventBody::Dismissed, _) => "dismissed",
        (EventBody::Restored, _) => "restored",
        (EventBody::Closed, Author::Timer) => "closed by timer",
        (EventBody::Closed, Author::Visitor) => "closed by visitor",
        (EventBody::Closed, _) => "closed by agent",
        (EventBody::Reopened, Author::Visitor) => "reopened by visitor",
        (EventBody::Reopened, _) => "reopened by agent",
        (EventBody::Withheld, _) => "withheld from an agent",
        (EventBody::Erased | EventBody::Unreadable | EventBody::Other, _) => "what nobody wrote",
    }
}

struct Scene {
    server: TestServer,
    ada: Agent,
    ben: Agent,
}

/// A text that somebody wrote, and whether the server took it.
type Written = (String, bool);

impl Scene {
    async fn plays(&self, seed: u64) -> Vec<Event> {
        let mut dice = Dice::new(seed);
        let first = settings(&mut dice);
        self.ada.sets_closing(&first).await;
        let visitor = self.server.visitor();
        let id = visitor.starts("Hello").await;
        let mut clients = vec![
            Client::agent(&self.ada).await,
            Client::agent(&self.ben).await,
            Client::visitor(&visitor).await,
            Client::visitor(&visitor).await,
            Client::visitor(&visitor).await,
        ];

        let mut acting = Vec::new();
        for (at, client) in clients.iter().enumerate() {
            let hand = Hand { name: format!("{seed}.{at}"), id: id.clone(), of_team: at < 2 };
            acting.push(hand.acts(client.hands(), dice.fork()));
        }
        let (written, policies) =
            tokio::join!(all(acting), self.changes_settings(first, dice.fork()));
        // A laptop's lid was closed and is open again.
        let lid = dice.below(clients.len());
        clients[lid].reconnects().await;

        self.server.timer_looks().await;
        let now = self.all_agree(&visitor, &id, &clients).await;
        let events = self.ada.events(&id).await;
        Replay { policies, period_ms: PERIOD as i64 * MINUTE }.keeps_the_rules(&now, &events);
        let said = texts(&events);
        for (text, taken) in written.into_iter().flatten() {
            let times = said.iter().filter(|said| **said == text).count();
            assert_eq!(times, usize::from(taken), "{text}");
        }
        self.nobody_is_locked_out(&visitor, &now).await;
        events
    }

    /// The settings, the plan and the clock, while the others act. Returns every policy that was
    /// in force.
    async fn changes_settings(&self, first: ClosingSettings, mut dice: Dice) -> Vec<Policy> {
        let mut policies = vec![first.policy(Plan::Professional, 0)];
        for _ in 0..3 {
            pause(&mut dice).await;
            match dice.below(4) {
                0 => {
                    let next = settings(&mut dice);
                    policies.push(next.policy(Plan::Professional, 0));
                    self.ada.sets_closing(&next).await;
                }
                1 => {
                    policies.push(Policy::default());
                    self.server.set_plan(Plan::Starter);
                    pause(&mut dice).await;
                    self.server.set_plan(Plan::Professional);
                }
                _ => self.server.time.passes((PERIOD as i64 + 1) * MINUTE),
            }
        }
        // What a command changed is told within seconds; a change by the API at once, and it says all
        // that is in force.
        let last = ClosingSettings { warn_before_s: Some(60), ..settings(&mut dice) };
        policies.push(last.policy(Plan::Professional, 0));
        self.ada.sets_closing(&last).await;
        policies
    }

    /// Waits until every client's fold and policy are the server's.
    async fn all_agree(
        &self,
        visitor: &Visitor,
        id: &ConversationId,
        clients: &[Client],
    ) -> Conversation {
        let agree = async || {
            let now = self.ada.conversation(id).await;
            assert_eq!(now, visitor.conversation(id).await, "there is one truth");
            let policy = visitor.sync(&hello()).await.policy;
            clients.iter().all(|client| {
                client.knows(|known: &Known| {
                    known.conversations.get(id) == Some(&now) && known.policy == policy
                })
            })
        };
        let begun = std::time::Instant::now();
        while !agree().await {
            if begun.elapsed() > SOON {
                let now = self.ada.conversation(id).await;
                for client in clients {
                    client.knows(|known| assert_eq!(known.conversations.get(id), Some(&now)));
                }
                panic!("the policies differ");
            }
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        self.ada.conversation(id).await
    }

    /// What the visitor is shown a field for is taken; where there is none, they start anew. Agents
    /// can always open it again and go on.
    async fn nobody_is_locked_out(&self, visitor: &Visitor, now: &Conversation) {
        let welcome = visitor.sync(&hello()).await;
        let view = visitor_view(now, &welcome.policy, welcome.booted.revision);
        let answer = visitor.act(&now.id, &message("Still there?")).await;
        if view.field {
            answer.ok::<Appended>();
        } else {
            assert_eq!(answer.refusal(), "409 conversation_closed");
            let start = json!({"client_id": client_id(), "text": "Anew"});
            let anew: Started = visitor.post("/conversations", &start).await.ok();
            visitor.closes(&anew.conversation.id).await;
        }
        self.ben.act(&now.id, &json!("reopen")).await.ok::<Appended>();
        let owner = self.ben.conversation(&now.id).await.assignee.map(|owner| owner.id);
        self.ben.act(&now.id, &json!({"claim": {"from": owner}})).await.ok::<Appended>();
        self.ben.says(&now.id, "Yes").await;
        visitor.says(&now.id, "Good").await;
        visitor.closes(&now.id).await;
    }
}

fn settings(dice: &mut Dice) -> ClosingSettings {
    ClosingSettings {
        auto_close_after_s: dice.one_in(2).then_some(PERIOD * 60),
        ..closing(dice.one_in(2), dice.one_in(2), dice.one_in(2))
    }
}

async fn pause(dice: &mut Dice) {
    tokio::time::sleep(Duration::from_micros(dice.below(4_000) as u64)).await;
}

async fn all(
    acting: Vec<impl Future<Output = Vec<Written>> + Send + 'static>,
) -> Vec<Vec<Written>> {
    let acting: Vec<_> = acting.into_iter().map(tokio::spawn).collect();
    let mut written = Vec::new();
    for hand in acting {
        written.push(hand.await.unwrap());
    }
    written
}

/// Somebody who acts.
struct Hand {
    name: String,
    id: ConversationId,
    of_team: bool,
}

impl Hand {
    async fn acts(self, client: client::Hands, mut dice: Dice) -> Vec<Written> {
        let mut written = Vec::new();
        for at in 0..ACTS {
            pause(&mut dice).await;
            if dice.one_in(6) {
                let up_to = client.known(&self.id).head;
                let path = format!("/conversations/{}/read", self.id);
                let read = client.caller.put(&path, &json!({"up_to": up_to})).await;
                assert_eq!(read.status, 204);
                continue;
            }
            let text = format!("{}.{at}", self.name);
            let act = if self.of_team {
                of_team(&mut dice, &client.known(&self.id), text.clone())
            } else {
                of_visitor(&mut dice, text.clone())
            };
            let body = serde_json::to_value(&act).unwrap();
            let name = client_id();
            let answer = client.caller.act_as(&name, &self.id, &body).await;
            let taken = answer.status.is_success();
            if !taken {
                is_a_refusal(&answer, self.of_team);
            } else if dice.one_in(3) {
                let again = client.caller.act_as(&name, &self.id, &body).await;
                assert_eq!(again.text, answer.text, "a retry gets the first answer");
            }
            if matches!(act, Act::Message { .. } | Act::MessageAndClose { .. }) {
                written.push((text, taken));
            }
        }
        written
    }
}

fn of_visitor(dice: &mut Dice, text: String) -> Act {
    match dice.below(6) {
        0 | 1 => Act::message(text),
        2 | 3 => Act::Close { seen: 0 },
        4 => Act::Reopen,
        _ => Act::KeepOpen,
    }
}

fn of_team(dice: &mut Dice, known: &Conversation, text: String) -> Act {
    let seen = known.head;
    match dice.below(10) {
        0 | 1 => Act::Claim { from: known.assignee.as_ref().map(|owner| owner.id.clone()) },
        2 => Act::Unclaim,
        3 | 4 => Act::message(text),
        5 => Act::MessageAndClose { text, seen },
        6 | 7 => Act::Close { seen },
        8 => Act::Reopen,
        _ => Act::Note { text: format!("note {text}") },
    }
}

#[track_caller]
fn is_a_refusal(answer: &Answer, of_team: bool) {
    let expected: &[&str] = if of_team {
        &[
            "409 conversation_closed",
            "403 claim_required",
            "409 claimed_by_other",
            "409 new_messages",
        ]
    } else {
        &["409 conversation_closed", "403 not_allowed"]
    };
    assert!(expected.contains(&answer.refusal().as_str()), "{answer:?}");
}
