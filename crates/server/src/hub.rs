//! The hub: distributes what changed in the store to the connected clients, and knows which teams are online.
//!
//! The hub persists nothing. A client that misses a frame recovers from the log: it sees the gap in `seq`, the
//! head in a heartbeat, or asks again.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use std::{mem, slice};

use axum::extract::ws::Utf8Bytes;
use porchlight_protocol::person::VisitorName;
use porchlight_protocol::wire::{Head, ServerFrame};
use porchlight_protocol::{Author, ConversationId, ErrorCode, Revision, VisitorId};
use porchlight_store::hint::Typing;
use porchlight_store::news::{Change, Changed};
use porchlight_store::{Hash, SiteId, trials};
use tokio::sync::{Notify, mpsc};
use tokio_util::sync::CancellationToken;

use crate::metrics::clients::{Clients, Open};

/// Bytes of frames that may be queued for one socket. The hub cuts a slower reader, which resumes from the log. A
/// burst of many small frames, such as the whole of a commit, has room.
const QUEUE_BYTES_MAX: usize = 4 << 20;

/// Frames that may be queued for one socket, for frames of a few bytes. Far above what one commit publishes.
const QUEUE_FRAMES_MAX: usize = 8_192;

/// Subscribers that one visitor, one agent's session or one bot may have at once: tabs, and polls
/// that overlap.
const SUBSCRIBERS_MAX: usize = 32;

/// Recent heads that a topic keeps for heartbeats.
const RECENT_MAX: usize = 128;

/// How long heartbeats repeat a head.
const RECENT_FOR: Duration = Duration::from_secs(90);

/// What a subscriber receives.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Topic {
    /// All of a site's events: for its agents and bots.
    Team(SiteId),
    /// The events of one visitor's conversations.
    Visitor(SiteId, VisitorId),
}

/// Whoever subscribes.
#[derive(Debug, Clone)]
pub struct Client {
    /// What it receives.
    pub topic: Topic,
    /// Who it is.
    pub party: Party,
    /// True if the team counts as online while it is connected.
    pub is_online: bool,
}

/// The subscriber's identity, by which its subscriptions are counted and ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Party {
    /// The visitor of the topic.
    Visitor,
    /// An agent, by the hash of the session token, so that signing out ends the session's subscriptions.
    Agent(Hash),
    /// A bot, by the hash of its token.
    Bot(Hash),
}

impl Party {
    /// The kind of subscriber, as metrics name it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Party::Visitor => "visitor",
            Party::Agent(_) => "agent",
            Party::Bot(_) => "bot",
        }
    }
}

impl Topic {
    /// The site of its events.
    pub fn site(&self) -> SiteId {
        match self {
            Topic::Team(site) | Topic::Visitor(site, _) => *site,
        }
    }
}

/// A frame that is queued for a socket.
#[derive(Debug, Clone)]
pub struct Live {
    /// The commit that published it; absent for frames that are not in the log.
    pub revision: Option<Revision>,
    /// The frame.
    pub frame: Utf8Bytes,
}

/// The reason for which the server ends a socket that it has welcomed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cut {
    /// The client reads too slowly.
    Slow,
    /// The session has ended.
    SignedOut,
    /// The visitor's key was revoked.
    Revoked,
    /// The site was removed.
    SiteGone,
    /// The store began a new epoch, and clients must start from a snapshot.
    NewEpoch,
    /// The client neither answers heartbeats nor takes frames.
    Silent,
    /// The visitor's key opens the conversations of another one from now on, who is the same person.
    Joined,
    /// The server goes down.
    Stopping,
}

impl Cut {
    /// All reasons.
    pub const ALL: [Cut; 8] = [
        Cut::Slow,
        Cut::SignedOut,
        Cut::Revoked,
        Cut::SiteGone,
        Cut::NewEpoch,
        Cut::Silent,
        Cut::Joined,
        Cut::Stopping,
    ];

    /// The reason, as metrics name it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Cut::Slow => "slow",
            Cut::SignedOut => "signed_out",
            Cut::Revoked => "revoked",
            Cut::SiteGone => "site_removed",
            Cut::NewEpoch => "new_epoch",
            Cut::Silent => "silent",
            Cut::Joined => "joined",
            Cut::Stopping => "stopping",
        }
    }
}

struct Socket {
    queue: mpsc::Sender<Live>,
    /// Bytes in the queue.
    queued: Arc<AtomicUsize>,
    cut: CancellationToken,
    why: Arc<Mutex<Option<Cut>>>,
    metrics: Clients,
}

impl Socket {
    fn cut(&self, why: Cut) {
        *lock(&self.why) = Some(why);
        self.cut.cancel();
    }

    fn push(&self, live: Live) {
        let bytes = live.frame.len();
        let waiting = self.queued.fetch_add(bytes, Ordering::Relaxed);
        let full = waiting + bytes > QUEUE_BYTES_MAX || self.queue.try_send(live).is_err();
        if !full {
            self.metrics.frame_queued();
        } else if !self.cut.is_cancelled() {
            self.cut(Cut::Slow);
        }
    }
}

struct Subscriber {
    id: u64,
    party: Party,
    /// True if the team counts as online because of it.
    is_online: bool,
    transport: Transport,
}

impl Subscriber {
    fn cut(&self, why: Cut) {
        match &self.transport {
            Transport::Socket(socket) => socket.cut(why),
            // The poll asks the store again, and is refused there.
            Transport::Poll { wake, .. } => wake.notify_one(),
        }
    }
}

/// The transport of a subscriber.
enum Transport {
    Socket(Socket),
    Poll { wake: Arc<Notify>, conversation: Option<ConversationId> },
}

#[derive(Default)]
struct Subscribers {
    all: Vec<Subscriber>,
    recent: Vec<(Instant, Head)>,
}

#[derive(Default)]
struct Inner {
    topics: HashMap<Topic, Subscribers>,
    /// The topics of each site that have subscribers, so that a change of policy reaches all of them.
    sites: HashMap<SiteId, HashSet<Topic>>,
    /// Sites whose last agent has disconnected, with the time until which their team still counts as online: for a
    /// reload, the moment between two polls, a train in a tunnel.
    lingering: HashMap<SiteId, Instant>,
    /// Sites whose agents are connected to other nodes.
    elsewhere: HashSet<SiteId>,
    next: u64,
}

/// The hub of one server.
pub struct Hub {
    inner: Mutex<Inner>,
    /// How long a team counts as online after its last agent has disconnected.
    grace: Duration,
    /// Notified when a site is added to `lingering`.
    lingers: Notify,
    /// Notified when a team came online or went offline here.
    teams_changed: Notify,
    metrics: Clients,
}

/// A poisoned lock is used anyway: no critical section here leaves the maps half updated.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn frame(frame: &ServerFrame) -> Option<Utf8Bytes> {
    match serde_json::to_string(frame) {
        Ok(text) => Some(text.into()),
        Err(error) => {
            tracing::error!(%error, "a frame can't be serialized");
            None
        }
    }
}

impl Hub {
    /// A hub without subscribers.
    pub fn new(grace: Duration, metrics: Clients) -> Self {
        Hub {
            inner: Mutex::default(),
            grace,
            lingers: Notify::new(),
            teams_changed: Notify::new(),
            metrics,
        }
    }

    /// Sends `online: false` to the clients of a site once its grace period is over.
    pub async fn watch_presence(&self) {
        loop {
            let lapse = self.lapse(Instant::now());
            let lapsed = async {
                match lapse {
                    Some(at) => tokio::time::sleep_until(at.into()).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                () = lapsed => {}
                () = self.lingers.notified() => {}
            }
        }
    }

    /// Ends the grace periods that are over at `now`. Returns the end of the next one.
    fn lapse(&self, now: Instant) -> Option<Instant> {
        let mut inner = lock(&self.inner);
        let over: Vec<SiteId> = inner
            .lingering
            .iter()
            .filter(|(_, until)| **until <= now)
            .map(|(site, _)| *site)
            .collect();
        for site in over {
            inner.lingering.remove(&site);
            self.teams_changed.notify_one();
            if !inner.online(site) {
                let topics = inner.topics_of(site);
                inner.send(&topics, None, &ServerFrame::Online(false), None);
            }
        }
        inner.lingering.values().min().copied()
    }

    /// Queues the frames of a site's changes, in the order of their revisions.
    pub fn publish(&self, site: SiteId, changes: Vec<Change>) {
        let mut inner = lock(&self.inner);
        for Change { revision, what } in changes {
            inner.publish(site, revision, what);
        }
    }

    /// Tells the team, and the visitor of an agent, that somebody types. Polls don't wake for it: they would only read
    /// the store, which knows nothing of it.
    pub fn typing(&self, typing: &Typing) {
        let Typing { site, visitor, conversation, by } = typing;
        let team = Topic::Team(*site);
        let own = Topic::Visitor(*site, visitor.clone());
        let topics = if *by == Author::Visitor { vec![team] } else { vec![team, own] };
        let frame = ServerFrame::Typing { conversation: conversation.clone(), by: by.clone() };
        lock(&self.inner).push(&topics, None, &frame);
    }

    /// Takes the sites whose agents are connected to other nodes, and tells the clients here what that changes.
    pub fn set_teams_elsewhere(&self, sites: HashSet<SiteId>) {
        let mut inner = lock(&self.inner);
        let before = mem::replace(&mut inner.elsewhere, sites);
        let moved: Vec<SiteId> = before.symmetric_difference(&inner.elsewhere).copied().collect();
        for site in moved {
            if !inner.is_online_here(site) {
                let online = ServerFrame::Online(inner.elsewhere.contains(&site));
                let topics = inner.topics_of(site);
                inner.send(&topics, None, &online, None);
            }
        }
    }

    /// The sites whose team counts as online because of agents who are, or just were, connected here.
    pub fn teams_here(&self) -> Vec<SiteId> {
        let inner = lock(&self.inner);
        let here = inner.sites.keys().chain(inner.lingering.keys());
        let here: HashSet<SiteId> =
            here.copied().filter(|site| inner.is_online_here(*site)).collect();
        here.into_iter().collect()
    }

    /// Returns when a team came online or went offline here since the last call.
    pub async fn teams_changed(&self) {
        self.teams_changed.notified().await;
    }

    /// Subscribes a socket.
    pub fn socket(self: &Arc<Self>, client: Client) -> Result<SocketSubscription, ErrorCode> {
        let (queue, frames) = mpsc::channel(QUEUE_FRAMES_MAX);
        let (queued, cut, why) = (Arc::default(), CancellationToken::new(), Arc::default());
        let socket = Socket {
            queue,
            queued: Arc::clone(&queued),
            cut: cut.clone(),
            why: Arc::clone(&why),
            metrics: self.metrics.clone(),
        };
        let subscription = self.subscribe(client, Transport::Socket(socket))?;
        Ok(SocketSubscription { frames, queued, cut, why, subscription })
    }

    /// Subscribes a long poll, for one conversation or for all of the topic.
    pub fn waiter(
        self: &Arc<Self>,
        client: Client,
        conversation: Option<ConversationId>,
    ) -> Result<WaiterSubscription, ErrorCode> {
        let wake = Arc::new(Notify::new());
        let transport = Transport::Poll { wake: Arc::clone(&wake), conversation };
        let subscription = self.subscribe(client, transport)?;
        Ok(WaiterSubscription { wake, _subscription: subscription })
    }

    fn subscribe(
        self: &Arc<Self>,
        Client { topic, party, is_online }: Client,
        transport: Transport,
    ) -> Result<Subscription, ErrorCode> {
        let mut inner = lock(&self.inner);
        let site = topic.site();
        inner.next += 1;
        let id = inner.next;
        let (was_online, was_here) = (inner.online(site), inner.is_online_here(site));
        let subscribers = inner.topics.entry(topic.clone()).or_default();
        if subscribers.all.iter().filter(|other| other.party == party).count() >= SUBSCRIBERS_MAX {
            return Err(ErrorCode::Unavailable);
        }
        // Who tries a bot is no visitor of the site.
        let who = if trials::is_trial(site) { "trial" } else { party.as_str() };
        let open = match &transport {
            Transport::Socket(_) => self.metrics.socket(who),
            Transport::Poll { .. } => self.metrics.poll(who),
        };
        let first = subscribers.all.is_empty();
        subscribers.all.push(Subscriber { id, party, is_online, transport });
        if first {
            inner.sites.entry(site).or_default().insert(topic.clone());
        }
        if is_online {
            inner.lingering.remove(&site);
        }
        self.tell_online(&mut inner, site, was_online, was_here);
        Ok(Subscription { hub: Arc::clone(self), topic, id, _open: open })
    }

    fn unsubscribe(&self, topic: &Topic, id: u64) {
        let mut inner = lock(&self.inner);
        let site = topic.site();
        let was_there = inner.has_agent(site);
        if let Some(subscribers) = inner.topics.get_mut(topic) {
            subscribers.all.retain(|other| other.id != id);
            if subscribers.all.is_empty() {
                inner.topics.remove(topic);
                if let Some(topics) = inner.sites.get_mut(&site) {
                    topics.remove(topic);
                    if topics.is_empty() {
                        inner.sites.remove(&site);
                    }
                }
            }
        }
        if was_there && !inner.has_agent(site) {
            inner.lingering.insert(site, Instant::now() + self.grace);
            self.lingers.notify_one();
        }
    }

    /// Takes whether the team counts as online because of this session. Without a grace period: who goes away says so.
    pub fn set_online(&self, site: SiteId, session: &Hash, is_online: bool) {
        let mut inner = lock(&self.inner);
        let (was_online, was_here) = (inner.online(site), inner.is_online_here(site));
        let team = inner.topics.get_mut(&Topic::Team(site));
        let all = team.into_iter().flat_map(|team| &mut team.all);
        for subscriber in all.filter(|other| other.party == Party::Agent(*session)) {
            subscriber.is_online = is_online;
        }
        self.tell_online(&mut inner, site, was_online, was_here);
    }

    /// Tells other nodes and the clients here if the team has come online or gone offline, seen from each.
    fn tell_online(&self, inner: &mut Inner, site: SiteId, was_online: bool, was_here: bool) {
        if was_here != inner.is_online_here(site) {
            self.teams_changed.notify_one();
        }
        let online = inner.online(site);
        if was_online != online {
            let topics = inner.topics_of(site);
            inner.send(&topics, None, &ServerFrame::Online(online), None);
        }
    }

    /// True if the site's team counts as online.
    pub fn online(&self, site: SiteId) -> bool {
        lock(&self.inner).online(site)
    }

    /// True if a visitor is connected here.
    pub fn has_visitor(&self, site: SiteId, visitor: &VisitorId) -> bool {
        let topic = Topic::Visitor(site, visitor.clone());
        lock(&self.inner).topics.get(&topic).is_some_and(|topic| !topic.all.is_empty())
    }

    /// The heads that moved lately in this topic. Its clients should know them by now.
    pub fn recent(&self, topic: &Topic) -> Vec<Head> {
        let inner = lock(&self.inner);
        let Some(subscribers) = inner.topics.get(topic) else { return Vec::new() };
        let fresh = subscribers.recent.iter().filter(|(at, _)| at.elapsed() < RECENT_FOR);
        fresh.map(|(_, head)| head.clone()).collect()
    }

    /// Ends the sockets and polls of a session.
    pub fn sign_out(&self, site: SiteId, session: &Hash) {
        let inner = lock(&self.inner);
        inner.cut(&Topic::Team(site), Party::Agent(*session), Cut::SignedOut);
    }

    /// Ends the sockets and polls of a visitor whose key was revoked.
    pub fn revoked(&self, site: SiteId, visitor: VisitorId) {
        let inner = lock(&self.inner);
        inner.cut(&Topic::Visitor(site, visitor), Party::Visitor, Cut::Revoked);
    }

    /// The sessions with sockets or polls, with their sites.
    pub fn sessions(&self) -> Vec<(SiteId, Hash)> {
        let inner = lock(&self.inner);
        let agents = inner.topics.iter().flat_map(|(topic, subscribers)| {
            subscribers.all.iter().filter_map(|subscriber| match subscriber.party {
                Party::Agent(session) => Some((topic.site(), session)),
                Party::Visitor | Party::Bot(_) => None,
            })
        });
        let sessions: HashSet<_> = agents.collect();
        sessions.into_iter().collect()
    }

    /// The sites with sockets or polls.
    pub fn sites(&self) -> Vec<SiteId> {
        lock(&self.inner).sites.keys().copied().collect()
    }

    /// Ends all sockets and polls, spread evenly over this time, in an order that nobody chose.
    pub async fn hand_over(&self, spread: Duration) {
        const STEPS: usize = 100;
        if spread.is_zero() {
            return self.cut(None, Cut::Stopping);
        }
        let all: Vec<(Topic, u64)> = {
            let inner = lock(&self.inner);
            let topics = inner.topics.iter();
            let of_topic = topics.flat_map(|(topic, subscribers)| {
                subscribers.all.iter().map(|subscriber| (topic.clone(), subscriber.id))
            });
            of_topic.collect()
        };
        let pause = spread / u32::try_from(STEPS).unwrap_or(u32::MAX);
        for some in all.chunks(all.len().div_ceil(STEPS).max(1)) {
            {
                let inner = lock(&self.inner);
                for (topic, id) in some {
                    let subscribers = inner.topics.get(topic);
                    let mut all = subscribers.into_iter().flat_map(|of_topic| &of_topic.all);
                    if let Some(subscriber) = all.find(|subscriber| subscriber.id == *id) {
                        subscriber.cut(Cut::Stopping);
                    }
                }
            }
            tokio::time::sleep(pause).await;
        }
        // Whoever has come meanwhile.
        self.cut(None, Cut::Stopping);
    }

    /// Ends the sockets and polls of one site, or of all.
    pub fn cut(&self, site: Option<SiteId>, why: Cut) {
        let inner = lock(&self.inner);
        let topics = inner.topics.iter();
        for (_, subscribers) in topics.filter(|(topic, _)| site.is_none_or(|it| it == topic.site()))
        {
            subscribers.all.iter().for_each(|subscriber| subscriber.cut(why));
        }
    }
}

impl Inner {
    /// True if an agent of the site has a socket or a poll, and is not away.
    fn has_agent(&self, site: SiteId) -> bool {
        let team = self.topics.get(&Topic::Team(site));
        team.is_some_and(|team| team.all.iter().any(|subscriber| subscriber.is_online))
    }

    fn is_online_here(&self, site: SiteId) -> bool {
        self.has_agent(site) || self.lingering.contains_key(&site)
    }

    fn online(&self, site: SiteId) -> bool {
        self.is_online_here(site) || self.elsewhere.contains(&site)
    }

    fn publish(&mut self, site: SiteId, revision: Revision, what: Changed) {
        match what {
            Changed::Event { visitor, conversation, event } => {
                let head = Head { conversation: conversation.clone(), head: event.seq };
                let revision = Some(revision);
                let topics = [Topic::Team(site), Topic::Visitor(site, visitor)];
                let [team, own] = &topics;
                let redacted = event.clone().without_internals();
                let frame =
                    |event| ServerFrame::Event { conversation: conversation.clone(), event };
                let about = Some(&conversation);
                if redacted == event {
                    self.send(&topics, revision, &frame(event), about);
                } else {
                    self.send(slice::from_ref(team), revision, &frame(event), about);
                    self.send(slice::from_ref(own), revision, &frame(redacted), about);
                }
                topics.iter().for_each(|topic| self.remember(topic, &head));
            }
            Changed::Read { visitor, conversation, side, up_to, read_revision } => {
                let topics = [Topic::Team(site), Topic::Visitor(site, visitor)];
                let id = conversation.clone();
                let revision = read_revision;
                let frame = ServerFrame::Read { conversation: id, side, up_to, revision };
                self.send(&topics, None, &frame, Some(&conversation));
            }
            Changed::Policy(policy) => {
                let topics = self.topics_of(site);
                self.send(&topics, Some(revision), &ServerFrame::Policy(policy), None);
            }
            Changed::Visitor(name) => self.tell_team(site, revision, name),
            Changed::Joined(name) => {
                let device = Topic::Visitor(site, name.id.clone());
                self.tell_team(site, revision, name);
                self.cut(&device, Party::Visitor, Cut::Joined);
            }
        }
    }

    /// Tells a site's agents what lists show of a visitor. Bots have no sockets.
    fn tell_team(&mut self, site: SiteId, revision: Revision, name: VisitorName) {
        let team = [Topic::Team(site)];
        self.send(&team, Some(revision), &ServerFrame::Visitor(name), None);
    }

    fn cut(&self, topic: &Topic, party: Party, why: Cut) {
        let Some(subscribers) = self.topics.get(topic) else { return };
        for subscriber in subscribers.all.iter().filter(|subscriber| subscriber.party == party) {
            subscriber.cut(why);
        }
    }

    fn topics_of(&self, site: SiteId) -> Vec<Topic> {
        self.sites.get(&site).into_iter().flatten().cloned().collect()
    }

    /// Queues a frame for the sockets of these topics and wakes their polls.
    fn send(
        &mut self,
        topics: &[Topic],
        revision: Option<Revision>,
        message: &ServerFrame,
        about: Option<&ConversationId>,
    ) {
        self.push(topics, revision, message);
        for transport in self.transports(topics) {
            if let Transport::Poll { wake, conversation } = transport
                && (conversation.is_none() || about.is_none() || conversation.as_ref() == about)
            {
                wake.notify_one();
            }
        }
    }

    /// Queues a frame for the sockets of these topics.
    fn push(&self, topics: &[Topic], revision: Option<Revision>, message: &ServerFrame) {
        // Serialized once for all subscribers, and not at all without one.
        let mut written: Option<Option<Utf8Bytes>> = None;
        for transport in self.transports(topics) {
            if let Transport::Socket(socket) = transport {
                let Some(frame) = written.get_or_insert_with(|| frame(message)).clone() else {
                    return;
                };
                socket.push(Live { revision, frame });
            }
        }
    }

    fn transports(&self, topics: &[Topic]) -> impl Iterator<Item = &Transport> {
        let subscribers = topics.iter().filter_map(|topic| self.topics.get(topic));
        let all = subscribers.flat_map(|subscribers| &subscribers.all);
        all.map(|subscriber| &subscriber.transport)
    }

    fn remember(&mut self, topic: &Topic, head: &Head) {
        let Some(subscribers) = self.topics.get_mut(topic) else { return };
        let recent = &mut subscribers.recent;
        recent.retain(|(at, other)| {
            other.conversation != head.conversation && at.elapsed() < RECENT_FOR
        });
        if recent.len() == RECENT_MAX {
            recent.remove(0);
        }
        recent.push((Instant::now(), head.clone()));
    }
}

struct Subscription {
    hub: Arc<Hub>,
    topic: Topic,
    id: u64,
    _open: Open,
}

impl Drop for Subscription {
    fn drop(&mut self) {
        self.hub.unsubscribe(&self.topic, self.id);
    }
}

/// A socket's subscription. Dropping it unsubscribes.
pub struct SocketSubscription {
    frames: mpsc::Receiver<Live>,
    queued: Arc<AtomicUsize>,
    /// Cancelled when the socket must close.
    pub cut: CancellationToken,
    why: Arc<Mutex<Option<Cut>>>,
    subscription: Subscription,
}

impl SocketSubscription {
    /// The next frame, in the order of the commits.
    pub async fn next(&mut self) -> Option<Live> {
        let live = self.frames.recv().await?;
        self.queued.fetch_sub(live.frame.len(), Ordering::Relaxed);
        Some(live)
    }

    /// The heads for a heartbeat.
    pub fn recent(&self) -> Vec<Head> {
        self.subscription.hub.recent(&self.subscription.topic)
    }

    /// Why the socket must close.
    pub fn why(&self) -> Cut {
        lock(&self.why).unwrap_or(Cut::Slow)
    }
}

/// A long poll's subscription. Dropping it unsubscribes.
pub struct WaiterSubscription {
    wake: Arc<Notify>,
    _subscription: Subscription,
}

impl WaiterSubscription {
    /// Returns once something was published since the last call.
    pub async fn woken(&self) {
        self.wake.notified().await;
    }
}
