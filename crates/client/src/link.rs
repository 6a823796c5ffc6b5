//! The connection: when to open it, when to take it for dead, how long to wait before the next try.

use porchlight_protocol::Millis;
use porchlight_protocol::limits::SILENCE_MAX_MS;

use crate::backoff::backoff_ms;

/// The state of the connection, as a person may know it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Link {
    /// Nobody to connect for yet.
    Idle,
    /// On its way; nothing has failed so far.
    Connecting,
    /// Live.
    Up,
    /// Lost; it is tried again by itself.
    Down,
}

/// Tries of a socket that never came to a welcome before polling takes over: some networks let no
/// socket through.
const SOCKET_TRIES: u32 = 3;

/// Milliseconds of polling after which a socket is tried again.
const SOCKET_AGAIN_AFTER_MS: Millis = 5 * 60_000;

/// Milliseconds that a socket may take to its welcome: some networks swallow them without a word.
const WELCOME_MAX_MS: u64 = 10_000;

/// Milliseconds that a socket must have lived for the back-off to start anew: a server that welcomes
/// and hangs up must not be asked again and again.
const STEADY_AFTER_MS: Millis = 10_000;

#[derive(Debug, Clone)]
pub(crate) struct Connection {
    pub link: Link,
    /// The socket or the poll that is out.
    out: Option<Way>,
    /// It waits for its timer before the next try.
    waiting: bool,
    tries: u32,
    sockets_failed: u32,
    polling_since: Option<Millis>,
    /// When what is out was welcomed.
    welcomed_at: Option<Millis>,
    heard_at: Millis,
}

/// How to connect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    Socket,
    Poll,
}

impl Connection {
    pub fn new() -> Self {
        Connection {
            link: Link::Idle,
            out: None,
            waiting: false,
            tries: 0,
            sockets_failed: 0,
            polling_since: None,
            welcomed_at: None,
            heard_at: 0,
        }
    }

    /// Nothing is out, and nothing has to be waited for.
    pub fn is_due(&self) -> bool {
        self.out.is_none() && !self.waiting
    }

    /// A socket or a poll is out.
    pub fn is_out(&self) -> bool {
        self.out.is_some()
    }

    /// Need not wait any longer.
    pub fn hurry(&mut self) {
        self.waiting = false;
    }

    /// Sends out a socket or a poll, in place of what was out before.
    pub fn open(&mut self, now: Millis) -> Way {
        if self.link == Link::Idle {
            self.link = Link::Connecting;
        }
        let way = self.way(now);
        self.out = Some(way);
        self.waiting = false;
        self.welcomed_at = None;
        self.heard_at = now;
        way
    }

    /// How the next try goes.
    fn way(&mut self, now: Millis) -> Way {
        if self.sockets_failed < SOCKET_TRIES {
            return Way::Socket;
        }
        let since = *self.polling_since.get_or_insert(now);
        if now.saturating_sub(since) >= SOCKET_AGAIN_AFTER_MS {
            // One try; if it fails, polling goes on.
            self.polling_since = None;
            self.sockets_failed = SOCKET_TRIES - 1;
            return Way::Socket;
        }
        Way::Poll
    }

    pub fn heard(&mut self, now: Millis) {
        self.heard_at = now;
    }

    /// A welcome has come. A poll is over with it; after one without news the next one waits a little,
    /// in case that somebody on the way answers at once. Returns the milliseconds to wait, if any.
    pub fn welcomed(&mut self, now: Millis, news: bool, dice: u32) -> Option<u64> {
        self.link = Link::Up;
        self.welcomed_at = Some(now);
        if self.out != Some(Way::Poll) {
            self.sockets_failed = 0;
            return None;
        }
        self.out = None;
        self.tries = 0;
        self.waiting = !news;
        self.waiting.then(|| backoff_ms(0, dice))
    }

    /// The socket is gone or the poll failed. Returns the milliseconds to wait before the next try.
    pub fn lost(&mut self, now: Millis, dice: u32) -> u64 {
        match self.welcomed_at {
            None => self.sockets_failed = self.sockets_failed.saturating_add(1),
            Some(at) if now.saturating_sub(at) >= STEADY_AFTER_MS => self.tries = 0,
            Some(_) => {}
        }
        self.close(Link::Down);
        self.waiting = true;
        let after_ms = backoff_ms(self.tries, dice);
        self.tries = self.tries.saturating_add(1);
        after_ms
    }

    /// What was out is given up on purpose.
    pub fn close(&mut self, link: Link) {
        self.out = None;
        self.waiting = false;
        self.link = link;
    }

    /// Milliseconds until the silence is too long, or `None` if it is already.
    pub fn silence_left_ms(&self, now: Millis) -> Option<u64> {
        let max_ms = match (self.out, self.welcomed_at) {
            (Some(Way::Socket), None) => WELCOME_MAX_MS,
            _ => SILENCE_MAX_MS,
        };
        let silent_ms = u64::try_from(now.saturating_sub(self.heard_at)).unwrap_or(0);
        max_ms.checked_sub(silent_ms).filter(|left| *left > 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn polling_at(now: Millis) -> Connection {
        let mut connection = Connection::new();
        for _ in 0..SOCKET_TRIES {
            assert_eq!(connection.open(now), Way::Socket);
            connection.lost(now, 0);
        }
        assert_eq!(connection.open(now), Way::Poll);
        connection.welcomed(now, true, 0);
        connection
    }

    #[test]
    fn where_no_socket_comes_through_polling_takes_over() {
        let mut connection = polling_at(0);
        assert_eq!(connection.open(SOCKET_AGAIN_AFTER_MS - 1), Way::Poll);
    }

    #[test]
    fn while_polling_a_socket_is_tried_once_in_a_while() {
        let mut connection = polling_at(0);
        let later = SOCKET_AGAIN_AFTER_MS;
        assert_eq!(connection.open(later), Way::Socket);
        connection.lost(later, 0);
        assert_eq!(connection.open(later), Way::Poll, "one try was enough");
    }

    #[test]
    fn a_socket_that_comes_through_ends_the_polling() {
        let mut connection = polling_at(0);
        connection.open(SOCKET_AGAIN_AFTER_MS);
        connection.welcomed(SOCKET_AGAIN_AFTER_MS, true, 0);
        connection.lost(SOCKET_AGAIN_AFTER_MS + 1, 0);
        assert_eq!(connection.open(SOCKET_AGAIN_AFTER_MS + 2), Way::Socket);
    }

    #[test]
    fn a_server_that_welcomes_and_hangs_up_is_asked_ever_less_often() {
        let mut connection = Connection::new();
        let mut after_ms = 0;
        for _ in 0..10 {
            connection.open(0);
            connection.welcomed(0, true, 0);
            after_ms = connection.lost(1_000, u32::MAX);
        }
        assert_eq!(after_ms, 29_999);
        connection.open(0);
        connection.welcomed(0, true, 0);
        assert_eq!(connection.lost(STEADY_AFTER_MS, u32::MAX), 499, "this one lived");
    }

    #[test]
    fn polls_that_bring_nothing_new_do_not_spin() {
        let mut connection = polling_at(0);
        connection.open(0);
        assert_eq!(connection.welcomed(0, true, u32::MAX), None);
        connection.open(0);
        assert_eq!(connection.welcomed(0, false, u32::MAX), Some(499));
        assert!(!connection.is_due());
    }
}
