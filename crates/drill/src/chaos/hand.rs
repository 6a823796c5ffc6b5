//! A client that acts: at random, through any node, and again under the same client id until it is answered.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use porchlight_protocol::{
    Act, ClientId, ClosingSettings, Conversation, ConversationId, ErrorCode, Revision,
};
use tokio::time::{sleep, timeout};

use crate::client::{Address, Client, Failure};
use crate::dice::Dice;
use crate::history::{
    Answer, ClientNumber, Mark, Named, Outcome, Recorder, Request, Sight, Try, What, Who,
};

use super::reader::Knowledge;

/// The period of auto-close, in seconds, where it is on. Runs are far shorter: what closes by itself was aged.
pub const PERIOD_S: u64 = 600;

/// How long a client waits for an answer. Less, and on a slow machine retries would be all that it does.
const PATIENCE: Duration = Duration::from_millis(1_500);

/// How long it waits once everything works: on a machine with much to do, an answer takes what it takes.
const PATIENCE_AT_LAST: Duration = Duration::from_secs(20);

/// How long an impatient one waits: the first try may still be under way when the next one is sent.
const IMPATIENCE: Duration = Duration::from_millis(80);

/// The longest pause between two acts, and between two tries.
const PAUSE_MAX: Duration = Duration::from_millis(80);

/// Tries after which a client gives up for good.
const TRIES_MAX: usize = 200;

/// Conversations that a visitor starts, more or less.
const CONVERSATIONS: usize = 3;

/// A client that acts.
pub struct Hand {
    /// Its number in the history.
    pub number: ClientNumber,
    /// Who it is.
    pub who: Who,
    /// Its credential.
    pub client: Client,
    /// The proxies before the nodes, by the nodes' numbers.
    pub nodes: Vec<Address>,
    /// Where it writes down what it does.
    pub recorder: Recorder,
    /// What it knows, by its own socket.
    pub knowledge: Knowledge,
    /// What clients of other sites know.
    pub elsewhere: Vec<Knowledge>,
    /// Whether it may change the settings.
    pub is_admin: bool,
    /// Whether it is over: everything works again.
    pub stop: Arc<AtomicBool>,
    /// Its choices.
    pub dice: Dice,
    /// How many texts it has written.
    pub texts: usize,
}

impl Hand {
    /// Acts until it is told to stop. What it has begun by then it tries to the end.
    pub async fn acts(&mut self) {
        while !self.stop.load(Ordering::Relaxed) {
            sleep(self.dice.time(PAUSE_MAX)).await;
            self.acts_once().await;
        }
    }

    async fn acts_once(&mut self) {
        let known = self.knowledge.conversations();
        let is_visitor = matches!(self.who, Who::Visitor(_));
        if is_visitor && (known.is_empty() || self.dice.one_in(8 * CONVERSATIONS)) {
            if known.len() < CONVERSATIONS {
                let text = self.text();
                self.does(What::Start { text }).await;
            }
            return;
        }
        if self.is_admin && self.dice.one_in(12) {
            let settings = settings(&mut self.dice);
            self.saves(settings).await;
            return;
        }
        let Some(conversation) = self.dice.pick(&known).cloned() else { return };
        match self.dice.below(13) {
            0 => self.marks(&conversation).await,
            1 => self.looks(&conversation.id).await,
            2 => self.intrudes().await,
            3 | 4 => self.types(&conversation.id).await,
            _ => {
                let act = if is_visitor { self.of_visitor() } else { self.of_agent(&conversation) };
                self.does(What::Act { conversation: conversation.id, act }).await;
            }
        }
    }

    /// A text that nobody else writes.
    fn text(&mut self) -> String {
        self.texts += 1;
        format!("{}.{}", self.number, self.texts)
    }

    fn of_visitor(&mut self) -> Act {
        match self.dice.below(12) {
            0..5 => Act::message(self.text()),
            5..8 => Act::Close { seen: 0 },
            8..11 => Act::Reopen,
            _ => Act::KeepOpen,
        }
    }

    /// Mostly what makes sense in the state that the agent knows, and sometimes what does not.
    fn of_agent(&mut self, known: &Conversation) -> Act {
        let seen = known.head;
        let claim = Act::Claim { from: known.assignee.as_ref().map(|owner| owner.id.clone()) };
        let is_own = matches!(&self.who, Who::Agent(member) if known.is_owned_by(member));
        let makes_sense = !self.dice.one_in(5);
        match self.dice.below(12) {
            _ if makes_sense && known.is_closed() => Act::Reopen,
            0..9 if makes_sense && !is_own => claim,
            0 => claim,
            1..6 => Act::message(self.text()),
            6 => Act::MessageAndClose { text: self.text(), seen },
            7 | 8 => Act::Close { seen },
            9 => Act::Reopen,
            10 => Act::Unclaim,
            _ => Act::Note { text: self.text() },
        }
    }

    /// Does an act, again and again if need be.
    async fn does(&mut self, what: What) {
        let what = Named { client_id: ClientId::from_bytes(self.dice.bytes()), what };
        let tries = self.tries(&what, act).await;
        self.recorder.acted(Request { client: self.number, what, tries });
    }

    async fn marks(&mut self, conversation: &Conversation) {
        let what = Mark { conversation: conversation.id.clone(), up_to: conversation.head };
        let tries = self.tries(&what, mark).await;
        self.recorder.marked(Request { client: self.number, what, tries });
    }

    /// Saves the closing settings.
    pub async fn saves(&mut self, what: ClosingSettings) {
        let tries = self.tries(&what, save).await;
        self.recorder.saved(Request { client: self.number, what, tries });
    }

    /// Looks at a conversation by a request, through any node.
    async fn looks(&mut self, id: &ConversationId) {
        let Some((_, client)) = self.any_node() else { return };
        let asked = self.recorder.now();
        let sight = if self.dice.one_in(2) {
            let state = timeout(PATIENCE, client.conversation(id)).await;
            state.ok().and_then(Result::ok).map(|state| {
                let conversation = Box::new(state);
                Sight::State { asked, conversation }
            })
        } else {
            let after = self.dice.below(20) as u64;
            let page = timeout(PATIENCE, client.page(id, after, 0)).await;
            page.ok().and_then(Result::ok).map(|page| {
                let conversation = id.clone();
                Sight::Page { conversation, after, asked, page }
            })
        };
        if let Some(sight) = sight {
            self.recorder.saw(self.number, sight);
        }
    }

    /// Looks at a conversation of another site. If it is shown, the checker knows it for one that is not there.
    async fn intrudes(&mut self) {
        let all: Vec<_> = self.elsewhere.iter().flat_map(Knowledge::conversations).collect();
        if let Some(conversation) = self.dice.pick(&all).cloned() {
            self.looks(&conversation.id).await;
            self.types(&conversation.id).await;
        }
    }

    /// Tells once that it types. Whether that arrives, nobody is promised.
    async fn types(&mut self, id: &ConversationId) {
        let Some((_, client)) = self.any_node() else { return };
        let _ = timeout(PATIENCE, client.types(id)).await;
    }

    fn any_node(&mut self) -> Option<(usize, Client)> {
        let node = self.dice.below(self.nodes.len());
        self.nodes.get(node).map(|address| (node, self.client.at(address)))
    }

    /// Sends a request, each time through any node, until it is acknowledged or refused. Some give up before, for good,
    /// and some ask once more although they were answered.
    async fn tries<W: Clone, T, F>(&mut self, what: &W, send: fn(Client, W) -> F) -> Vec<Try<T>>
    where
        F: Future<Output = Result<T, Failure>>,
    {
        let mut tries = Vec::new();
        while tries.len() < TRIES_MAX {
            let Some((node, client)) = self.any_node() else { break };
            let patience = match self.stop.load(Ordering::Relaxed) {
                true => PATIENCE_AT_LAST,
                false if self.dice.one_in(6) => IMPATIENCE,
                false => PATIENCE,
            };
            let invoked = self.recorder.now();
            let answered = timeout(patience, send(client, what.clone())).await;
            let (outcome, wait) = match answered {
                Ok(Ok(answer)) => (Outcome::Acknowledged(answer), None),
                Ok(Err(failure)) => match failure.code() {
                    Some(code) if !failure.is_passing() => (Outcome::Refused(code), None),
                    code => {
                        let limited = code == Some(ErrorCode::RateLimited);
                        let wait = if limited { PAUSE_MAX * 4 } else { PAUSE_MAX };
                        (Outcome::Unknown, Some(wait))
                    }
                },
                Err(_) => (Outcome::Unknown, Some(PAUSE_MAX)),
            };
            let is_done = matches!(outcome, Outcome::Acknowledged(_));
            tries.push(Try { node, invoked, ended: self.recorder.now(), outcome });
            match wait {
                None if is_done && self.dice.one_in(6) => {}
                None => break,
                Some(_) if self.dice.one_in(40) => break,
                Some(wait) => sleep(self.dice.time(wait)).await,
            }
        }
        tries
    }
}

/// Sends an act once.
async fn act(client: Client, Named { client_id, what }: Named) -> Result<Answer, Failure> {
    match what {
        What::Start { text } => {
            let started = client.start(&client_id, &text).await?;
            let (conversation, head) = (started.conversation.id, started.conversation.head);
            Ok(Answer { conversation, events: started.events, head })
        }
        What::Act { conversation, act } => {
            let appended = client.act(&conversation, &client_id, &act).await?;
            Ok(Answer { conversation, events: appended.events, head: appended.head })
        }
    }
}

/// Sends a read mark once.
async fn mark(client: Client, mark: Mark) -> Result<(), Failure> {
    client.read(&mark.conversation, mark.up_to).await
}

/// Sends settings once.
async fn save(client: Client, settings: ClosingSettings) -> Result<Revision, Failure> {
    Ok(client.save_closing(&settings).await?.revision)
}

/// Settings at random.
fn settings(dice: &mut Dice) -> ClosingSettings {
    ClosingSettings {
        auto_close_after_s: dice.one_in(2).then_some(PERIOD_S),
        hide_closed: dice.one_in(2),
        disable_field: dice.one_in(3),
        notice: dice.one_in(2),
        ..ClosingSettings::default()
    }
}
