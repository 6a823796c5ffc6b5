//! Performs the machine's effects: one `match` over [`Effect`].

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;

use porchlight_client::{Change, Command, Effect, Failure, Input, Machine, Place, Range, Writing};
use porchlight_protocol::wire::{ClientFrame, Hello, ReadUpTo, ServerFrame, Start};
use porchlight_protocol::{ClientId, ConversationId, MemberId, Seq, VisitorKey};
use wasm_bindgen_futures::spawn_local;

use crate::api::{Answer, Api, Identity, Method, Request, read};
use crate::json::print;
use crate::socket::Socket;
use crate::storage::Outbox;
use crate::timeout::Timeout;
use crate::{page, random, time, words};

/// Milliseconds after a read mark for which further ones are gathered (throttle): a burst of messages is two requests.
/// A page that goes or is hidden sends at once what it has gathered.
const MARKS_AFTER_MS: u64 = 300;

/// Milliseconds after a frame for which further ones are gathered (throttle): a burst of messages is rendered once in
/// each animation frame. By a timer, because a frame that is not on the screen gets no animation frames.
const FRAMES_AFTER_MS: u64 = 16;

/// Milliseconds within which the app answers a proposed key with the stored one. After that, the
/// proposed key is used.
const KEY_WITHIN_MS: u64 = 1_000;

/// What an app does when the machine reports something.
pub trait Shell {
    /// The machine's state has changed, by one input or several.
    fn changed(&self, machine: &Machine, changes: &[Change]);
    /// Put a refused text before the draft of the field that it was written in.
    fn restore_draft(&self, place: Place, writing: Writing, text: String);
    /// The visitor needs a key: store this one, unless there is one already, and answer with the stored
    /// one by [`Driver::use_key`].
    fn propose_key(&self, _key: &VisitorKey) {}
    /// The visitor's key is invalid: remove it.
    fn key_forgotten(&self) {}
}

/// A machine and the browser around it. Clones share it.
#[derive(Clone)]
pub struct Driver(Rc<Inner>);

struct Inner {
    machine: RefCell<Machine>,
    api: Rc<Api>,
    outbox: Outbox,
    shell: Box<dyn Shell>,
    /// Inputs that were dispatched while another one was handled, and frames that are gathered.
    inputs: RefCell<VecDeque<Input>>,
    running: Cell<bool>,
    /// As long as it waits, frames are gathered.
    burst: RefCell<Option<Timeout>>,
    link: RefCell<Option<Socket>>,
    /// Numbers connections, so that a late frame of an old one is ignored.
    link_number: Cell<u32>,
    timers: RefCell<Vec<(porchlight_client::effect::Timer, Timeout)>>,
    /// First messages that wait for the visitor's key.
    starts: RefCell<Vec<(ClientId, String)>>,
    /// The bot with which the conversation begins that was begun last, if it is named.
    bot: RefCell<Option<MemberId>>,
    /// Uses the proposed key if no answer comes.
    proposed: RefCell<Option<Timeout>>,
    /// Read marks that are gathered.
    marks: RefCell<Vec<(ConversationId, Seq)>>,
    /// Whether read marks are gathered, not sent at once.
    gathers_marks: Cell<bool>,
    marks_timer: RefCell<Option<Timeout>>,
}

impl Driver {
    /// A driver for this machine. Nothing happens before the first input.
    pub fn new(machine: Machine, api: Rc<Api>, outbox: Outbox, shell: Box<dyn Shell>) -> Self {
        Driver(Rc::new(Inner {
            machine: RefCell::new(machine),
            api,
            outbox,
            shell,
            inputs: RefCell::default(),
            running: Cell::new(false),
            burst: RefCell::default(),
            link: RefCell::default(),
            link_number: Cell::new(0),
            timers: RefCell::default(),
            starts: RefCell::default(),
            bot: RefCell::default(),
            proposed: RefCell::default(),
            marks: RefCell::default(),
            gathers_marks: Cell::new(false),
            marks_timer: RefCell::default(),
        }))
    }

    /// Boots the machine with the stored outbox, and turns page events into inputs from now on.
    pub fn boot(&self, known: bool) {
        let driver = self.clone();
        page::watch(move |input| driver.dispatch(input));
        // The last event that a page is sure to get; some phones send no more than that it is hidden.
        for gone in ["pagehide", "visibilitychange"] {
            let driver = self.clone();
            page::listen(gone, move |_| driver.send_marks());
        }
        if !page::is_online() {
            self.dispatch(Input::Network { online: false });
        }
        self.dispatch(Input::Boot { known, stored: self.0.outbox.load() });
    }

    /// Boots the machine again with a key that another tab of this visitor has proposed, and with that
    /// tab's outbox: sends are idempotent, and the first one makes the key known to the server.
    pub fn join(&self) {
        self.dispatch(Input::Boot { known: true, stored: self.0.outbox.load() });
    }

    /// Reads from the machine.
    pub fn read<T>(&self, look: impl FnOnce(&Machine) -> T) -> T {
        look(&self.0.machine.borrow())
    }

    /// The server, for requests that are not about the machine.
    pub fn api(&self) -> &Rc<Api> {
        &self.0.api
    }

    /// Lets a bot begin a conversation: this one, or the one that the server chooses. One that has waited for its connection
    /// until another was begun gets that one's bot; after a reload the server chooses.
    pub fn begin(&self, client_id: ClientId, bot: Option<MemberId>) {
        self.0.bot.replace(bot);
        self.dispatch(Input::Command(Command::Begin(client_id)));
    }

    /// Handles an input, those that were gathered before it, and those that it causes synchronously.
    pub fn dispatch(&self, input: Input) {
        self.0.inputs.borrow_mut().push_back(input);
        self.run();
    }

    fn run(&self) {
        if self.0.running.replace(true) {
            return;
        }
        let mut changes = Vec::new();
        loop {
            let input = self.0.inputs.borrow_mut().pop_front();
            if let Some(input) = input {
                let step = self.0.machine.borrow_mut().step(time::local(), random::dice(), input);
                time::follow(&self.0.machine.borrow());
                for effect in step.effects {
                    self.perform(effect);
                }
                changes.extend(step.changes);
            } else if changes.is_empty() {
                break;
            } else {
                self.0.shell.changed(&self.0.machine.borrow(), &std::mem::take(&mut changes));
            }
        }
        self.0.running.set(false);
    }

    fn perform(&self, effect: Effect) {
        match effect {
            Effect::Connect(hello) => self.connect(hello),
            Effect::Poll(hello) => self.poll(hello),
            Effect::Disconnect => {
                self.next_link();
            }
            Effect::Wake { timer, after_ms } => {
                let driver = self.clone();
                let timeout =
                    Timeout::after(after_ms, move || driver.dispatch(Input::Timer(timer)));
                let mut timers = self.0.timers.borrow_mut();
                timers.retain(|(name, _)| *name != timer);
                timers.push((timer, timeout));
            }
            Effect::Start { client_id, text } => {
                self.0.starts.borrow_mut().push((client_id, text));
                self.start();
            }
            Effect::Append { id, client_id, act } => {
                let path = path(&id, "/events/", client_id.as_str());
                self.ask(Method::PUT, path, print(&act), |answer| {
                    Some(Input::Appended { client_id, result: read(answer) })
                });
            }
            Effect::FetchConversation(id) => {
                self.ask(Method::GET, path(&id, "", ""), None, |answer| {
                    Some(Input::Conversation { id, result: read(answer) })
                });
            }
            Effect::FetchEvents { id, range } => {
                let path = match range {
                    Range::After(seq) => path(&id, "/events?after=", &seq.to_string()),
                    Range::Before(seq) => path(&id, "/events?before=", &seq.to_string()),
                };
                self.ask(Method::GET, path, None, move |answer| {
                    Some(Input::Events { id, range, result: read(answer) })
                });
            }
            Effect::MarkRead { id, up_to } => self.mark_read(id, up_to),
            Effect::TellTyping(id) => {
                self.ask(Method::PUT, path(&id, "/typing", ""), None, |_| None);
            }
            Effect::Store(outgoing) => self.0.outbox.keep(&outgoing),
            Effect::Forget(client_id) => self.0.outbox.forget(&client_id),
            Effect::RestoreDraft { place, writing, text } => {
                self.0.shell.restore_draft(place, writing, text);
            }
            Effect::ForgetKey => {
                if let Identity::Visitor { key, .. } = self.0.api.identity() {
                    key.replace(None);
                }
                self.0.shell.key_forgotten();
            }
        }
    }

    fn ask(
        &self,
        method: Method,
        path: String,
        body: Option<String>,
        reply: impl FnOnce(Answer) -> Option<Input> + 'static,
    ) {
        self.ask_boxed(Request::new(method, path, body), Box::new(reply));
    }

    /// One future for every request: each further type of future weighs kilobytes.
    fn ask_boxed(&self, request: Request, reply: Reply) {
        let driver = self.clone();
        spawn_local(async move {
            let answer = driver.0.api.request(request).await;
            if let Some(input) = reply(answer) {
                driver.dispatch(input);
            }
        });
    }

    /// Sends a read mark at once, and gathers those that follow: of each conversation only the last one counts. At
    /// once, because Firefox sends nothing any more from a frame whose page is left.
    fn mark_read(&self, id: ConversationId, up_to: Seq) {
        {
            let mut marks = self.0.marks.borrow_mut();
            marks.retain(|(marked, _)| *marked != id);
            marks.push((id, up_to));
        }
        if !self.0.gathers_marks.replace(true) {
            self.send_marks();
            let driver = self.clone();
            let later = Timeout::after(MARKS_AFTER_MS, move || {
                driver.0.gathers_marks.set(false);
                driver.send_marks();
            });
            self.0.marks_timer.replace(Some(later));
        }
    }

    fn send_marks(&self) {
        for (id, up_to) in self.0.marks.take() {
            let body = print(&ReadUpTo { up_to });
            let request = Request::new(Method::PUT, path(&id, "/read", ""), body);
            // If it is lost, the next welcome tells, and it is sent again.
            self.ask_boxed(Request { keepalive: true, ..request }, Box::new(|_| None));
        }
    }

    /// Sends the first messages that wait for a key. The key is proposed before it is used, so that two
    /// tabs that start at once are not two visitors.
    fn start(&self) {
        let Identity::Visitor { key, .. } = self.0.api.identity() else { return };
        if key.borrow().is_none() {
            if self.0.proposed.borrow().is_none() {
                let proposed = random::visitor_key();
                let (driver, late) = (self.clone(), proposed.clone());
                let unanswered = move || {
                    driver.use_key(&late);
                };
                self.0.proposed.replace(Some(Timeout::after(KEY_WITHIN_MS, unanswered)));
                self.0.shell.propose_key(&proposed);
            }
            return;
        }
        for (client_id, text) in self.0.starts.take() {
            let bot = text.is_empty();
            let language = bot.then(words::language);
            let bot_id = self.0.bot.borrow().clone().filter(|_| bot);
            let start = Start { client_id: client_id.clone(), text, bot, bot_id, language };
            self.ask(Method::POST, "/conversations".to_owned(), print(&start), |answer| {
                Some(Input::Started { client_id, result: read(answer) })
            });
        }
    }

    /// Uses this key from now on.
    pub fn use_key(&self, stands: &VisitorKey) {
        let Identity::Visitor { key, .. } = self.0.api.identity() else { return };
        key.replace(Some(stands.clone()));
        self.0.proposed.replace(None);
        self.start();
    }

    /// Ends the connection before and numbers the next one.
    fn next_link(&self) -> u32 {
        let number = self.0.link_number.get().wrapping_add(1);
        self.0.link_number.set(number);
        self.0.link.replace(None);
        number
    }

    fn heard(&self, number: u32, input: Input) {
        if self.0.link_number.get() != number {
            return;
        }
        self.0.inputs.borrow_mut().push_back(input);
        if self.0.burst.borrow().is_none() {
            self.run();
            self.gather();
        }
    }

    /// Gathers what is heard from now on, and handles it together. In a hidden tab timers are late, and there is
    /// nothing to render.
    fn gather(&self) {
        if !page::is_visible() {
            return;
        }
        let driver = self.clone();
        let handle = move || {
            driver.0.burst.take();
            if !driver.0.inputs.borrow().is_empty() {
                driver.run();
                driver.gather();
            }
        };
        self.0.burst.replace(Some(Timeout::after(FRAMES_AFTER_MS, handle)));
    }

    fn connect(&self, mut hello: Hello) {
        let number = self.next_link();
        hello.auth = self.0.api.auth();
        let (frames, end) = (self.clone(), self.clone());
        let socket = Socket::open(
            &ClientFrame::Hello(hello),
            move |frame| frames.heard(number, Input::Frame(frame)),
            move || end.heard(number, Input::LinkLost),
        );
        if socket.is_none() {
            self.dispatch(Input::LinkLost);
        }
        self.0.link.replace(socket);
    }

    fn poll(&self, hello: Hello) {
        let number = self.next_link();
        let driver = self.clone();
        self.ask(Method::POST, "/sync?wait=25".to_owned(), print(&hello), move |answer| {
            let input = match read(answer) {
                Ok(welcome) => Input::Frame(ServerFrame::Welcome(welcome)),
                Err(Failure::Refused(error)) => Input::Frame(ServerFrame::Error(error)),
                Err(Failure::Network) => Input::LinkLost,
            };
            (driver.0.link_number.get() == number).then_some(input)
        });
    }
}

type Reply = Box<dyn FnOnce(Answer) -> Option<Input>>;

fn path(id: &ConversationId, part: &str, rest: &str) -> String {
    ["/conversations/", id.as_str(), part, rest].concat()
}
