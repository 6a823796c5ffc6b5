//! The demo: the product on one origin, a shop that embeds it on another, and sample conversations.

mod outbox;
mod past;
mod seed;
mod shop;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Context;
use clap::Args;
use porchlight_store::clock::TimeSource;
use porchlight_store::{Database, Origin, Place, StoreConfig};

use crate::cli::{Unrepeated, stop_signal};
use crate::config::ServerConfig;
use crate::mail::MailConfig;
use crate::mail::config::Sender;
use crate::mail::outbox::Outbox;
use crate::server::{Server, listen};

/// The arguments of the demo.
#[derive(Args)]
pub struct DemoArgs {
    /// The folder of the data file. With --database, of the demo's keys.
    #[arg(long, env = "PORCHLIGHT_DATA")]
    data: PathBuf,
    /// The PostgreSQL database, if the store is in one: postgres://USER:PASSWORD@HOST/NAME.
    #[arg(long, env = "PORCHLIGHT_DATABASE", hide_env_values = true, value_name = "URL")]
    #[arg(value_parser = Unrepeated::<Database>::new())]
    database: Option<Database>,
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
    let place = match args.database {
        Some(database) => Place::Database(Box::new(database)),
        None => Place::Folder(args.data.clone()),
    };
    std::fs::create_dir_all(&args.data)
        .with_context(|| format!("can't make the data folder {}", args.data.display()))?;
    let outbox = Outbox::default();
    let sender: Sender = "chat@lantern.example".parse()?;
    let config = ServerConfig {
        public_url: args.public_url,
        mail: Some(MailConfig::kept_in(outbox.clone(), sender.0)),
        time: Arc::clone(&past) as Arc<dyn TimeSource>,
        // The sample conversations happened over the last days.
        store: StoreConfig { machine_time: true, ..StoreConfig::default() },
        ..ServerConfig::at(place)
    };
    let server = Server::bind(config, args.listen).await.context("the product (--listen)")?;
    let app = server.app.clone();

    let demo = seed::seed(&app, &past, &args.data, &shop_origin).await?;
    past.is_over();
    let shop = shop::Shop {
        server: app.own_origin().clone(),
        site_key: demo.site_key.clone(),
        mia_key: demo.mia_key.clone(),
        outbox,
    };
    let stopping = app.stopping.clone().cancelled_owned();
    tokio::spawn(shop::serve(shop, shop_listener, stopping));

    // What happens to a database, its operator knows.
    tell(app.own_origin(), &shop_origin, !app.store.is_shared());
    server.run(stop_signal()).await
}

#[expect(clippy::print_stdout, reason = "the demo's addresses are for people")]
fn tell(server: &Origin, shop: &Origin, keeps_data: bool) {
    println!();
    println!("  Porchlight is running.");
    println!();
    println!("  The shop    {shop}/");
    println!("  The inbox   {server}/dashboard/chat/inbox");
    println!("  E-mails     {shop}/outbox");
    println!("  Sign in     {} / {}", seed::ADA_EMAIL, seed::PASSWORD);
    println!("       or     {} / {}", seed::BEN_EMAIL, seed::PASSWORD);
    println!();
    println!("  Open both side by side: write in the shop, answer in the inbox.");
    println!("  Ctrl+C stops it.{}", if keeps_data { " The data is kept." } else { "" });
    println!();
}
