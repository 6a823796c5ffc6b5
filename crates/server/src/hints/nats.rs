//! Hints by NATS: for many nodes, whose hints would wait for each other in `NOTIFY`, which takes a lock of the whole
//! database; and for a pooler in front of the database that does not pass `LISTEN` on.

use std::fmt;
use std::str::FromStr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context, ensure};
use async_nats::{Client, ConnectOptions, Event, ServerAddr, Subscriber};
use futures_util::StreamExt;
use percent_encoding::percent_decode_str;
use porchlight_store::hint::{Heard, Hint, Told, Untold};
use porchlight_store::{Error, Store};
use tokio::sync::Notify;
use url::Url;

/// The pause before a link that was lost is made anew.
const PAUSE: Duration = Duration::from_secs(1);

/// The address of a NATS server, perhaps with a user and a password, or a token. Printed without them.
#[derive(Clone, PartialEq, Eq)]
pub struct NatsAddress(Url);

impl NatsAddress {
    /// Whether a text is meant to be an address of NATS.
    pub fn is_meant(text: &str) -> bool {
        text.starts_with("nats://") || text.starts_with("tls://")
    }

    /// What its server is told of who connects: a user and a password, or what stands alone before the host, a token.
    fn options(&self) -> ConnectOptions {
        let text = |part: &str| percent_decode_str(part).decode_utf8_lossy().into_owned();
        match (self.0.username(), self.0.password()) {
            ("", None) => ConnectOptions::new(),
            (token, None) => ConnectOptions::with_token(text(token)),
            (user, Some(password)) => {
                ConnectOptions::with_user_and_password(text(user), text(password))
            }
        }
    }
}

impl FromStr for NatsAddress {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> anyhow::Result<Self> {
        const FORM: &str = "an address of NATS is nats://HOST:PORT, or tls://HOST:PORT, with USER:PASSWORD@ before the host \
                            if need be";
        let url: Url = text.parse().context(FORM)?;
        let bare =
            matches!(url.path(), "" | "/") && url.query().is_none() && url.fragment().is_none();
        ensure!(Self::is_meant(text) && url.has_host() && bare, FORM);
        Ok(NatsAddress(url))
    }
}

impl fmt::Display for NatsAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}", self.0.scheme(), self.0.host_str().unwrap_or_default())?;
        self.0.port().map_or(Ok(()), |port| write!(f, ":{port}"))
    }
}

impl fmt::Debug for NatsAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// What the other nodes have not been told yet.
#[derive(Default)]
struct Waiting {
    untold: Mutex<Untold>,
    some: Notify,
}

impl Waiting {
    /// A poisoned lock is used anyway: each addition is whole.
    fn add(&self, told: Told) {
        self.untold.lock().unwrap_or_else(PoisonError::into_inner).add(told);
        self.some.notify_one();
    }

    async fn take(&self) -> Untold {
        loop {
            let untold =
                std::mem::take(&mut *self.untold.lock().unwrap_or_else(PoisonError::into_inner));
            if !untold.is_empty() {
                return untold;
            }
            self.some.notified().await;
        }
    }
}

/// Tells other nodes by NATS, as long as its [`Link`] runs.
pub struct NatsHints(Arc<Waiting>);

impl NatsHints {
    /// Tells the other nodes, soon.
    pub fn tell(&self, told: Told) {
        self.0.add(told);
    }
}

/// The connection to NATS of a node.
pub struct Link {
    address: NatsAddress,
    store: Store,
    heard: Heard,
    waiting: Arc<Waiting>,
}

/// Hints of a node, and the link that has to run for them.
pub fn link(address: NatsAddress, store: Store, heard: Heard) -> (NatsHints, Link) {
    let waiting = Arc::<Waiting>::default();
    let link = Link { address, store, heard, waiting: Arc::clone(&waiting) };
    (NatsHints(waiting), link)
}

impl Link {
    /// Takes and sends hints until it is dropped. While NATS is away, what others do is seen within a second.
    pub async fn run(self) {
        loop {
            if let Err(error) = self.linked().await {
                tracing::warn!(
                    address = %self.address, error = format!("{error:#}"),
                    "no hints by NATS: until they are back, what other nodes do is seen within a second"
                );
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    async fn linked(&self) -> anyhow::Result<()> {
        let database = self
            .store
            .database_name()
            .await
            .map_err(Error::told)?
            .context("a folder has no other nodes")?;
        let subject = format!("porchlight.hints.{database}");
        // Without user and password: those are options.
        let server: ServerAddr = self.address.to_string().parse()?;
        let client = self.options().connect(server).await?;
        let hints = client.subscribe(subject.clone()).await?;
        tokio::select! {
            told = self.tell(&client, &subject) => told,
            () = self.listen(hints) => anyhow::bail!("the subscription has ended"),
        }
    }

    fn options(&self) -> ConnectOptions {
        let (address, lost) = (self.address.clone(), AtomicBool::new(false));
        self.address
            .options()
            .name(format!("porchlight {}", self.store.node()))
            .no_echo()
            .retry_on_initial_connect()
            .reconnect_delay_callback(|tries| if tries < 2 { Duration::ZERO } else { PAUSE })
            .event_callback(move |event| {
                note(&address, &lost, &event);
                std::future::ready(())
            })
    }

    /// Tells the others, once for all that has come meanwhile.
    async fn tell(&self, client: &Client, subject: &str) -> anyhow::Result<()> {
        loop {
            let untold = self.waiting.take().await;
            for hint in untold.texts(self.store.node()) {
                client.publish(subject.to_owned(), hint.into()).await?;
            }
            // Waits while the connection is lost, and gathers meanwhile.
            client.flush().await?;
        }
    }

    async fn listen(&self, mut hints: Subscriber) {
        while let Some(message) = hints.next().await {
            let text = str::from_utf8(&message.payload).unwrap_or_default();
            (self.heard)(Hint::read(text, self.store.node()));
        }
    }
}

/// Logs that the connection is lost, or there again. It is tried once a second, and logged once.
fn note(address: &NatsAddress, lost: &AtomicBool, event: &Event) {
    let why = match event {
        Event::Connected => {
            lost.store(false, Ordering::Relaxed);
            return tracing::info!(%address, "hints come by NATS");
        }
        Event::Disconnected => "disconnected".to_owned(),
        Event::ClientError(error) => error.to_string(),
        Event::ServerError(error) => error.to_string(),
        other => return tracing::debug!(%address, event = %other, "NATS"),
    };
    if !lost.swap(true, Ordering::Relaxed) {
        tracing::warn!(
            %address, error = why,
            "no hints by NATS: until they are back, what other nodes do is seen within a second"
        );
    }
}
