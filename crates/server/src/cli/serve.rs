//! `porchlight serve`.

use std::net::SocketAddr;
use std::str::FromStr;

use anyhow::{Context, ensure};
use clap::Args;
use porchlight_store::{Error, Origin, Place, StoreConfig, random};

use crate::app::App;
use crate::config::ServerConfig;
use crate::hints::HintsBy;
use crate::mail::config::MailArgs;
use crate::server::Server;

use super::DataArg;

#[derive(Args)]
pub(super) struct ServeArgs {
    /// The address to listen on.
    #[arg(long, env = "PORCHLIGHT_LISTEN", default_value = "127.0.0.1:8787")]
    listen: SocketAddr,
    #[command(flatten)]
    data: DataArg,
    /// The address at which browsers reach the server, such as https://chat.example. It is remembered; without it,
    /// the server uses the address it listens on.
    #[arg(long, env = "PORCHLIGHT_PUBLIC_URL")]
    public_url: Option<Origin>,
    /// The server is behind a proxy: rate limits count by the last address in X-Forwarded-For, and X-Request-Id is
    /// the id of a request.
    #[arg(long, env = "PORCHLIGHT_BEHIND_PROXY")]
    behind_proxy: bool,
    /// The address at which to serve metrics for Prometheus, at /metrics, such as 127.0.0.1:9187. Without it, there
    /// are none.
    #[arg(long, env = "PORCHLIGHT_METRICS")]
    metrics: Option<SocketAddr>,
    /// The maximum size of the data file, such as 20GB. At this size the server refuses new messages. Without it,
    /// the disk is the limit.
    #[arg(long, env = "PORCHLIGHT_MAX_SIZE")]
    max_size: Option<Size>,
    /// How the nodes of one database hint at changes: `database` (LISTEN and NOTIFY), an address of NATS such as
    /// nats://USER:PASSWORD@HOST:4222, or `none`. Without hints, a node notices within a second what others have done.
    #[arg(long, env = "PORCHLIGHT_HINTS", hide_env_values = true, default_value_t)]
    hints: HintsBy,
    #[command(flatten)]
    mail: Box<MailArgs>,
}

/// A number of bytes, written with a unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Size(u64);

impl FromStr for Size {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> anyhow::Result<Self> {
        let text = text.trim();
        let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
        let (number, unit) = text.split_at_checked(digits).unwrap_or((text, ""));
        let factor: u64 = match unit.trim().to_ascii_uppercase().trim_end_matches('B') {
            "" => 1,
            "K" | "KI" => 1 << 10,
            "M" | "MI" => 1 << 20,
            "G" | "GI" => 1 << 30,
            "T" | "TI" => 1 << 40,
            _ => anyhow::bail!("{text:?} is not a size, such as 500MB or 20GB"),
        };
        let number: u64 = number.parse().with_context(|| format!("{text:?} is not a size"))?;
        let bytes = number.checked_mul(factor).with_context(|| format!("{text:?} is too large"))?;
        ensure!(bytes >= 1 << 20, "{text:?} is too small: a store needs 1 MB");
        Ok(Size(bytes))
    }
}

pub(super) async fn run(args: ServeArgs) -> anyhow::Result<()> {
    ensure!(
        args.max_size.is_none() || matches!(args.data.place(), Place::Folder(_)),
        "--max-size is for a data file: the size of a database is limited where it runs"
    );
    let store = args.data.store();
    // What it was started with last, unless it is told another one. An older store knows none.
    let given = args.public_url;
    let public_url = match &given {
        Some(url) => Some(url.clone()),
        // A database's client blocks, which a thread of the runtime must not.
        None => tokio::task::spawn_blocking(move || store.public_url().ok().flatten()).await?,
    };
    let config = ServerConfig {
        public_url,
        behind_proxy: args.behind_proxy,
        metrics: args.metrics,
        hints: args.hints,
        mail: args.mail.config()?,
        store: StoreConfig {
            bytes_max: args.max_size.map(|size| size.0),
            ..StoreConfig::default()
        },
        ..ServerConfig::at(args.data.place())
    };
    let server = Server::bind(config, args.listen).await?;
    let app = &server.app;
    if let Some(url) = given {
        app.store.set_public_url(url).await.map_err(Error::told)?;
    }
    let url = app.own_origin();
    let sign_in = format!("{url}/dashboard/chat/inbox");
    tracing::info!(listen = %server.address, %url, sign_in, "serving");
    if let Some(address) = server.metrics_address {
        tracing::info!(url = %format_args!("http://{address}/metrics"), "serving metrics");
    }
    if !app.store.has_sites().await.map_err(Error::told)? {
        offer_setup(app).await?;
    }
    server.run(stop_signal()).await
}

/// Prints the address at which the first site and its owner are made. On the terminal and not in the log, which others may
/// read; the secret is in the fragment, so that no other log gets it either.
async fn offer_setup(app: &App) -> anyhow::Result<()> {
    let token = random::token()?;
    if app.store.offer_setup(random::hash(&token)).await.map_err(Error::told)? {
        let url = app.own_origin();
        println!(
            "There is no site yet. Set the first one up at\n\n    {url}/dashboard/setup#{token}\n"
        );
        println!(
            "The address works once, until the server starts again. Or: porchlight site add --help"
        );
    }
    Ok(())
}

/// Waits for SIGTERM or SIGINT.
pub(crate) async fn stop_signal() {
    use tokio::signal::unix::{SignalKind, signal};
    let Ok(mut terminate) = signal(SignalKind::terminate()) else {
        let _ = tokio::signal::ctrl_c().await;
        return;
    };
    tokio::select! {
        _ = terminate.recv() => {}
        _ = tokio::signal::ctrl_c() => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_size_has_a_unit() {
        for (text, bytes) in [
            ("20GB", 20 << 30),
            ("500 MB", 500 << 20),
            ("2g", 2 << 30),
            ("1TiB", 1 << 40),
            ("1048576", 1 << 20),
        ] {
            assert_eq!(text.parse::<Size>().unwrap(), Size(bytes), "{text}");
        }
        for bad in ["", "GB", "-1GB", "1.5GB", "20 apples", "1KB", "99999999999TB"] {
            assert!(bad.parse::<Size>().is_err(), "{bad}");
        }
    }
}
