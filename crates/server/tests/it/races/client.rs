//! A client as the protocol asks for it, and nothing more: it folds what its socket tells, and fetches
//! what is missing.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use futures_util::StreamExt;
use porchlight_protocol::conversation::Applied;
use porchlight_protocol::wire::{Auth, Hello, ServerFrame, Welcome};
use porchlight_protocol::{Conversation, ConversationId, Policy};
use tokio::task::JoinHandle;
use tokio_tungstenite::tungstenite::Message;

use crate::harness::*;

/// What a client knows.
pub struct Known {
    pub conversations: HashMap<ConversationId, Conversation>,
    pub policy: Policy,
}

/// What somebody who acts needs of a client.
pub struct Hands {
    pub caller: Caller,
    known: Arc<Mutex<Known>>,
}

impl Hands {
    pub fn known(&self, id: &ConversationId) -> Conversation {
        self.known.lock().unwrap().conversations[id].clone()
    }
}

pub struct Client {
    caller: Caller,
    address: std::net::SocketAddr,
    cookie: Option<String>,
    auth: Auth,
    welcome: Welcome,
    known: Arc<Mutex<Known>>,
    hearing: JoinHandle<()>,
}

impl Drop for Client {
    fn drop(&mut self) {
        self.hearing.abort();
    }
}

impl Client {
    pub async fn visitor(visitor: &Visitor) -> Self {
        Self::connect((**visitor).clone(), visitor.address, None, visitor.auth()).await
    }

    pub async fn agent(agent: &Agent) -> Self {
        let cookie = Some(agent.cookie.clone());
        Self::connect((**agent).clone(), agent.address, cookie, agent.auth()).await
    }

    async fn connect(
        caller: Caller,
        address: std::net::SocketAddr,
        cookie: Option<String>,
        auth: Auth,
    ) -> Self {
        let (socket, welcome) = open(address, cookie.as_deref(), &auth, None).await;
        let conversations =
            welcome.conversations.iter().map(|it| (it.id.clone(), it.clone())).collect();
        let known = Known { conversations, policy: welcome.policy.clone() };
        let known = Arc::new(Mutex::new(known));
        let hearing = tokio::spawn(hear(socket, caller.clone(), Arc::clone(&known)));
        Client { caller, address, cookie, auth, welcome, known, hearing }
    }

    pub fn hands(&self) -> Hands {
        Hands { caller: self.caller.clone(), known: Arc::clone(&self.known) }
    }

    pub fn knows<T>(&self, ask: impl FnOnce(&Known) -> T) -> T {
        ask(&self.known.lock().unwrap())
    }

    /// Its socket ends, and it comes back with the boot that it had. What the welcome does not list
    /// it asks for.
    pub async fn reconnects(&mut self) {
        self.hearing.abort();
        let booted = Some(&self.welcome);
        let (socket, welcome) =
            open(self.address, self.cookie.as_deref(), &self.auth, booted).await;
        assert_eq!(welcome.booted, self.welcome.booted, "a reconnect is no reload");
        let ids: Vec<_> = self.knows(|known| known.conversations.keys().cloned().collect());
        for id in ids {
            let now = match welcome.conversations.iter().find(|listed| listed.id == id) {
                Some(listed) => listed.clone(),
                None => self.caller.conversation(&id).await,
            };
            self.known.lock().unwrap().conversations.insert(id, now);
        }
        self.known.lock().unwrap().policy = welcome.policy;
        self.hearing = tokio::spawn(hear(socket, self.caller.clone(), Arc::clone(&self.known)));
    }
}

async fn open(
    address: std::net::SocketAddr,
    cookie: Option<&str>,
    auth: &Auth,
    before: Option<&Welcome>,
) -> (Socket, Welcome) {
    let headers: Vec<_> = cookie.map(|cookie| ("cookie", cookie)).into_iter().collect();
    let mut socket = Socket::open(address, &headers).await;
    let booted = before.map(|welcome| welcome.booted.clone());
    let welcome = socket.hello(Hello { auth: Some(auth.clone()), booted, ..hello() }).await;
    (socket, welcome)
}

async fn hear(mut socket: Socket, caller: Caller, known: Arc<Mutex<Known>>) {
    while let Some(Ok(heard)) = socket.stream.next().await {
        let Message::Text(text) = heard else { continue };
        match serde_json::from_str(&text).unwrap() {
            ServerFrame::Policy(policy) => known.lock().unwrap().policy = policy,
            ServerFrame::Read { conversation, side, up_to, revision } => {
                if let Some(it) = known.lock().unwrap().conversations.get_mut(&conversation) {
                    it.hear_read(side, up_to, revision);
                }
            }
            ServerFrame::Event { conversation, event } => {
                let after = {
                    let mut known = known.lock().unwrap();
                    let Some(it) = known.conversations.get_mut(&conversation) else { continue };
                    (it.apply(&event) == Applied::Gap).then_some(it.head)
                };
                let Some(after) = after else { continue };
                let path = format!("/conversations/{conversation}/events?after={after}");
                let page: porchlight_protocol::wire::Page = caller.get(&path).await.ok();
                let mut known = known.lock().unwrap();
                let it = known.conversations.get_mut(&conversation).unwrap();
                for event in &page.events {
                    it.apply(event);
                }
            }
            _ => {}
        }
    }
}
