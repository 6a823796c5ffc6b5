//! The smallest drill: a visitor and an agent exchange messages, and one server dies in between.

use anyhow::{Context, Result, ensure};
use porchlight_protocol::EventBody;
use porchlight_protocol::wire::ServerFrame;

use crate::client::{Client, client_id, visitor_key};
use crate::nodes::{PASSWORD, Target};

/// Runs the drill. Returns how many events the conversation has.
pub async fn run(target: &Target) -> Result<u64> {
    let folder = tempfile::tempdir()?;
    let store = target.store(folder.path());
    let site = store.add_site("Smoke")?;
    let email = "ada@smoke.example";
    store.add_agent(&site, email, "Ada", "admin")?;
    let mut node = store.serve("smoke", &[]).await?;
    let ada = Client::agent(&node.address(), email, PASSWORD).await?;
    let visitor = Client::visitor(&node.address(), &site, &visitor_key()?)?;
    let id = visitor.start(&client_id()?, "Hello").await?.conversation.id;
    let (mut socket, _) = visitor.socket(None).await?;
    ada.claim(&id, None).await?;
    ada.say(&id, "Hello, I'm Ada").await?;
    let heard = loop {
        let ServerFrame::Event { event, .. } = socket.next().await? else { continue };
        if let EventBody::Message { text, .. } = event.body {
            break text;
        }
    };
    ensure!(heard == "Hello, I'm Ada", "the visitor heard {heard:?}");

    node.kill()?;
    let failure = visitor.say(&id, "Is anybody there?").await.err();
    ensure!(failure.is_some_and(|failure| failure.is_unknown()), "a dead server answers");
    node.start()?;
    node.ready().await?;
    let head = visitor.say(&id, "Are you back?").await.context("after the restart")?.head;
    let page = ada.page(&id, 0, 0).await?;
    ensure!(page.head == head, "the log ends at {} and not at {head}", page.head);
    node.stop().await?;
    store.check()?;
    Ok(head)
}
