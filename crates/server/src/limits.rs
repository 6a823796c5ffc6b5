//! Rate limits by visitor key, session, token, e-mail address and network.
//!
//! Keys, cookies and e-mail addresses can be made up for free, so requests without a proven credential are also
//! counted by the network that they come from.

use std::collections::HashMap;
use std::hash::Hash as KeyHash;
use std::marker::PhantomData;
use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use governor::clock::{Clock, DefaultClock};
use governor::{DefaultKeyedRateLimiter, NotUntil, Quota, RateLimiter};
use porchlight_store::{FailureRate, Hash};

use crate::error::{Error, Result};

/// A rate: `burst` requests at once, then one more each period.
#[derive(Debug, Clone, Copy)]
pub struct Rate {
    /// Requests at once.
    pub burst: u32,
    /// The period after which one more is allowed.
    pub every: Duration,
}

impl Rate {
    /// `burst` at once, then one each `ms` milliseconds.
    pub const fn new(burst: u32, ms: u64) -> Self {
        Rate { burst, every: Duration::from_millis(ms) }
    }
}

macro_rules! rates {
    ($($(#[$doc:meta])* $name:ident: $kind:ident<$key:ty> = ($burst:literal, $ms:literal);)*) => {
        /// The rates of a server.
        #[derive(Debug, Clone, Copy)]
        pub struct Rates {
            $($(#[$doc])* pub $name: Rate,)*
        }

        impl Default for Rates {
            fn default() -> Self {
                Rates { $($name: Rate::new($burst, $ms),)* }
            }
        }

        impl Rates {
            /// Rates that no test and no load reaches.
            pub const fn wide() -> Self {
                let wide = Rate::new(1_000_000, 1);
                Rates { $($name: wide,)* }
            }
        }

        /// The counters of a running server.
        pub struct Limits {
            $($(#[$doc])* pub $name: $kind<$key>,)*
            /// The credentials that held lately.
            pub proven: Proven,
            /// Sockets that have not sent a hello yet, by network.
            pub greeting: Permits,
        }

        impl Limits {
            /// Counters that have counted nothing.
            pub fn new(rates: &Rates) -> Self {
                Limits {
                    $($name: $kind::new(rates.$name),)*
                    proven: Proven::default(),
                    greeting: Permits::default(),
                }
            }

            /// Drops the counters that are full again, so that their number stays bounded.
            pub fn tidy(&self) {
                $(self.$name.tidy();)*
                self.proven.tidy();
            }
        }
    };
}

rates! {
    /// Acts of one visitor: a person who types fast, with room for an outbox after a tunnel.
    visitor_acts: Limit<Hash> = (30, 500);
    /// Read marks of one visitor.
    visitor_reads: Limit<Hash> = (60, 100);
    /// How often one visitor, agent or bot may say that they type: some clients of a person, each every
    /// [`TYPING_EVERY_MS`](porchlight_protocol::limits::TYPING_EVERY_MS).
    typing: Limit<Hash> = (20, 500);
    /// Conversations started from one network: an office behind one address, not a flood.
    starts: Limit<IpAddr> = (30, 2_000);
    /// What pages tell of their visitors from one network: one telling a page, for a busy office behind one address.
    identifies: Limit<IpAddr> = (300, 200);
    /// Pages that one visitor's browser tells of: each waits 3 s after the one before, and a person has some tabs.
    pages: Limit<Hash> = (20, 2_000);
    /// Pages that the visitors behind one address look at: a hundred who read, and only those who have written.
    pages_ip: Limit<IpAddr> = (600, 100);
    /// Acts and read marks of the visitors behind one address: twenty who type fast.
    network_acts: Limit<IpAddr> = (600, 25);
    /// KiB that the visitors behind one address write: some 3 GB a day at most, where a busy office writes some MB.
    network_kib: Limit<IpAddr> = (2_048, 25);
    /// Reads of one network without a session: pages of history, welcomes, documents.
    network_reads: Limit<IpAddr> = (1_000, 20);
    /// Sockets opened from one network: an office that comes back after a restart.
    network_sockets: Limit<IpAddr> = (600, 50);
    /// Requests of one network with a key, session or token that does not hold: far above what revoked keys and
    /// ended sessions cause.
    strangers: Failures<IpAddr> = (100, 1_000);
    /// Acts and read marks of one agent or bot.
    team_acts: Limit<Hash> = (200, 20);
    /// Pictures that one agent sets: each is read as a whole, and takes a second of a core.
    pictures: Limit<Hash> = (10, 10_000);
    /// Tests of e-mail that one agent sends: somebody who sets a mail server up tries some times.
    mail_tests: Limit<Hash> = (5, 20_000);
    /// Failed sign-ins to one e-mail address from one network: a person who tries all their passwords.
    sign_ins_pair: InStore<Hash> = (8, 15_000);
    /// Failed sign-ins to one e-mail address from anywhere, against guessing from many networks. Far above
    /// `sign_ins_pair`, because whoever exhausts it locks the agent's new devices out.
    sign_ins_email: InStore<Hash> = (100, 3_000);
    /// Failed sign-ins in one browser in which the agent has signed in before. It shares no limit with strangers.
    sign_ins_known: InStore<Hash> = (10, 10_000);
    /// Sign-ins from one network, right or wrong: each costs a hash.
    sign_ins_ip: Limit<IpAddr> = (30, 5_000);
    /// Invitations that are looked at or accepted from one network: a team that joins in one office.
    invitations_ip: Limit<IpAddr> = (30, 5_000);
}

/// A rate limit with a counter for each key.
pub struct Limit<K: KeyHash + Eq + Clone> {
    limiter: DefaultKeyedRateLimiter<K>,
}

impl<K: KeyHash + Eq + Clone> Limit<K> {
    fn new(rate: Rate) -> Self {
        let burst = NonZeroU32::new(rate.burst).unwrap_or(NonZeroU32::MIN);
        let quota = Quota::with_period(rate.every)
            .unwrap_or_else(|| Quota::per_second(burst))
            .allow_burst(burst);
        Limit { limiter: RateLimiter::keyed(quota) }
    }

    /// Counts one request, or refuses it.
    pub fn check(&self, key: &K) -> Result<()> {
        self.limiter.check_key(key).map_err(|until| too_many(&until))
    }

    /// Counts several at once, capped to the burst, or refuses them.
    pub fn check_many(&self, key: &K, many: u32) -> Result<()> {
        let Some(many) = NonZeroU32::new(many) else { return Ok(()) };
        match self.limiter.check_key_n(key, many) {
            Ok(checked) => checked.map_err(|until| too_many(&until)),
            Err(capacity) => {
                let all = NonZeroU32::new(capacity.0).unwrap_or(NonZeroU32::MIN);
                match self.limiter.check_key_n(key, all) {
                    Ok(checked) => checked.map_err(|until| too_many(&until)),
                    Err(_) => Err(Error::rate_limited(1_000)),
                }
            }
        }
    }

    fn tidy(&self) {
        self.limiter.retain_recent();
        self.limiter.shrink_to_fit();
    }
}

fn too_many(until: &NotUntil<<DefaultClock as Clock>::Instant>) -> Error {
    Error::rate_limited(ms(until.wait_time_from(DefaultClock::default().now())))
}

/// Rounded up: who comes back a part of a millisecond early is refused again.
fn ms(wait: Duration) -> u64 {
    u64::try_from(wait.as_nanos().div_ceil(1_000_000)).unwrap_or(u64::MAX).max(1)
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A rate limit on failures whose counters are in the store: all nodes share them, and they survive a restart.
pub struct InStore<K> {
    rate: FailureRate,
    of: PhantomData<K>,
}

impl<K> InStore<K> {
    fn new(rate: Rate) -> Self {
        let every_ms = i64::try_from(rate.every.as_millis()).unwrap_or(i64::MAX);
        InStore { rate: FailureRate { burst: rate.burst, every_ms }, of: PhantomData }
    }

    /// The counter of a key, with the rate that it is held to.
    pub fn of(&self, key: K) -> (K, FailureRate) {
        (key, self.rate)
    }

    /// The store deletes them.
    fn tidy(&self) {}
}

/// A rate limit on failures.
///
/// For each key it keeps the *theoretical arrival time* of the generic cell rate algorithm: the moment at which
/// all counted failures have expired.
pub struct Failures<K> {
    rate: Rate,
    faded_at: Mutex<HashMap<K, Instant>>,
}

impl<K: KeyHash + Eq + Clone> Failures<K> {
    fn new(rate: Rate) -> Self {
        Failures { rate, faded_at: Mutex::default() }
    }

    fn checked(&self, faded_at: Instant, now: Instant) -> Result<()> {
        let room = self.rate.every.saturating_mul(self.rate.burst);
        let over = (faded_at + self.rate.every).saturating_duration_since(now).saturating_sub(room);
        if over.is_zero() { Ok(()) } else { Err(Error::rate_limited(ms(over))) }
    }

    /// Refuses if the limit is reached, and counts nothing.
    pub fn peek(&self, key: &K) -> Result<()> {
        let now = Instant::now();
        let faded_at = lock(&self.faded_at).get(key).copied();
        faded_at.map_or(Ok(()), |faded_at| self.checked(faded_at.max(now), now))
    }

    /// Counts one. Refuses if that is one too many.
    pub fn count(&self, key: &K) -> Result<()> {
        let now = Instant::now();
        let mut kept = lock(&self.faded_at);
        let faded_at = kept.get(key).copied().unwrap_or(now).max(now);
        self.checked(faded_at, now)?;
        kept.insert(key.clone(), faded_at + self.rate.every);
        Ok(())
    }

    fn tidy(&self) {
        let now = Instant::now();
        let mut kept = lock(&self.faded_at);
        kept.retain(|_, faded_at| *faded_at > now);
        kept.shrink_to_fit();
    }
}

/// How long a credential counts as proven. The store authorises each request all the same.
const PROVEN_FOR: Duration = Duration::from_secs(600);

/// The credentials that held lately. Their requests skip the checks for strangers, such as the authorisation in a
/// reader before a job goes to the writer.
#[derive(Default)]
pub struct Proven {
    since: Mutex<HashMap<Hash, Instant>>,
}

impl Proven {
    /// Notes that this credential held.
    pub fn note(&self, credential: &Hash) {
        lock(&self.since).insert(*credential, Instant::now());
    }

    /// True if it held lately.
    pub fn knows(&self, credential: &Hash) -> bool {
        lock(&self.since).get(credential).is_some_and(|since| since.elapsed() < PROVEN_FOR)
    }

    fn tidy(&self) {
        let mut since = lock(&self.since);
        since.retain(|_, since| since.elapsed() < PROVEN_FOR);
        since.shrink_to_fit();
    }
}

/// Permits for things that a network may hold at the same time.
#[derive(Clone, Default)]
pub struct Permits {
    held: Arc<Mutex<HashMap<IpAddr, usize>>>,
}

impl Permits {
    /// Takes a permit if the network holds fewer than `max`. Dropping it gives it back.
    pub fn acquire(&self, network: IpAddr, max: usize) -> Option<Permit> {
        let mut held = lock(&self.held);
        let count = held.entry(network).or_default();
        if *count >= max {
            return None;
        }
        *count += 1;
        Some(Permit { of: self.clone(), network })
    }
}

/// One of [`Permits`].
pub struct Permit {
    of: Permits,
    network: IpAddr,
}

impl Drop for Permit {
    fn drop(&mut self) {
        let mut held = lock(&self.of.held);
        if let Some(count) = held.get_mut(&self.network) {
            *count -= 1;
            if *count == 0 {
                held.remove(&self.network);
            }
        }
    }
}

/// The address that limits count by: for IPv6 the /64 network, because one home has 2⁶⁴ addresses.
pub fn network(ip: IpAddr) -> IpAddr {
    match ip.to_canonical() {
        IpAddr::V6(v6) => IpAddr::V6((u128::from(v6) >> 64 << 64).into()),
        v4 => v4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_fade() {
        let failures = Failures::new(Rate::new(1, 20));
        failures.count(&()).unwrap();
        assert!(failures.peek(&()).is_err());
        failures.tidy();
        assert!(failures.peek(&()).is_err());
        std::thread::sleep(Duration::from_millis(25));
        failures.peek(&()).unwrap();
        failures.tidy();
        assert!(lock(&failures.faded_at).is_empty());
    }

    #[test]
    fn a_crowd_has_so_many_places_and_gives_them_back() {
        let (permits, ip) = (Permits::default(), IpAddr::from([203, 0, 113, 1]));
        let places: Vec<_> = (0..3).filter_map(|_| permits.acquire(ip, 2)).collect();
        assert_eq!(places.len(), 2);
        assert!(permits.acquire(IpAddr::from([203, 0, 113, 2]), 2).is_some());
        drop(places);
        assert!(lock(&permits.held).is_empty());
    }

    #[test]
    fn more_than_the_burst_holds_is_the_whole_burst() {
        let limit = Limit::new(Rate::new(10, 60_000));
        limit.check_many(&1, 50).unwrap();
        assert!(limit.check(&1).is_err());
    }
}
