//! A server from its start to its end.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use anyhow::{Context, bail};
use axum::serve::ListenerExt;
use tokio::net::TcpListener;

use crate::app::App;
use crate::config::ServerConfig;
use crate::origin::Origin;
use crate::routes;
use crate::{timer, watch};

/// Time for open requests and sockets to end when the server goes down.
const FAREWELL: Duration = Duration::from_secs(8);

/// A server that listens but does not answer yet.
pub struct Server {
    /// What its handlers have at hand.
    pub app: App,
    /// Where it listens.
    pub address: SocketAddr,
    listener: TcpListener,
}

/// Listens, or says what to do if another program does so already.
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

/// Where browsers reach what listens here, as far as that can be known.
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
    /// Opens the store and listens.
    pub async fn bind(config: ServerConfig, address: SocketAddr) -> anyhow::Result<Self> {
        let listener = listen(address).await?;
        let address = listener.local_addr()?;
        let own_origin = match &config.public_url {
            Some(origin) => origin.clone(),
            None => local_origin(address)?,
        };
        let app = App::open(config, own_origin)?;
        Ok(Server { app, address, listener })
    }

    /// Answers until `stop`; then tells everybody, lets them finish and closes the store.
    pub async fn run(self, stop: impl Future<Output = ()> + Send + 'static) -> anyhow::Result<()> {
        let Server { app, listener, .. } = self;
        let timer = tokio::spawn(timer::run(app.clone()));
        let watch = tokio::spawn(watch::run(app.clone()));
        let stopping = app.stopping.clone();
        tokio::spawn(async move {
            stop.await;
            stopping.cancel();
        });
        let listener = listener.tap_io(|connection| {
            let _ = connection.set_nodelay(true);
        });
        let service =
            routes::router(app.clone()).into_make_service_with_connect_info::<SocketAddr>();
        let stopped = app.stopping.clone().cancelled_owned();
        let serving = tokio::spawn(
            axum::serve(listener, service).with_graceful_shutdown(stopped).into_future(),
        );

        app.stopping.cancelled().await;
        tracing::info!("going down");
        app.sockets.close();
        let farewell = async {
            let served = serving.await;
            app.sockets.wait().await;
            served
        };
        match tokio::time::timeout(FAREWELL, farewell).await {
            Ok(Ok(Ok(()))) => {}
            Ok(Ok(Err(error))) => tracing::error!(%error, "serving failed"),
            Ok(Err(error)) => tracing::error!(%error, "serving failed"),
            Err(_) => tracing::warn!("some requests did not end in time"),
        }
        watch.abort();
        timer.abort();
        app.store.close().await;
        tracing::info!("down");
        Ok(())
    }
}
