//! A client that listens: it folds what its socket tells, fetches what is missing, and comes back when the socket
//! ends. As the protocol asks for it, and nothing more.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use porchlight_protocol::conversation::Applied;
use porchlight_protocol::wire::{Boot, ServerFrame, Welcome};
use porchlight_protocol::{Conversation, ConversationId, Event};
use tokio::sync::Notify;
use tokio::time::{sleep, timeout};

use crate::client::{Address, Client, Failure, Socket};
use crate::dice::Dice;
use crate::history::{ClientNumber, Recorder, Sight};

/// How long it waits for a welcome and for a page.
const PATIENCE: Duration = Duration::from_secs(3);

/// The longest wait before it comes back.
const BACK_OFF_MAX: Duration = Duration::from_millis(200);

/// How many frames a socket lives for on average, before the client opens another one of its own accord.
const FRAMES: usize = 150;

/// What a client knows: states, folded from welcomes, frames and pages.
#[derive(Debug, Clone, Default)]
pub struct Knowledge {
    states: Arc<Mutex<BTreeMap<ConversationId, Conversation>>>,
    /// How many welcomes it had.
    welcomes: Arc<AtomicU64>,
    reconnect: Arc<Notify>,
}

impl Knowledge {
    fn lock(&self) -> MutexGuard<'_, BTreeMap<ConversationId, Conversation>> {
        self.states.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The conversations that it knows.
    pub fn conversations(&self) -> Vec<Conversation> {
        self.lock().values().cloned().collect()
    }

    /// The same, by their ids.
    pub fn all(&self) -> BTreeMap<ConversationId, Conversation> {
        self.lock().clone()
    }

    /// How many welcomes it had so far.
    pub fn welcomes(&self) -> u64 {
        self.welcomes.load(Ordering::Relaxed)
    }

    /// Asks the client to open another socket.
    pub fn reconnect(&self) {
        self.reconnect.notify_one();
    }

    fn head(&self, id: &ConversationId) -> Option<u64> {
        self.lock().get(id).map(|state| state.head)
    }

    fn learn(&self, state: Conversation) {
        let mut states = self.lock();
        // A state that was asked for may be older than what was heard meanwhile.
        if states.get(&state.id).is_none_or(|known| known.head <= state.head) {
            states.insert(state.id.clone(), state);
        }
    }

    fn apply(&self, id: &ConversationId, event: &Event) -> Option<Applied> {
        Some(self.lock().get_mut(id)?.apply(event))
    }
}

/// A client that listens.
pub struct Reader {
    /// Its number in the history.
    pub number: ClientNumber,
    /// Its credential.
    pub client: Client,
    /// The proxies before the nodes, by the nodes' numbers.
    pub nodes: Vec<Address>,
    /// Where it writes down what it is shown.
    pub recorder: Recorder,
    /// What it knows.
    pub knowledge: Knowledge,
    /// Its choices.
    pub dice: Dice,
}

impl Reader {
    /// Listens for ever.
    pub async fn listens(mut self) {
        let mut booted = None;
        loop {
            if let Ok((socket, client)) = self.opens(&mut booted).await {
                // Whatever ends the socket, it is opened again.
                let _ = self.hears(socket, &client).await;
                self.recorder.saw(self.number, Sight::Closed);
            }
            sleep(self.dice.time(BACK_OFF_MAX)).await;
        }
    }

    /// Opens a socket to any node, and learns what the welcome says.
    async fn opens(&mut self, booted: &mut Option<Boot>) -> Result<(Socket, Client), Failure> {
        let node = self.dice.below(self.nodes.len());
        let address = self.nodes.get(node).ok_or_else(|| Failure::Lost("no node".to_owned()))?;
        let client = self.client.at(address);
        let asked = self.recorder.now();
        let opened = timeout(PATIENCE, client.socket(booted.clone())).await;
        let (socket, welcome) =
            opened.map_err(|_| Failure::Lost("no welcome in time".to_owned()))??;
        self.recorder.saw(self.number, Sight::Opened { node, asked, booted: booted.clone() });
        let frame = Sight::Frame(ServerFrame::Welcome(welcome.clone()));
        self.recorder.saw(self.number, frame);
        *booted = Some(welcome.booted.clone());
        if let Err(failure) = self.is_welcomed(welcome, &client).await {
            self.recorder.saw(self.number, Sight::Closed);
            return Err(failure);
        }
        self.knowledge.welcomes.fetch_add(1, Ordering::Relaxed);
        Ok((socket, client))
    }

    /// What the welcome does not list, the client asks for.
    async fn is_welcomed(&mut self, welcome: Welcome, client: &Client) -> Result<(), Failure> {
        let mut unlisted = self.knowledge.all();
        for state in welcome.conversations {
            unlisted.remove(&state.id);
            self.knowledge.learn(state);
        }
        for id in unlisted.keys() {
            self.fetches(id, client).await?;
        }
        Ok(())
    }

    async fn hears(&mut self, mut socket: Socket, client: &Client) -> Result<(), Failure> {
        let reconnect = Arc::clone(&self.knowledge.reconnect);
        loop {
            let frame = tokio::select! {
                frame = socket.next() => frame?,
                () = reconnect.notified() => return Ok(()),
            };
            self.recorder.saw(self.number, Sight::Frame(frame.clone()));
            match frame {
                ServerFrame::Event { conversation, event } => {
                    match self.knowledge.apply(&conversation, &event) {
                        // Its kind and its visitor are not in the event.
                        None => self.fetches(&conversation, client).await?,
                        Some(Applied::Gap) => self.catches_up(&conversation, client).await?,
                        Some(Applied::Yes | Applied::Duplicate) => {}
                    }
                }
                ServerFrame::Read { conversation, side, up_to, revision } => {
                    if let Some(state) = self.knowledge.lock().get_mut(&conversation) {
                        state.hear_read(side, up_to, revision);
                    }
                }
                ServerFrame::Beacon(heads) => {
                    for head in heads {
                        match self.knowledge.head(&head.conversation) {
                            None => self.fetches(&head.conversation, client).await?,
                            Some(known) if known < head.head => {
                                self.catches_up(&head.conversation, client).await?;
                            }
                            Some(_) => {}
                        }
                    }
                }
                ServerFrame::Error(_) => return Ok(()),
                ServerFrame::Welcome(_)
                | ServerFrame::Policy(_)
                | ServerFrame::Online(_)
                | ServerFrame::Typing { .. }
                | ServerFrame::Visitor(_)
                | ServerFrame::Other => {}
            }
            if self.dice.one_in(FRAMES) {
                return Ok(());
            }
        }
    }

    /// Asks for a conversation's state.
    async fn fetches(&mut self, id: &ConversationId, client: &Client) -> Result<(), Failure> {
        let asked = self.recorder.now();
        let state = timeout(PATIENCE, client.conversation(id)).await;
        let state = state.map_err(|_| Failure::Lost("no state in time".to_owned()))??;
        let conversation = Box::new(state.clone());
        self.recorder.saw(self.number, Sight::State { asked, conversation });
        self.knowledge.learn(state);
        Ok(())
    }

    /// Asks for the events that it misses.
    async fn catches_up(&mut self, id: &ConversationId, client: &Client) -> Result<(), Failure> {
        loop {
            let Some(after) = self.knowledge.head(id) else { return Ok(()) };
            let asked = self.recorder.now();
            let page = timeout(PATIENCE, client.page(id, after, 0)).await;
            let page = page.map_err(|_| Failure::Lost("no page in time".to_owned()))??;
            for event in &page.events {
                self.knowledge.apply(id, event);
            }
            let (head, is_empty) = (page.head, page.events.is_empty());
            let conversation = id.clone();
            self.recorder.saw(self.number, Sight::Page { conversation, after, asked, page });
            if is_empty || self.knowledge.head(id).is_none_or(|known| known >= head) {
                return Ok(());
            }
        }
    }
}
