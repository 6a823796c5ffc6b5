//! Carries out what the machine wants: one `match` over [`Effect`].

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::future::Future;
use std::rc::Rc;

use gloo_net::http::Method;
use porchlight_client::{Change, Effect, Input, Machine, Place, Range};
use porchlight_protocol::wire::{ClientFrame, Hello, ReadUpTo, ServerFrame, Start};
use porchlight_protocol::{ConversationId, VisitorKey};
use wasm_bindgen_futures::spawn_local;

use crate::api::{Api, Identity};
use crate::socket::Socket;
use crate::storage::Outbox;
use crate::timeout::Timeout;
use crate::{page, random, time};

/// What an app does with what the machine tells.
pub trait Shell {
    /// Something is to be looked at again.
    fn changed(&self, machine: &Machine, changes: &[Change]);
    /// Put a text back into a field, before what stands there.
    fn restore_draft(&self, place: Place, text: String);
    /// The visitor has got a key: keep it.
    fn key_minted(&self, _key: &VisitorKey) {}
    /// The visitor's key opens nothing: drop it.
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
    /// Inputs that came while one was being taken.
    inputs: RefCell<VecDeque<Input>>,
    running: Cell<bool>,
    link: RefCell<Option<Socket>>,
    /// Counts connections, so that a late answer of an old one is known as such.
    link_number: Cell<u32>,
    timers: RefCell<Vec<(porchlight_client::effect::Timer, Timeout)>>,
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
            link: RefCell::default(),
            link_number: Cell::new(0),
            timers: RefCell::default(),
        }))
    }

    /// Starts: hands the machine what an earlier page left, and tells it of the page from now on.
    pub fn boot(&self, known: bool) {
        let driver = self.clone();
        page::watch(move |input| driver.dispatch(input));
        if !page::is_online() {
            self.dispatch(Input::Network { online: false });
        }
        self.dispatch(Input::Boot { known, stored: self.0.outbox.load() });
    }

    /// Looks into the machine.
    pub fn read<T>(&self, look: impl FnOnce(&Machine) -> T) -> T {
        look(&self.0.machine.borrow())
    }

    /// The server, for requests that are not about the machine.
    pub fn api(&self) -> &Rc<Api> {
        &self.0.api
    }

    /// Takes one input, and those that it leads to at once.
    pub fn dispatch(&self, input: Input) {
        self.0.inputs.borrow_mut().push_back(input);
        if self.0.running.replace(true) {
            return;
        }
        loop {
            let Some(input) = self.0.inputs.borrow_mut().pop_front() else { break };
            let step = self.0.machine.borrow_mut().step(time::now(), random::dice(), input);
            for effect in step.effects {
                self.perform(effect);
            }
            if !step.changes.is_empty() {
                self.0.shell.changed(&self.0.machine.borrow(), &step.changes);
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
                self.mint_key();
                self.answer(async move |api| {
                    let start = Start { client_id: client_id.clone(), text, bot: false };
                    let result = api.send(Method::POST, "/conversations", &start).await;
                    Input::Started { client_id, result }
                });
            }
            Effect::Append { id, client_id, act } => self.answer(async move |api| {
                let path = path(&id, &["/events/", client_id.as_str()]);
                let result = api.send(Method::PUT, &path, &act).await;
                Input::Appended { client_id, result }
            }),
            Effect::FetchConversation(id) => self.answer(async move |api| {
                let result = api.get(&path(&id, &[])).await;
                Input::Conversation { id, result }
            }),
            Effect::FetchEvents { id, range } => self.answer(async move |api| {
                let path = match range {
                    Range::After(seq) => path(&id, &["/events?after=", &seq.to_string()]),
                    Range::Before(seq) => path(&id, &["/events?before=", &seq.to_string()]),
                };
                let result = api.get(&path).await;
                Input::Events { id, range, result }
            }),
            Effect::MarkRead { id, up_to } => {
                let api = self.0.api.clone();
                spawn_local(async move {
                    // If it is lost, the next welcome tells, and it is sent again.
                    let path = path(&id, &["/read"]);
                    let _ = api.tell(Method::PUT, &path, &ReadUpTo { up_to }).await;
                });
            }
            Effect::Store(outgoing) => self.0.outbox.keep(&outgoing),
            Effect::Forget(client_id) => self.0.outbox.forget(&client_id),
            Effect::RestoreDraft { place, text } => self.0.shell.restore_draft(place, text),
            Effect::ForgetKey => {
                if let Identity::Visitor { key, .. } = self.0.api.identity() {
                    key.replace(None);
                }
                self.0.shell.key_forgotten();
            }
        }
    }

    fn answer<F: Future<Output = Input> + 'static>(&self, ask: impl FnOnce(Rc<Api>) -> F) {
        let driver = self.clone();
        let answer = ask(self.0.api.clone());
        spawn_local(async move { driver.dispatch(answer.await) });
    }

    fn mint_key(&self) {
        if let Identity::Visitor { key, .. } = self.0.api.identity()
            && key.borrow().is_none()
        {
            let minted = random::visitor_key();
            key.replace(Some(minted.clone()));
            self.0.shell.key_minted(&minted);
        }
    }

    /// Ends the connection before and numbers the next one.
    fn next_link(&self) -> u32 {
        let number = self.0.link_number.get().wrapping_add(1);
        self.0.link_number.set(number);
        self.0.link.replace(None);
        number
    }

    fn heard(&self, number: u32, input: Input) {
        if self.0.link_number.get() == number {
            self.dispatch(input);
        }
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
        spawn_local(async move {
            let welcome = driver.0.api.send(Method::POST, "/sync?wait=25", &hello).await;
            let input = match welcome {
                Ok(welcome) => Input::Frame(ServerFrame::Welcome(welcome)),
                Err(porchlight_client::Failure::Refused(error)) => {
                    Input::Frame(ServerFrame::Error(error))
                }
                Err(porchlight_client::Failure::Network) => Input::LinkLost,
            };
            driver.heard(number, input);
        });
    }
}

fn path(id: &ConversationId, rest: &[&str]) -> String {
    let mut path = String::from("/conversations/");
    path.push_str(id.as_str());
    for part in rest {
        path.push_str(part);
    }
    path
}
