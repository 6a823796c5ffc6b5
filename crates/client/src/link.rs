//! The connection: when to open it, when to treat it as dead, how long to wait before the next try.

use porchlight_protocol::Millis;
use porchlight_protocol::limits::SILENCE_MAX_MS;

use crate::backoff::backoff_ms;

/// The state of the connection, for the view.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Link {
    /// Not wanted yet: there is no identity to connect with.
    Idle,
    /// Connecting; no try has failed yet.
    Connecting,
    /// Live.
    Up,
    /// Lost; the machine reconnects by itself.
    Down,
}

/// Sockets that fail before their welcome until polling takes over: some networks block WebSockets.
const SOCKET_TRIES: u32 = 3;

/// Milliseconds of polling before the next try with a socket.
const SOCKET_AGAIN_AFTER_MS: Millis = 5 * 60_000;

/// Milliseconds that a socket may take to its welcome: some networks drop its data silently.
const WELCOME_MAX_MS: u64 = 10_000;

/// Milliseconds that a socket must have lived to reset the back-off: otherwise a server that sends a welcome
/// and hangs up would be asked in a tight loop.
const STEADY_AFTER_MS: Millis = 10_000;

#[derive(Debug, Clone)]
pub(crate) struct Connection {
    pub link: Link,
    /// The open socket or poll.
    out: Option<Way>,
    /// True while the back-off's timer runs.
    waiting: bool,
    tries: u32,
    sockets_failed: u32,
    polling_since: Option<Millis>,
    /// When the open socket or poll got its welcome.
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

    /// True if there is no socket or poll, and no back-off to wait for.
    pub fn is_due(&self) -> bool {
        self.out.is_none() && !self.waiting
    }

    /// True if a socket or a poll is open.
    pub fn is_out(&self) -> bool {
        self.out.is_some()
    }

    /// Ends the wait before the next try.
    pub fn hurry(&mut self) {
        self.waiting = false;
    }

    /// Opens a socket or a poll, which replaces the previous one. Returns which of them it is.
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

    /// Socket or poll, for the next try.
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

    /// A welcome has arrived, and ends a poll. After a poll without news the next one is delayed, in case a
    /// proxy answers polls at once. Returns the milliseconds to wait, if any.
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

    /// The socket was lost or the poll failed. Returns the milliseconds to wait before the next try.
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

    /// The machine closes the socket or cancels the poll.
    pub fn close(&mut self, link: Link) {
        self.out = None;
        self.waiting = false;
        self.link = link;
    }

    /// Milliseconds until the socket is treated as dead; `None` if it is dead already.
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
