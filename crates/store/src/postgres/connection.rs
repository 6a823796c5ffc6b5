//! A connection that sends several statements at once (pipelining), so that they cost one round trip.

use std::collections::VecDeque;
use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::task::{Context, Poll};
use std::time::Duration;

use postgres::error::{DbError, Severity};
use postgres::types::ToSql;
use postgres::{Error, Row, Statement};
use tokio::runtime::Runtime;
use tokio::time::timeout;
use tokio_postgres::{Client, Config};
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::sql::{Param, ToParam, Value};

/// Time within which the database must have been told that the connection ends.
const CLOSED_WITHIN: Duration = Duration::from_secs(1);

/// A connection. Its calls block: they are not for threads of an asynchronous runtime.
pub(super) struct Connection {
    // In this order: the socket ends once the client is gone.
    client: Client,
    socket: Socket,
}

/// The socket of a connection. Nothing moves on it outside of [`Socket::answer`].
struct Socket {
    runtime: Runtime,
    /// `None` once the connection is lost.
    traffic: Option<Traffic>,
}

/// Reads and writes until the connection ends.
type Traffic = Pin<Box<dyn Future<Output = Result<(), Error>> + Send>>;

/// A statement that is to be sent with a later one.
pub(super) struct Waiting {
    statement: Statement,
    params: Vec<Value>,
}

impl Waiting {
    pub(super) fn new(statement: Statement, params: &[Param<'_>]) -> Self {
        Waiting { statement, params: params.iter().map(|param| Value::from(*param)).collect() }
    }
}

/// Why a statement has no answer.
pub(super) struct Failed {
    pub(super) error: Error,
    /// True if the cause is one of the statements before it, or the connection; false if it is the statement itself.
    pub(super) is_of_others: bool,
}

impl Failed {
    fn of_others(error: Error) -> Self {
        Failed { error, is_of_others: true }
    }
}

/// The answer to one of the statements that are sent before another one.
type Answer<'a> = Pin<Box<dyn Future<Output = Result<u64, Error>> + 'a>>;

impl Connection {
    /// Connects, with a runtime that nobody else uses.
    pub(super) fn open(
        runtime: Runtime,
        config: &Config,
        tls: MakeRustlsConnect,
    ) -> Result<Self, Error> {
        let (client, traffic) = runtime.block_on(config.connect(tls))?;
        Ok(Connection { client, socket: Socket { runtime, traffic: Some(Box::pin(traffic)) } })
    }

    /// False if the connection is lost.
    pub(super) fn is_open(&self) -> bool {
        !self.client.is_closed()
    }

    /// Prepares a statement.
    pub(super) fn prepare(&mut self, sql: &str) -> Result<Statement, Failed> {
        self.send(&[], |client| client.prepare(sql))
    }

    /// Sends the statements that wait and then this one, and returns the rows of this one.
    pub(super) fn query(
        &mut self,
        before: &[Waiting],
        statement: &Statement,
        params: &[Param<'_>],
    ) -> Result<Vec<Row>, Failed> {
        let params = by_reference(params);
        self.send(before, |client| client.query(statement, &params))
    }

    /// Sends the statements that wait and then this one, and returns the number of rows that this one has changed.
    pub(super) fn execute(
        &mut self,
        before: &[Waiting],
        statement: &Statement,
        params: &[Param<'_>],
    ) -> Result<u64, Failed> {
        let params = by_reference(params);
        self.send(before, |client| client.execute(statement, &params))
    }

    /// Sends the statements that wait and then the statements of this text.
    pub(super) fn batch(&mut self, before: &[Waiting], sql: &str) -> Result<(), Failed> {
        self.send(before, |client| client.batch_execute(sql))
    }

    fn send<'c, T, A: Future<Output = Result<T, Error>>>(
        &'c mut self,
        before: &'c [Waiting],
        last: impl FnOnce(&'c Client) -> A,
    ) -> Result<T, Failed> {
        let client = &self.client;
        let before = before.iter().map(|Waiting { statement, params }| -> Answer<'_> {
            Box::pin(client.execute_raw(statement, params.iter().map(ToParam::to_param)))
        });
        let answer = self.socket.answer(before.collect(), last(client));
        if answer.as_ref().is_err_and(|failed| is_fatal(&failed.error)) {
            // The end of the connection is on its way.
            self.socket.traffic = None;
        }
        answer
    }
}

/// True for an error that ends the connection.
fn is_fatal(error: &Error) -> bool {
    let severity = error.as_db_error().and_then(DbError::parsed_severity);
    matches!(severity, Some(Severity::Fatal | Severity::Panic))
}

fn by_reference<'p>(params: &'p [Param<'_>]) -> Vec<&'p (dyn ToSql + Sync)> {
    params.iter().map(|param| param as _).collect()
}

impl Socket {
    /// Waits for the answer to the last of several statements. Each is sent when its future is polled for the first time.
    fn answer<T>(
        &mut self,
        mut before: VecDeque<Answer<'_>>,
        last: impl Future<Output = Result<T, Error>>,
    ) -> Result<T, Failed> {
        let traffic = &mut self.traffic;
        let mut last = pin!(last);
        let (mut are_sent, mut at_last) = (false, None);
        self.runtime.block_on(poll_fn(move |context| {
            if let Some(error) = lost(traffic, context) {
                return Poll::Ready(Err(Failed::of_others(error)));
            }
            if !are_sent {
                for answer in &mut before {
                    // One that can't even be sent keeps those after it from being sent: a `COMMIT`, say.
                    if let Poll::Ready(Err(error)) = answer.as_mut().poll(context) {
                        return Poll::Ready(Err(Failed::of_others(error)));
                    }
                }
                are_sent = true;
                // If this one can't be sent, those before it may have failed all the same.
                if let Poll::Ready(answer) = last.as_mut().poll(context) {
                    at_last = Some(answer);
                }
            }
            // Answers come in the order in which they were asked for.
            while let Some(answer) = before.front_mut() {
                match answer.as_mut().poll(context) {
                    Poll::Ready(Ok(_)) => drop(before.pop_front()),
                    Poll::Ready(Err(error)) => return Poll::Ready(Err(Failed::of_others(error))),
                    Poll::Pending => return Poll::Pending,
                }
            }
            let answer = at_last.take().map_or_else(|| last.as_mut().poll(context), Poll::Ready);
            answer.map_err(of_itself)
        }))
    }
}

fn of_itself(error: Error) -> Failed {
    Failed { error, is_of_others: false }
}

/// Moves what is to be read or written. Returns the error with which the connection was lost, if it is now.
fn lost(traffic: &mut Option<Traffic>, context: &mut Context<'_>) -> Option<Error> {
    let ended = match traffic.as_mut()?.as_mut().poll(context) {
        Poll::Ready(ended) => ended,
        Poll::Pending => return None,
    };
    // Whatever still waits for an answer gets an error.
    *traffic = None;
    ended.err()
}

/// Tells the database that the connection ends, so that what it holds is free at once.
impl Drop for Socket {
    fn drop(&mut self) {
        if let Some(traffic) = self.traffic.take() {
            let _ = self.runtime.block_on(async { timeout(CLOSED_WITHIN, traffic).await });
        }
    }
}
