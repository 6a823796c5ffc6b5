//! The demo: the product on one origin, a shop that embeds it on another, and sample conversations.

mod past;
mod seed;
mod shop;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Context;
use clap::Args;
use porchlight_store::Origin;
use porchlight_store::clock::TimeSource;

use crate::cli::stop_signal;
use crate::config::ServerConfig;
use crate::server::{Server, listen};

/// The arguments of the demo.
#[derive(Args)]
pub struct DemoArgs {
    /// The folder of the data file.
    #[arg(long, env = "PORCHLIGHT_DATA")]
    data: PathBuf,
    /// The address of the server. Port 0 takes a free one.
    #[arg(long, env = "PORCHLIGHT_LISTEN", default_value = "127.0.0.1:8787")]
    listen: SocketAddr,
    /// The address of the shop. Port 0 takes a free one.
    #[arg(long, env = "PORCHLIGHT_SHOP_LISTEN", default_value = "127.0.0.1:8788")]
    shop_listen: SocketAddr,
    /// The address at which browsers reach the server, if it is another one.
    #[arg(long, env = "PORCHLIGHT_PUBLIC_URL")]
    public_url: Option<Origin>,
}

/// Runs the demo until SIGTERM or SIGINT.
pub async fn run(args: DemoArgs) -> anyhow::Result<()> {
    let shop_listener = listen(args.shop_listen).await.context("the shop (--shop-listen)")?;
    // The shop's origin has an IP address, the product's a name, so that they are two sites on one machine.
    let shop_origin: Origin = format!("http://{}", shop_listener.local_addr()?).parse()?;
    let past = Arc::new(past::Past::default());
    past.is_ago(seed::BEGINS_AGO);
    let config = ServerConfig {
        public_url: args.public_url,
        time: Arc::clone(&past) as Arc<dyn TimeSource>,
        ..ServerConfig::new(&args.data)
    };
    let server = Server::bind(config, args.listen).await.context("the product (--listen)")?;
    let app = server.app.clone();

    let demo = seed::seed(&app, &past, &args.data, &shop_origin).await?;
    past.is_over();
    let shop = shop::Shop {
        server: app.own_origin().clone(),
        site_key: demo.site_key.clone(),
        mia_key: demo.mia_key.clone(),
    };
    let stopping = app.stopping.clone().cancelled_owned();
    tokio::spawn(shop::serve(shop, shop_listener, stopping));

    tell(app.own_origin(), &shop_origin);
    server.run(stop_signal()).await
}

#[expect(clippy::print_stdout, reason = "the demo's addresses are for people")]
fn tell(server: &Origin, shop: &Origin) {
    println!();
    println!("  Porchlight is running.");
    println!();
    println!("  The shop    {shop}/");
    println!("  The inbox   {server}/dashboard/chat/inbox");
    println!("  Sign in     {} / {}", seed::ADA_EMAIL, seed::PASSWORD);
    println!("       or     {} / {}", seed::BEN_EMAIL, seed::PASSWORD);
    println!();
    println!("  Open both side by side: write in the shop, answer in the inbox.");
    println!("  Ctrl+C stops it; the data is kept.");
    println!();
}
