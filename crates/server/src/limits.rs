//! Rate limits: how much one visitor, one address, one e-mail may ask for in a while.

use std::hash::Hash as KeyHash;
use std::net::IpAddr;
use std::num::NonZeroU32;
use std::time::Duration;

use governor::clock::{Clock, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};

use crate::error::{Error, Result};
use crate::random::Hash;

/// So many at once, and then one more each period.
#[derive(Debug, Clone, Copy)]
pub struct Rate {
    /// At once.
    pub burst: u32,
    /// One more after this.
    pub every: Duration,
}

impl Rate {
    /// `burst` at once, then one each `ms` milliseconds.
    pub const fn new(burst: u32, ms: u64) -> Self {
        Rate { burst, every: Duration::from_millis(ms) }
    }
}

/// The limits of a server.
#[derive(Debug, Clone, Copy)]
pub struct Rates {
    /// Acts of one visitor: a person who types fast, with room for an outbox after a tunnel.
    pub visitor_acts: Rate,
    /// Read marks of one visitor.
    pub visitor_reads: Rate,
    /// Conversations started from one address: an office behind one address, not a flood.
    pub starts: Rate,
    /// Acts and read marks of one agent or bot.
    pub team_acts: Rate,
    /// Sign-ins to one e-mail address.
    pub sign_ins_email: Rate,
    /// Sign-ins from one address.
    pub sign_ins_ip: Rate,
}

impl Default for Rates {
    fn default() -> Self {
        Rates {
            visitor_acts: Rate::new(30, 500),
            visitor_reads: Rate::new(60, 100),
            starts: Rate::new(30, 2_000),
            team_acts: Rate::new(200, 20),
            sign_ins_email: Rate::new(8, 15_000),
            sign_ins_ip: Rate::new(30, 5_000),
        }
    }
}

impl Rates {
    /// So wide that nothing ever meets them: for tests and load.
    pub const fn wide() -> Self {
        let wide = Rate::new(1_000_000, 1);
        Rates {
            visitor_acts: wide,
            visitor_reads: wide,
            starts: wide,
            team_acts: wide,
            sign_ins_email: wide,
            sign_ins_ip: wide,
        }
    }
}

/// One kind of limit, counted for each key by itself.
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

    /// Counts one. Refuses if that is one too many.
    pub fn check(&self, key: &K) -> Result<()> {
        self.limiter.check_key(key).map_err(|until| {
            let wait = until.wait_time_from(DefaultClock::default().now());
            Error::rate_limited(u64::try_from(wait.as_millis()).unwrap_or(u64::MAX).max(1))
        })
    }

    fn tidy(&self) {
        self.limiter.retain_recent();
        self.limiter.shrink_to_fit();
    }
}

/// The counters of a running server.
pub struct Limits {
    /// See [`Rates::visitor_acts`].
    pub visitor_acts: Limit<Hash>,
    /// See [`Rates::visitor_reads`].
    pub visitor_reads: Limit<Hash>,
    /// See [`Rates::starts`].
    pub starts: Limit<IpAddr>,
    /// See [`Rates::team_acts`].
    pub team_acts: Limit<Hash>,
    /// See [`Rates::sign_ins_email`].
    pub sign_ins_email: Limit<String>,
    /// See [`Rates::sign_ins_ip`].
    pub sign_ins_ip: Limit<IpAddr>,
}

impl Limits {
    /// Counters from zero.
    pub fn new(rates: &Rates) -> Self {
        Limits {
            visitor_acts: Limit::new(rates.visitor_acts),
            visitor_reads: Limit::new(rates.visitor_reads),
            starts: Limit::new(rates.starts),
            team_acts: Limit::new(rates.team_acts),
            sign_ins_email: Limit::new(rates.sign_ins_email),
            sign_ins_ip: Limit::new(rates.sign_ins_ip),
        }
    }

    /// Forgets who has not been there for a while, so that the counters don't grow for ever.
    pub fn tidy(&self) {
        self.visitor_acts.tidy();
        self.visitor_reads.tidy();
        self.starts.tidy();
        self.team_acts.tidy();
        self.sign_ins_email.tidy();
        self.sign_ins_ip.tidy();
    }
}

/// The address that limits count by: of IPv6 the network, because one home has 2⁶⁴ of them.
pub fn network(ip: IpAddr) -> IpAddr {
    match ip.to_canonical() {
        IpAddr::V6(v6) => IpAddr::V6((u128::from(v6) >> 64 << 64).into()),
        v4 => v4,
    }
}
