//! The hub: hands what was committed to the clients that are there.
//!
//! It keeps nothing that matters. Whoever misses something here finds it in the log: by the gap in
//! the sequence, by a beacon, or by asking again.

use std::collections::{HashMap, HashSet};
use std::slice;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use axum::extract::ws::Utf8Bytes;
use porchlight_protocol::wire::{Head, ServerFrame};
use porchlight_protocol::{ConversationId, ErrorCode, Revision, VisitorId};
use tokio::sync::{Notify, mpsc};
use tokio_util::sync::CancellationToken;

use crate::random::Hash;
use crate::store::SiteId;
use crate::store::news::Published;

/// Bytes of frames that wait for one slow reader. Then it is cut, and resumes from the log. A burst of
/// many small frames, such as the whole of a commit, has room.
const QUEUE_BYTES_MAX: usize = 4 << 20;

/// The same in frames, for those that hold next to nothing. Far above what one commit hands out.
const QUEUE_FRAMES_MAX: usize = 8_192;

/// Subscribers that one visitor, one agent's session or one bot may have at once: tabs, and polls
/// that overlap.
const SUBSCRIBERS_MAX: usize = 32;

/// Heads kept for beacons, for one visitor or one site's team.
const RECENT_MAX: usize = 128;

/// How long a head goes with the beacons.
const RECENT_FOR: Duration = Duration::from_secs(90);

/// What a subscriber hears of.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Topic {
    /// Everything on a site: its agents.
    Team(SiteId),
    /// One visitor's conversations.
    Visitor(SiteId, VisitorId),
}

/// Who subscribes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Party {
    /// The visitor of the topic.
    Visitor,
    /// An agent, by the session, so that signing out ends what belongs to it.
    Agent(Hash),
    /// A bot, by its token.
    Bot(Hash),
}

impl Topic {
    fn site(&self) -> SiteId {
        match self {
            Topic::Team(site) | Topic::Visitor(site, _) => *site,
        }
    }
}

/// A frame on its way to a socket, with the commit that made it if one did.
#[derive(Debug, Clone)]
pub struct Live {
    /// The commit; absent for what has no place in the log.
    pub revision: Option<Revision>,
    /// The frame.
    pub frame: Utf8Bytes,
}

/// Why a socket is closed from this side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cut {
    /// It did not read fast enough.
    Slow,
    /// Who it belongs to has signed out.
    SignedOut,
    /// The visitor's key was revoked.
    Revoked,
    /// The site was removed.
    SiteGone,
    /// The store began a new epoch, and clients must start from a snapshot.
    NewEpoch,
}

struct Socket {
    queue: mpsc::Sender<Live>,
    /// Bytes in the queue.
    queued: Arc<AtomicUsize>,
    cut: CancellationToken,
    why: Arc<Mutex<Option<Cut>>>,
}

impl Socket {
    fn cut(&self, why: Cut) {
        *lock(&self.why) = Some(why);
        self.cut.cancel();
    }

    fn tell(&self, live: Live) {
        let bytes = live.frame.len();
        let waiting = self.queued.fetch_add(bytes, Ordering::Relaxed);
        let full = waiting + bytes > QUEUE_BYTES_MAX || self.queue.try_send(live).is_err();
        if full && !self.cut.is_cancelled() {
            self.cut(Cut::Slow);
        }
    }
}

struct Subscriber {
    id: u64,
    party: Party,
    way: Way,
}

impl Subscriber {
    fn cut(&self, why: Cut) {
        match &self.way {
            Way::Socket(socket) => socket.cut(why),
            // It asks again, and is refused.
            Way::Poll { wake, .. } => wake.notify_one(),
        }
    }
}

/// How a subscriber is told.
enum Way {
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
    /// Who is there of each site, so that a change of policy reaches all of them.
    sites: HashMap<SiteId, HashSet<Topic>>,
    /// Sites whose last agent has gone, and until when they count as there all the same: a reload, the
    /// moment between two polls, a train in a tunnel.
    lingering: HashMap<SiteId, Instant>,
    next: u64,
}

/// The hub of one server.
pub struct Hub {
    inner: Mutex<Inner>,
    /// How long a team counts as there after its last agent has gone.
    grace: Duration,
    /// A team began to linger.
    lingers: Notify,
}

/// A poisoned lock is used anyway: no critical section here leaves the maps half updated.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn frame(frame: &ServerFrame) -> Option<Utf8Bytes> {
    match serde_json::to_string(frame) {
        Ok(text) => Some(text.into()),
        Err(error) => {
            tracing::error!(%error, "a frame can't be written");
            None
        }
    }
}

impl Hub {
    /// A hub with nobody there.
    pub fn new(grace: Duration) -> Self {
        Hub { inner: Mutex::default(), grace, lingers: Notify::new() }
    }

    /// Hands out what commits have to tell, in their order, as long as there may be more. Not in the
    /// writer's thread, which has the next commit to do.
    pub async fn feed(&self, mut news: mpsc::UnboundedReceiver<Published>) {
        while let Some(published) = news.recv().await {
            self.publish(published);
        }
    }

    /// Tells the visitors of sites whose last agent has been gone for long enough.
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

    /// Ends what has lingered until now. Returns when the next one ends.
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
            let topics = inner.everybody(site);
            inner.tell(&topics, None, &ServerFrame::Online(false), None);
        }
        inner.lingering.values().min().copied()
    }

    /// Hands out what a commit has to tell. Called in the order of the commits.
    pub fn publish(&self, published: Published) {
        let mut inner = lock(&self.inner);
        match published {
            Published::Event { site, visitor, conversation, event } => {
                let head = Head { conversation: conversation.clone(), head: event.seq };
                let revision = Some(event.revision);
                let topics = [Topic::Team(site), Topic::Visitor(site, visitor)];
                let [team, own] = &topics;
                let told = event.clone().without_internals();
                let tell = |event| ServerFrame::Event { conversation: conversation.clone(), event };
                let about = Some(&conversation);
                if told == event {
                    inner.tell(&topics, revision, &tell(event), about);
                } else {
                    inner.tell(slice::from_ref(team), revision, &tell(event), about);
                    inner.tell(slice::from_ref(own), revision, &tell(told), about);
                }
                topics.iter().for_each(|topic| inner.remember(topic, &head));
            }
            Published::Read { site, visitor, conversation, side, up_to, revision } => {
                let topics = [Topic::Team(site), Topic::Visitor(site, visitor)];
                let id = conversation.clone();
                let tell = ServerFrame::Read { conversation: id, side, up_to, revision };
                inner.tell(&topics, None, &tell, Some(&conversation));
            }
            Published::Policy { site, revision, policy } => {
                let topics = inner.everybody(site);
                inner.tell(&topics, Some(revision), &ServerFrame::Policy(policy), None);
            }
        }
    }

    /// Subscribes a socket.
    pub fn socket(
        self: &Arc<Self>,
        topic: Topic,
        party: Party,
    ) -> Result<SocketSubscription, ErrorCode> {
        let (queue, frames) = mpsc::channel(QUEUE_FRAMES_MAX);
        let (queued, cut, why) = (Arc::default(), CancellationToken::new(), Arc::default());
        let socket =
            Socket { queue, queued: Arc::clone(&queued), cut: cut.clone(), why: Arc::clone(&why) };
        let subscription = self.subscribe(topic, party, Way::Socket(socket))?;
        Ok(SocketSubscription { frames, queued, cut, why, subscription })
    }

    /// Subscribes a long poll, which wants to know of one conversation or of all.
    pub fn waiter(
        self: &Arc<Self>,
        topic: Topic,
        party: Party,
        conversation: Option<ConversationId>,
    ) -> Result<WaiterSubscription, ErrorCode> {
        let wake = Arc::new(Notify::new());
        let way = Way::Poll { wake: Arc::clone(&wake), conversation };
        let subscription = self.subscribe(topic, party, way)?;
        Ok(WaiterSubscription { wake, _subscription: subscription })
    }

    fn subscribe(
        self: &Arc<Self>,
        topic: Topic,
        party: Party,
        way: Way,
    ) -> Result<Subscription, ErrorCode> {
        let mut inner = lock(&self.inner);
        let site = topic.site();
        inner.next += 1;
        let id = inner.next;
        let was_online = inner.online(site);
        let subscribers = inner.topics.entry(topic.clone()).or_default();
        if subscribers.all.iter().filter(|other| other.party == party).count() >= SUBSCRIBERS_MAX {
            return Err(ErrorCode::Unavailable);
        }
        let first = subscribers.all.is_empty();
        subscribers.all.push(Subscriber { id, party, way });
        if first {
            inner.sites.entry(site).or_default().insert(topic.clone());
        }
        if matches!(party, Party::Agent(_)) {
            inner.lingering.remove(&site);
        }
        if !was_online && inner.online(site) {
            let topics = inner.everybody(site);
            inner.tell(&topics, None, &ServerFrame::Online(true), None);
        }
        Ok(Subscription { hub: Arc::clone(self), topic, id })
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

    /// True if an agent of the site is there.
    pub fn online(&self, site: SiteId) -> bool {
        lock(&self.inner).online(site)
    }

    /// The heads that this topic's clients should know by now, of those that moved lately.
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

    /// The sessions that sockets and polls are there for, with their sites.
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

    /// The sites that clients are there of.
    pub fn sites(&self) -> Vec<SiteId> {
        lock(&self.inner).sites.keys().copied().collect()
    }

    /// Ends the sockets and polls of a site's clients, or of all.
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
    /// True if an agent of the site is there, by a socket or a poll.
    fn has_agent(&self, site: SiteId) -> bool {
        self.topics.get(&Topic::Team(site)).is_some_and(|team| {
            team.all.iter().any(|subscriber| matches!(subscriber.party, Party::Agent(_)))
        })
    }

    fn online(&self, site: SiteId) -> bool {
        self.has_agent(site) || self.lingering.contains_key(&site)
    }

    fn cut(&self, topic: &Topic, party: Party, why: Cut) {
        let Some(subscribers) = self.topics.get(topic) else { return };
        for subscriber in subscribers.all.iter().filter(|subscriber| subscriber.party == party) {
            subscriber.cut(why);
        }
    }

    fn everybody(&self, site: SiteId) -> Vec<Topic> {
        self.sites.get(&site).into_iter().flatten().cloned().collect()
    }

    /// Queues a frame for the sockets of these topics and wakes their polls.
    fn tell(
        &mut self,
        topics: &[Topic],
        revision: Option<Revision>,
        tell: &ServerFrame,
        about: Option<&ConversationId>,
    ) {
        // Written once for everybody, and not at all if nobody is there.
        let mut written: Option<Option<Utf8Bytes>> = None;
        for topic in topics {
            let Some(subscribers) = self.topics.get(topic) else { continue };
            for subscriber in &subscribers.all {
                match &subscriber.way {
                    Way::Poll { wake, conversation } => {
                        if conversation.is_none()
                            || about.is_none()
                            || conversation.as_ref() == about
                        {
                            wake.notify_one();
                        }
                    }
                    Way::Socket(socket) => {
                        let Some(frame) = written.get_or_insert_with(|| frame(tell)).clone() else {
                            return;
                        };
                        socket.tell(Live { revision, frame });
                    }
                }
            }
        }
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
}

impl Drop for Subscription {
    fn drop(&mut self) {
        self.hub.unsubscribe(&self.topic, self.id);
    }
}

/// A socket's place in the hub. Dropping it leaves.
pub struct SocketSubscription {
    frames: mpsc::Receiver<Live>,
    queued: Arc<AtomicUsize>,
    /// Cancelled when the socket must close.
    pub cut: CancellationToken,
    why: Arc<Mutex<Option<Cut>>>,
    subscription: Subscription,
}

impl SocketSubscription {
    /// What is published from now on, in its order.
    pub async fn next(&mut self) -> Option<Live> {
        let live = self.frames.recv().await?;
        self.queued.fetch_sub(live.frame.len(), Ordering::Relaxed);
        Some(live)
    }

    /// The heads for a beacon.
    pub fn recent(&self) -> Vec<Head> {
        self.subscription.hub.recent(&self.subscription.topic)
    }

    /// Why the socket must close.
    pub fn why(&self) -> Cut {
        lock(&self.why).unwrap_or(Cut::Slow)
    }
}

/// A long poll's place in the hub. Dropping it leaves.
pub struct WaiterSubscription {
    wake: Arc<Notify>,
    _subscription: Subscription,
}

impl WaiterSubscription {
    /// Returns when something was published since the last time.
    pub async fn woken(&self) {
        self.wake.notified().await;
    }
}
