//! Long polls: look, and if there is nothing new, wait for the hub and look again.

use std::time::Duration;

use porchlight_protocol::ConversationId;
use porchlight_protocol::limits::POLL_WAIT_SECONDS_MAX;
use tokio::time::Instant;

use crate::app::App;
use crate::error::Result;
use crate::hub::Client;

/// Calls `look` until it answers, or until `wait` seconds are over or the server stops; then once more with
/// `true`, and `look` must answer.
pub async fn poll<T, F: Future<Output = Result<Option<T>>>>(
    app: &App,
    wait: u64,
    client: Client,
    conversation: Option<ConversationId>,
    look: impl Fn(bool) -> F,
) -> Result<Option<T>> {
    let deadline = Instant::now() + Duration::from_secs(wait.min(POLL_WAIT_SECONDS_MAX));
    // Subscribed before the first look, so nothing falls between the two.
    let site = client.topic.site();
    let subscription = app.hub.waiter(client, conversation)?;
    app.tail.follow(site).await?;
    loop {
        let last = Instant::now() >= deadline || app.stopping.is_cancelled();
        let answer = look(last).await?;
        if answer.is_some() || last {
            return Ok(answer);
        }
        tokio::select! {
            () = subscription.woken() => {}
            () = tokio::time::sleep_until(deadline) => {}
            () = app.stopping.cancelled() => {}
        }
    }
}
