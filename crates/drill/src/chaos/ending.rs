//! The end of a run: everything works again, and all clients come to know the same.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use porchlight_protocol::conversation::ReadMark;
use porchlight_protocol::{ClosingSettings, Conversation, ConversationId, Revision};
use tokio::time::sleep;

use crate::client::{Address, Client, Folder};
use crate::history::{ClientNumber, End, Log, Who};

use super::Hand;
use super::hand::PERIOD_S;
use super::scene::{Scene, wall};
use super::tenant::Tenant;

/// How long it may take until all clients know the same.
const AGREE_WITHIN: Duration = Duration::from_secs(10);

/// Waits until all clients of a site know what the server knows, first by what is pushed to them, then by a reconnect: read
/// marks that were not pushed are in the welcome. What is still different then, the checker finds.
pub(super) async fn settle(
    scene: &Scene,
    tenant: &Tenant,
    hands: &mut BTreeMap<ClientNumber, Hand>,
) -> Result<End> {
    let admin = hands.values_mut().find(|hand| hand.is_admin).context("nobody is an admin")?;
    // Wakes the timer, and brings a period into force for what aged.
    let last = ClosingSettings { auto_close_after_s: Some(PERIOD_S), ..ClosingSettings::default() };
    admin.saves(last).await;
    let admin = admin.client.clone();

    let addresses = scene.addresses();
    let first = addresses.first().context("a scene without nodes")?;
    agree(tenant, &admin, first, without_marks).await?;
    let before: Vec<u64> = tenant.known().iter().map(|(_, _, known)| known.welcomes()).collect();
    for (_, _, known) in tenant.known() {
        known.reconnect();
    }
    let begun = Instant::now();
    let mut pairs = tenant.known().into_iter().zip(before).collect::<Vec<_>>();
    while !pairs.is_empty() {
        if begun.elapsed() > AGREE_WITHIN {
            let ((number, _, _), _) = pairs.swap_remove(0);
            bail!("client {number} gets no welcome, although all nodes are ready");
        }
        sleep(Duration::from_millis(10)).await;
        pairs.retain(|((_, _, known), before)| known.welcomes() <= *before);
    }
    let logs = agree(tenant, &admin, first, Conversation::clone).await?;
    for other in addresses.iter().skip(1) {
        let other = logs_at(&admin.at(other)).await?;
        for (id, log) in &logs {
            let there = other.get(id).map(|there| (&there.state, &there.events));
            if there != Some((&log.state, &log.events)) {
                bail!("two nodes tell conversation {id} otherwise: {log:?} and {there:?}");
            }
        }
    }
    let known = tenant.known().into_iter().map(|(number, _, known)| (number, known.all()));
    Ok(End { logs, known: known.collect(), wall: wall() })
}

/// A state without what is told by pushes alone.
fn without_marks(state: &Conversation) -> Conversation {
    Conversation {
        visitor_read: ReadMark::default(),
        team_read: ReadMark::default(),
        read_revision: 0,
        ..state.clone()
    }
}

/// Waits until the clients know what the server knows, or until it takes too long. Returns what the server knows.
async fn agree(
    tenant: &Tenant,
    admin: &Client,
    node: &Address,
    what: fn(&Conversation) -> Conversation,
) -> Result<BTreeMap<ConversationId, Log>> {
    let begun = Instant::now();
    loop {
        let logs = logs_at(&admin.at(node)).await?;
        let all = logs.iter().map(|(id, log)| (id, what(&log.state))).collect::<BTreeMap<_, _>>();
        let agrees = |who: &Who, known: BTreeMap<ConversationId, Conversation>| {
            let same = known.iter().all(|(id, state)| all.get(id) == Some(&what(state)));
            let knows_open = all.iter().all(|(id, state)| {
                let theirs = match who {
                    Who::Agent(_) => true,
                    Who::Visitor(_) => known.values().any(|it| it.visitor == state.visitor),
                };
                state.is_closed() || !theirs || known.contains_key(*id)
            });
            same && knows_open
        };
        let known = tenant.known();
        let agreed = known.iter().all(|(_, who, known)| agrees(who, known.all()));
        if (agreed && nothing_is_due(tenant, &logs)) || begun.elapsed() > AGREE_WITHIN {
            return Ok(logs);
        }
        sleep(Duration::from_millis(30)).await;
    }
}

/// True unless a conversation is open that has aged since its last activity.
fn nothing_is_due(tenant: &Tenant, logs: &BTreeMap<ConversationId, Log>) -> bool {
    let aged = tenant.recorder.written().aged;
    aged.iter().filter(|aged| aged.is_certain).all(|aged| {
        let log = logs.get(&aged.conversation);
        log.is_none_or(|log| log.state.is_closed() || log.state.active_at >= aged.from)
    })
}

/// All conversations of the site with their logs, as an agent gets them.
async fn logs_at(agent: &Client) -> Result<BTreeMap<ConversationId, Log>> {
    let mut logs = BTreeMap::new();
    let mut from: Option<Revision> = None;
    loop {
        let page = Folder { filter: Some("all"), from, limit: Some(200), ..Folder::default() };
        let listing = agent.folder(&page).await.context("the conversations can't be listed")?;
        for state in listing.conversations {
            let mut events = Vec::new();
            loop {
                let after = events.last().map_or(0, |event: &porchlight_protocol::Event| event.seq);
                let page = agent.page(&state.id, after, 0).await.context("a log can't be read")?;
                if page.events.is_empty() {
                    break;
                }
                events.extend(page.events);
            }
            // The log may have grown since the listing.
            let state = agent.conversation(&state.id).await.context("a state can't be read")?;
            logs.insert(state.id.clone(), Log { state, events });
        }
        match listing.next {
            Some(next) => from = Some(next),
            None => return Ok(logs),
        }
    }
}
