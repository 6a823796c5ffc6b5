//! The hub: hands what was committed to the clients that are there.
//!
//! It keeps nothing that matters. Whoever misses something here finds it in the log: by the gap in
//! the sequence, by a beacon, or by asking again.

use std::collections::{HashMap, HashSet};
use std::slice;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use axum::extract::ws::Utf8Bytes;
use porchlight_protocol::conversation::Side;
use porchlight_protocol::wire::{Head, ServerFrame};
use porchlight_protocol::{ConversationId, ErrorCode, Event, Policy, Revision, Seq, VisitorId};
use tokio::sync::{Notify, mpsc};
use tokio_util::sync::CancellationToken;

use crate::random::Hash;
use crate::store::SiteId;

/// Frames that wait for one slow reader. Then it is cut, and resumes from the log.
const QUEUE_MAX: usize = 256;

/// Subscribers that one visitor may have at once: tabs, and polls that overlap.
const VISITOR_SUBSCRIBERS_MAX: usize = 32;

/// Heads kept for beacons, for one visitor or one site's team.
const RECENT_MAX: usize = 128;

/// How long a head goes with the beacons.
const RECENT_FOR: Duration = Duration::from_secs(90);

/// What a commit has to tell.
#[derive(Debug, Clone)]
pub enum Published {
    /// An event was appended.
    Event {
        /// On this site.
        site: SiteId,
        /// To a conversation of this visitor.
        visitor: VisitorId,
        /// This one.
        conversation: ConversationId,
        /// The event.
        event: Event,
    },
    /// One side has read further.
    Read {
        /// On this site.
        site: SiteId,
        /// In a conversation of this visitor.
        visitor: VisitorId,
        /// This one.
        conversation: ConversationId,
        /// Which side.
        side: Side,
        /// Up to which event.
        up_to: Seq,
    },
    /// A site's closing policy changed.
    Policy {
        /// Which site.
        site: SiteId,
        /// By which commit.
        revision: Revision,
        /// The policy from here on.
        policy: Policy,
    },
}

/// What a subscriber hears of.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Topic {
    /// Everything on a site: its agents.
    Team(SiteId),
    /// One visitor's conversations.
    Visitor(SiteId, VisitorId),
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
    /// The store began a new life: whoever comes back starts from it.
    NewLife,
}

struct Socket {
    queue: mpsc::Sender<Live>,
    cut: CancellationToken,
    why: Arc<Mutex<Option<Cut>>>,
    session: Option<Hash>,
}

impl Socket {
    fn cut(&self, why: Cut) {
        *lock(&self.why) = Some(why);
        self.cut.cancel();
    }
}

enum Subscriber {
    Socket(Socket),
    Waiter { wake: Arc<Notify>, conversation: Option<ConversationId> },
}

#[derive(Default)]
struct Subscribers {
    all: Vec<(u64, Subscriber)>,
    recent: Vec<(Instant, Head)>,
}

#[derive(Default)]
struct Inner {
    topics: HashMap<Topic, Subscribers>,
    /// Who is there of each site, so that a change of policy reaches all of them.
    sites: HashMap<SiteId, HashSet<Topic>>,
    next: u64,
}

/// The hub of one server.
#[derive(Default)]
pub struct Hub {
    inner: Mutex<Inner>,
}

/// What happened while the lock was held is done or not: every change here is a single step.
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
            Published::Read { site, visitor, conversation, side, up_to } => {
                let topics = [Topic::Team(site), Topic::Visitor(site, visitor)];
                let tell = ServerFrame::Read { conversation: conversation.clone(), side, up_to };
                inner.tell(&topics, None, &tell, Some(&conversation));
            }
            Published::Policy { site, revision, policy } => {
                let topics = inner.everybody(site);
                inner.tell(&topics, Some(revision), &ServerFrame::Policy(policy), None);
            }
        }
    }

    /// Subscribes a socket. `session` is an agent's, so that signing out closes it.
    pub fn socket(
        self: &Arc<Self>,
        topic: Topic,
        session: Option<Hash>,
    ) -> Result<SocketSubscription, ErrorCode> {
        let (queue, frames) = mpsc::channel(QUEUE_MAX);
        let cut = CancellationToken::new();
        let why = Arc::default();
        let socket = Socket { queue, cut: cut.clone(), why: Arc::clone(&why), session };
        let subscription = self.subscribe(topic, Subscriber::Socket(socket))?;
        Ok(SocketSubscription { frames, cut, why, subscription })
    }

    /// Subscribes a long poll, which wants to know of one conversation or of all.
    pub fn waiter(
        self: &Arc<Self>,
        topic: Topic,
        conversation: Option<ConversationId>,
    ) -> Result<WaiterSubscription, ErrorCode> {
        let wake = Arc::new(Notify::new());
        let waiter = Subscriber::Waiter { wake: Arc::clone(&wake), conversation };
        let subscription = self.subscribe(topic, waiter)?;
        Ok(WaiterSubscription { wake, _subscription: subscription })
    }

    fn subscribe(
        self: &Arc<Self>,
        topic: Topic,
        subscriber: Subscriber,
    ) -> Result<Subscription, ErrorCode> {
        let mut inner = lock(&self.inner);
        inner.next += 1;
        let id = inner.next;
        let was_online = inner.online(topic.site());
        let subscribers = inner.topics.entry(topic.clone()).or_default();
        if matches!(topic, Topic::Visitor(..)) && subscribers.all.len() >= VISITOR_SUBSCRIBERS_MAX {
            return Err(ErrorCode::Unavailable);
        }
        let first = subscribers.all.is_empty();
        subscribers.all.push((id, subscriber));
        if first {
            inner.sites.entry(topic.site()).or_default().insert(topic.clone());
        }
        inner.tell_if_online_changed(topic.site(), was_online);
        Ok(Subscription { hub: Arc::clone(self), topic, id })
    }

    fn unsubscribe(&self, topic: &Topic, id: u64) {
        let mut inner = lock(&self.inner);
        let was_online = inner.online(topic.site());
        if let Some(subscribers) = inner.topics.get_mut(topic) {
            subscribers.all.retain(|(other, _)| *other != id);
            if subscribers.all.is_empty() {
                inner.topics.remove(topic);
                if let Some(topics) = inner.sites.get_mut(&topic.site()) {
                    topics.remove(topic);
                }
            }
        }
        inner.tell_if_online_changed(topic.site(), was_online);
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

    /// Closes the sockets of a session.
    pub fn sign_out(&self, site: SiteId, session: &Hash) {
        let inner = lock(&self.inner);
        let Some(team) = inner.topics.get(&Topic::Team(site)) else { return };
        for (_, subscriber) in &team.all {
            if let Subscriber::Socket(socket) = subscriber
                && socket.session.as_ref() == Some(session)
            {
                socket.cut(Cut::SignedOut);
            }
        }
    }

    /// Closes the sockets of a visitor whose key was revoked.
    pub fn revoked(&self, site: SiteId, visitor: VisitorId) {
        let inner = lock(&self.inner);
        let Some(own) = inner.topics.get(&Topic::Visitor(site, visitor)) else { return };
        for (_, subscriber) in &own.all {
            if let Subscriber::Socket(socket) = subscriber {
                socket.cut(Cut::Revoked);
            }
        }
    }

    /// The sessions that sockets are open for, with their sites.
    pub fn sessions(&self) -> Vec<(SiteId, Hash)> {
        let inner = lock(&self.inner);
        let of = |topic: &Topic, socket: &Socket| Some((topic.site(), socket.session?));
        let sockets = inner.sockets().filter_map(|(topic, socket)| of(topic, socket));
        let sessions: HashSet<_> = sockets.collect();
        sessions.into_iter().collect()
    }

    /// The sites that clients are there of.
    pub fn sites(&self) -> Vec<SiteId> {
        let inner = lock(&self.inner);
        let sites = inner.sites.iter().filter(|(_, topics)| !topics.is_empty());
        sites.map(|(site, _)| *site).collect()
    }

    /// Closes the sockets of a site's clients, or of all.
    pub fn cut(&self, site: Option<SiteId>, why: Cut) {
        let inner = lock(&self.inner);
        for (topic, socket) in inner.sockets() {
            if site.is_none_or(|site| site == topic.site()) {
                socket.cut(why);
            }
        }
    }

    /// Wakes every long poll: the server goes down.
    pub fn wake_all(&self) {
        let inner = lock(&self.inner);
        for (_, subscriber) in inner.topics.values().flat_map(|topic| &topic.all) {
            if let Subscriber::Waiter { wake, .. } = subscriber {
                wake.notify_one();
            }
        }
    }
}

impl Inner {
    fn sockets(&self) -> impl Iterator<Item = (&Topic, &Socket)> {
        self.topics.iter().flat_map(|(topic, subscribers)| {
            subscribers.all.iter().filter_map(move |(_, subscriber)| match subscriber {
                Subscriber::Socket(socket) => Some((topic, socket)),
                Subscriber::Waiter { .. } => None,
            })
        })
    }

    fn online(&self, site: SiteId) -> bool {
        self.topics.get(&Topic::Team(site)).is_some_and(|team| {
            team.all.iter().any(|(_, subscriber)| {
                matches!(subscriber, Subscriber::Socket(socket) if socket.session.is_some())
            })
        })
    }

    fn everybody(&self, site: SiteId) -> Vec<Topic> {
        self.sites.get(&site).into_iter().flatten().cloned().collect()
    }

    fn tell_if_online_changed(&mut self, site: SiteId, was_online: bool) {
        let online = self.online(site);
        if online != was_online {
            let topics = self.everybody(site);
            self.tell(&topics, None, &ServerFrame::Online(online), None);
        }
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
            for (_, subscriber) in &subscribers.all {
                match subscriber {
                    Subscriber::Waiter { wake, conversation } => {
                        if conversation.is_none()
                            || about.is_none()
                            || conversation.as_ref() == about
                        {
                            wake.notify_one();
                        }
                    }
                    Subscriber::Socket(socket) => {
                        let Some(frame) = written.get_or_insert_with(|| frame(tell)).clone() else {
                            return;
                        };
                        let full = socket.queue.try_send(Live { revision, frame }).is_err();
                        if full && !socket.cut.is_cancelled() {
                            socket.cut(Cut::Slow);
                        }
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
    /// What is published from now on.
    pub frames: mpsc::Receiver<Live>,
    /// Cancelled when the socket must close.
    pub cut: CancellationToken,
    why: Arc<Mutex<Option<Cut>>>,
    subscription: Subscription,
}

impl SocketSubscription {
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
