//! A server from its start to its end.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use anyhow::{Context, anyhow, bail};
use porchlight_store::Origin;
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::app::{App, ForTail};
use crate::config::ServerConfig;
use crate::{connections, housekeeping, mail, metrics, outside, presence, routes};

/// Time for open requests and sockets to end when the server goes down.
const FAREWELL: Duration = Duration::from_secs(8);

/// A server that is bound to its address but does not answer yet.
pub struct Server {
    /// The state that its handlers share.
    pub app: App,
    /// The address that it is bound to.
    pub address: SocketAddr,
    /// The address of its metrics.
    pub metrics_address: Option<SocketAddr>,
    listener: TcpListener,
    metrics: Option<TcpListener>,
    for_tail: ForTail,
}

/// Binds an address. The error says what to do if another program uses it.
pub async fn listen(address: SocketAddr) -> anyhow::Result<TcpListener> {
    match TcpListener::bind(address).await {
        Ok(listener) => Ok(listener),
        Err(error) if error.kind() == std::io::ErrorKind::AddrInUse => bail!(
            "{address} is in use by another program. Stop that program, or choose another port: \
             port 0 takes a free one"
        ),
        Err(error) => Err(error).with_context(|| format!("can't listen on {address}")),
    }
}

/// The origin at which browsers on this machine reach `address`.
pub fn local_origin(address: SocketAddr) -> anyhow::Result<Origin> {
    let ip = address.ip();
    let host = match ip {
        ip if ip.is_loopback() || ip.is_unspecified() => "localhost".to_owned(),
        IpAddr::V4(v4) => v4.to_string(),
        IpAddr::V6(v6) => format!("[{v6}]"),
    };
    format!("http://{host}:{}", address.port()).parse()
}

impl Server {
    /// Opens the store and binds the address, and that of the metrics.
    pub async fn bind(mut config: ServerConfig, address: SocketAddr) -> anyhow::Result<Self> {
        let listener = listen(address).await?;
        let address = listener.local_addr()?;
        let metrics = match config.metrics {
            Some(address) => Some(listen(address).await.context("the metrics (--metrics)")?),
            None => None,
        };
        let metrics_address = metrics.as_ref().map(TcpListener::local_addr).transpose()?;
        let own_origin = match &config.public_url {
            Some(origin) => origin.clone(),
            None => local_origin(address)?,
        };
        let files_allow = connections::raise_file_limit();
        let total_max = &mut config.connections.total_max;
        *total_max = Some(total_max.map_or(files_allow, |max| max.min(files_allow)));
        let (app, for_tail) = App::open(config, own_origin)?;
        Ok(Server { app, address, metrics_address, listener, metrics, for_tail })
    }

    /// Serves until `stop` completes; then closes the sockets, waits for open requests and closes the store. Fails
    /// if one of the background tasks ends before.
    pub async fn run(self, stop: impl Future<Output = ()> + Send + 'static) -> anyhow::Result<()> {
        let Server { app, listener, metrics, for_tail, .. } = self;
        let stopping = app.stopping.clone();
        tokio::spawn(async move {
            stop.await;
            stopping.cancel();
        });
        let (router, connections) = (routes::router(app.clone()), app.config().connections);
        let (behind_proxy, stopping) = (app.config().behind_proxy, app.stopping.clone());
        let mut tasks = Tasks::default();
        let timer = app.timer.clone();
        tasks.run("the timer", timer.run(app.store.clone(), app.config().timer_every));
        tasks.run("the polling of the store", outside::run(app.clone()));
        tasks.run("the housekeeping", housekeeping::run(app.clone()));
        let ForTail { news, hints, link } = for_tail;
        if let Some(link) = link {
            tasks.run("the hints by NATS", link.run());
        }
        tasks.run("the tail of the log", app.tail.clone().run(news, hints));
        tasks.run("the announcing of teams", presence::run(app.clone()));
        tasks.run("the sending of mail", mail::run(app.clone()));
        let hub = app.hub.clone();
        tasks.run("the watch over presence", async move { hub.watch_presence().await });
        // Metrics are served while the last requests end, too.
        let measured = CancellationToken::new();
        let _measured = measured.clone().drop_guard();
        if let Some(listener) = metrics {
            let serving = metrics::listener::serve(app.clone(), listener, measured);
            tasks.run("the listener for metrics", serving);
        }
        let counted = app.metrics.connections.clone();
        let mut serving = tokio::spawn(connections::serve(
            listener,
            router,
            connections,
            behind_proxy,
            counted,
            stopping,
        ));

        let lost = tokio::select! {
            // Going down ends the others too.
            biased;
            () = app.stopping.cancelled() => None,
            lost = tasks.ended() => Some(lost),
            ended = &mut serving => Some(why("serving", ended)),
        };
        if let Some(lost) = &lost {
            tracing::error!(%lost, "the server can't go on");
            app.stopping.cancel();
        }
        tracing::info!("going down");
        app.sockets.close();
        let spread = if lost.is_none() { app.config().hand_over } else { Duration::ZERO };
        app.hub.hand_over(spread).await;
        let farewell = async {
            if !serving.is_finished() {
                let _ = (&mut serving).await;
            }
            app.sockets.wait().await;
        };
        if tokio::time::timeout(FAREWELL, farewell).await.is_err() {
            tracing::warn!("some requests did not end in time");
            serving.abort();
        }
        drop(tasks);
        app.store.close().await;
        tracing::info!("down");
        lost.map_or(Ok(()), Err)
    }
}

/// The background tasks, which run for as long as the server does. Dropping `Tasks` aborts them.
#[derive(Default)]
struct Tasks {
    running: JoinSet<()>,
    names: Vec<(tokio::task::Id, &'static str)>,
}

impl Tasks {
    fn run(&mut self, name: &'static str, task: impl Future<Output = ()> + Send + 'static) {
        let id = self.running.spawn(task).id();
        self.names.push((id, name));
    }

    /// Waits until a task ends, which none should, and returns why.
    async fn ended(&mut self) -> anyhow::Error {
        match self.running.join_next_with_id().await {
            Some(ended) => {
                let id = match &ended {
                    Ok((id, ())) => *id,
                    Err(error) => error.id(),
                };
                let name = self.names.iter().find(|(other, _)| *other == id);
                why(name.map_or("a task", |(_, name)| name), ended.map(|_| ()))
            }
            None => std::future::pending().await,
        }
    }
}

fn why(name: &str, ended: Result<(), tokio::task::JoinError>) -> anyhow::Error {
    match ended {
        Ok(()) => anyhow!("{name} ended by itself"),
        Err(error) => anyhow::Error::from(error).context(format!("{name} ended")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_ends_too_early_is_told_with_its_name_and_why() {
        for (panics, words) in [(true, "out of time"), (false, "by itself")] {
            let mut tasks = Tasks::default();
            tasks.run("the watch", std::future::pending());
            tasks.run("the timer", async move { assert!(!panics, "out of time") });
            let lost = format!("{:#}", tasks.ended().await);
            assert!(lost.starts_with("the timer ended") && lost.contains(words), "{lost}");
        }
    }
}
