//! The driver against a server that the test plays: sockets and requests are replaced in the page.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use porchlight_client::{Change, Command, Input, Link, Machine, Me, Place, Writing};
use porchlight_protocol::conversation::Kind;
use porchlight_protocol::wire::{Boot, ServerFrame, Welcome};
use porchlight_protocol::{
    Author, ClientId, Conversation, ConversationId, Epoch, Event, EventBody, Policy, Seq, SiteKey,
    VisitorId, VisitorKey,
};
use wasm_bindgen::JsValue;
use wasm_bindgen_test::wasm_bindgen_test;

use super::{run, sleep};
use crate::storage::Outbox;
use crate::{Api, Driver, Identity, Shell};

/// The server's part. Requests to other addresses than the API's are the test runner's own.
const FAKE: &str = r#"
    window.sockets = [];
    window.asked = [];
    window.WebSocket = class {
      constructor(address) { this.address = address; this.sent = []; sockets.push(this); }
      send(text) { this.sent.push(text); }
      close() { this.closed = true; }
    };
    const real = window.fetch;
    window.fetch = async (request) => {
      if (!String(request.url).includes("/api/")) return real(request);
      const path = new URL(request.url).pathname;
      asked.push({ line: `${request.method} ${path}`, key: request.headers.get("Authorization"), body: await request.text() });
      return new Response("", { status: 503 });
    };
    return { real };"#;

thread_local! {
    /// A test has replaced what all of them share.
    static BUSY: Cell<bool> = const { Cell::new(false) };
}

/// Ends [`FAKE`].
struct Fake(JsValue);

impl Fake {
    /// Waits for the others: tests that wait take turns.
    async fn begin() -> Self {
        while BUSY.replace(true) {
            sleep(5).await;
        }
        run("window.RealSocket = window.WebSocket", &[]);
        Fake(run(FAKE, &[]))
    }

    fn number(&self, script: &str) -> usize {
        run(&["return ", script].concat(), &[]).as_f64().unwrap() as usize
    }

    fn text(&self, script: &str) -> String {
        run(&["return String(", script, ")"].concat(), &[]).as_string().unwrap()
    }

    /// A frame arrives on the newest socket.
    fn says(&self, frame: &ServerFrame) {
        let text = serde_json::to_string(frame).unwrap();
        run(
            "sockets.at(-1).onmessage?.(new MessageEvent('message', { data: arguments[0] }))",
            &[text.into()],
        );
    }
}

impl Drop for Fake {
    fn drop(&mut self) {
        run(
            "window.WebSocket = window.RealSocket; window.fetch = arguments[0].real; localStorage.clear()",
            std::slice::from_ref(&self.0),
        );
        BUSY.set(false);
    }
}

/// What the app was told.
#[derive(Default)]
struct Told {
    /// The number of calls.
    calls: Cell<usize>,
    changes: Cell<usize>,
    proposed: RefCell<Option<VisitorKey>>,
}

impl Shell for Rc<Told> {
    fn changed(&self, _: &Machine, changes: &[Change]) {
        self.calls.set(self.calls.get() + 1);
        self.changes.set(self.changes.get() + changes.len());
    }

    fn restore_draft(&self, _: Place, _: Writing, _: String) {}

    fn propose_key(&self, key: &VisitorKey) {
        self.proposed.replace(Some(key.clone()));
    }
}

fn driver(key: Option<VisitorKey>) -> (Driver, Rc<Told>) {
    let told = Rc::new(Told::default());
    let site = "site".parse::<SiteKey>().unwrap();
    let api = Rc::new(Api::new(Identity::Visitor { site, key: RefCell::new(key) }));
    let outbox = Outbox::new("test");
    (Driver::new(Machine::new(Me::Visitor), api, outbox, Box::new(told.clone())), told)
}

fn id() -> ConversationId {
    ConversationId::from_bytes([2; 16])
}

fn welcome() -> ServerFrame {
    let conversation = Conversation::new(id(), Kind::Live, VisitorId::from_bytes([3; 16]), 1_000);
    ServerFrame::Welcome(Welcome {
        booted: Boot { epoch: Epoch::from_bytes([4; 16]), revision: 1 },
        revision: 1,
        now: crate::time::local(),
        policy: Policy::default(),
        online: true,
        conversations: vec![conversation],
        counts: None,
        visitors: Vec::new(),
    })
}

fn message(seq: Seq) -> ServerFrame {
    let event = Event {
        seq,
        revision: 1 + seq,
        at: crate::time::local(),
        author: Author::Visitor,
        client_id: None,
        body: EventBody::message(seq.to_string()),
    };
    ServerFrame::Event { conversation: id(), event }
}

/// A driver that is connected.
fn connected(fake: &Fake) -> (Driver, Rc<Told>) {
    let (driver, told) = driver(Some(VisitorKey::from_bytes([5; 32])));
    driver.dispatch(Input::Boot { known: true, stored: Vec::new() });
    assert_eq!(fake.number("sockets.length"), 1);
    run("sockets[0].onopen()", &[]);
    fake.says(&welcome());
    assert_eq!(driver.read(|machine| machine.link()), Link::Up);
    (driver, told)
}

#[wasm_bindgen_test]
async fn the_key_is_in_the_first_frame_and_not_in_the_address() {
    let fake = Fake::begin().await;
    let _connected = connected(&fake);
    let key = VisitorKey::from_bytes([5; 32]);
    assert!(fake.text("sockets[0].address").ends_with("/api/v1/socket"));
    assert!(fake.text("sockets[0].sent[0]").contains(key.as_str()));
    assert_eq!(fake.number("sockets[0].sent.length"), 1);
}

#[wasm_bindgen_test]
async fn a_burst_is_shown_at_once_and_then_together() {
    let fake = Fake::begin().await;
    let (driver, told) = connected(&fake);
    sleep(50).await;
    let calls = told.calls.get();
    let head = || driver.read(|machine| machine.conversation(&id()).map(|it| it.head));
    for seq in 1..=100 {
        fake.says(&message(seq));
        assert_eq!(
            head(),
            Some(1),
            "the first one waits for nothing, the others for the next frame"
        );
    }
    assert_eq!(told.calls.get(), calls + 1);
    sleep(100).await;
    assert_eq!(head(), Some(100));
    assert_eq!(told.calls.get(), calls + 2);

    // What somebody does takes what was gathered before it along.
    fake.says(&message(101));
    fake.says(&message(102));
    driver.dispatch(Input::Command(Command::TryNow));
    assert_eq!(head(), Some(102));
}

#[wasm_bindgen_test]
async fn a_lost_connection_is_made_again_and_the_old_one_is_not_heard() {
    let fake = Fake::begin().await;
    let (driver, _told) = connected(&fake);
    run("window.old = sockets[0].onmessage; sockets[0].onclose(new Event('close'))", &[]);
    driver.dispatch(Input::Command(Command::TryNow));
    assert_eq!(fake.number("sockets.length"), 2);
    assert_eq!(fake.text("sockets[0].closed"), "true");
    assert_eq!(fake.text("!sockets[0].onmessage"), "true");
    run("sockets[1].onopen()", &[]);
    fake.says(&welcome());
    fake.says(&message(1));
    sleep(50).await;
    assert_eq!(driver.read(|machine| machine.link()), Link::Up);
    assert_eq!(driver.read(|machine| machine.conversation(&id()).map(|it| it.head)), Some(1));
}

#[wasm_bindgen_test]
async fn a_frame_that_is_garbage_ends_nothing() {
    let fake = Fake::begin().await;
    let (driver, _told) = connected(&fake);
    for data in ["", "{", "null", "[1]", "{\"unheard_of\":{}}", "{\"event\":{}}"] {
        run(
            "sockets[0].onmessage(new MessageEvent('message', { data: arguments[0] }))",
            &[data.into()],
        );
    }
    run("sockets[0].onmessage(new MessageEvent('message', { data: new Blob(['x']) }))", &[]);
    sleep(50).await;
    fake.says(&message(1));
    sleep(50).await;
    assert_eq!(driver.read(|machine| machine.conversation(&id()).map(|it| it.head)), Some(1));
}

#[wasm_bindgen_test]
async fn a_first_message_waits_for_the_key_but_not_for_ever() {
    let fake = Fake::begin().await;
    let (driver, told) = driver(None);
    driver.dispatch(Input::Boot { known: false, stored: Vec::new() });
    let client_id = ClientId::from_bytes([6; 16]);
    driver.dispatch(Input::Command(Command::Send {
        place: Place::New(client_id.clone()),
        client_id,
        text: "Good morning".to_owned(),
        writing: Writing::Message,
    }));
    let proposed = told.proposed.borrow().clone().unwrap();
    // Drivers of other tests may still be trying.
    let mine = "asked.filter((it) => it.body.includes('Good morning'))";
    let count = [mine, ".length"].concat();
    assert_eq!(fake.number(&count), 0, "another tab may have been faster");
    sleep(1_200).await;
    assert!(fake.text(&[mine, "[0].line"].concat()).ends_with("/conversations"));
    let key = fake.text(&[mine, "[0].key"].concat());
    assert_eq!(key, ["Bearer ", proposed.as_str()].concat());
}

#[wasm_bindgen_test]
async fn the_key_that_another_tab_has_stored_is_used() {
    let fake = Fake::begin().await;
    let (driver, _told) = driver(None);
    driver.dispatch(Input::Boot { known: false, stored: Vec::new() });
    for byte in [6, 7] {
        let client_id = ClientId::from_bytes([byte; 16]);
        driver.dispatch(Input::Command(Command::Send {
            place: Place::New(client_id.clone()),
            client_id,
            text: byte.to_string(),
            writing: Writing::Message,
        }));
    }
    let stored = VisitorKey::from_bytes([9; 32]);
    driver.use_key(&stored);
    sleep(20).await;
    // On a busy machine they may have been tried again meanwhile.
    let asked =
        "[...new Set(asked.map((it) => (JSON.parse(it.body || null)?.text ?? '') + ' ' + it.key))]";
    let asked = fake.text(&[asked, ".filter((it) => /^[67] /.test(it)).sort()"].concat());
    let with_key = |text: &str| [text, " Bearer ", stored.as_str()].concat();
    assert_eq!(asked, [with_key("6"), with_key("7")].join(","));
}

#[wasm_bindgen_test]
async fn read_marks_are_gathered() {
    let fake = Fake::begin().await;
    let (driver, _told) = connected(&fake);
    let marks =
        || fake.text("asked.filter((it) => it.line.endsWith('/read')).map((it) => it.body)");
    let team = |seq| match message(seq) {
        ServerFrame::Event { conversation, event } => {
            ServerFrame::Event { conversation, event: Event { author: Author::Timer, ..event } }
        }
        frame => frame,
    };
    driver.dispatch(Input::Command(Command::Open(Place::At(id()))));
    for seq in 1..=5 {
        fake.says(&team(seq));
        sleep(30).await;
        driver.dispatch(Input::Command(Command::Read(id())));
    }
    assert!(marks().starts_with("{\"up_to\":1}"), "the first goes at once");
    sleep(400).await;
    let all = marks();
    assert!(all.ends_with(",{\"up_to\":5}"), "{all}");
    // One for each time that they are gathered, of which there are more on a busy machine.
    assert!(all.matches("up_to").count() < 5, "{all}");
}
