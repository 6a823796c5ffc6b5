//! The demo.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Args;

/// What the demo is told.
#[derive(Args)]
pub struct DemoArgs {
    /// The folder of the data file.
    #[arg(long, env = "PORCHLIGHT_DATA")]
    data: PathBuf,
    /// Where the product listens.
    #[arg(long, env = "PORCHLIGHT_LISTEN", default_value = "127.0.0.1:8787")]
    listen: SocketAddr,
    /// Where the shop listens.
    #[arg(long, env = "PORCHLIGHT_SHOP_LISTEN", default_value = "127.0.0.1:8788")]
    shop_listen: SocketAddr,
}

/// Runs the demo.
pub async fn run(_: DemoArgs) -> anyhow::Result<()> {
    anyhow::bail!("soon")
}
