/**
 * Porchlight's loader, second part: the panel. porchlight.js imports it when a visitor shows interest. It connects to the
 * frame (docs/embedding.md describes the channel), stores the visitor's record on the page's origin, and diagnoses a chat
 * that does not work. porchlight.js passes `chat` and may be older or newer: properties of `chat` are only ever added.
 */
import { ask, listen, make, set } from "./dom.js";
import { openRecord } from "./record.js";
import { bell } from "./bell.js";
import { titled } from "./title.js";
import STYLE from "./porchlight-panel.css";

/** The server fills these places, in the language and with the own words of the site that porchlight.js names in the address. */
export const WORDS = {
  title: "{{loader.title}}",
  open: "{{loader.open}}",
  close: "{{loader.close}}",
  loading: "{{loader.loading}}",
  slow: "{{loader.slow}}",
  down: "{{loader.down}}",
  retry: "{{loader.retry}}",
  unread: "{{loader.unread}}",
};
const SMALL = "(max-width: 479px), (max-height: 419px)"; // fills the screen; as in porchlight-panel.css
const OVERLAYS = "dialog:modal,[popover]:popover-open:not([popover=manual]),[aria-modal=true]"; // of the page
const OFFER_AFTER_MS = 100; // back-off: a quarter longer each time,
const OFFER_AT_MOST_MS = 3000; // up to this
const ASK_AFTER_MS = 3000; // from the frame's `load` to the diagnosis, if the frame does not answer
const READY_WITHIN_MS = 15_000; // from opening to the failure; if the server answers the check,
const SLOW_UNTIL_MS = 60_000; // this much later
const CHECK_WITHIN_MS = 5000;
const PONG_WITHIN_MS = 5000;
const PING_AFTER_MS = 10_000;

const sheet = new CSSStyleSheet();
sheet.replaceSync(STYLE);

export default function begin(chat) {
  const { site, server, options, memory = {}, host, shadow, panel, launcher, signal } = chat;
  const text = (name) => options[name + "Label"] || WORDS[name];

  let { frame } = chat;
  let port; // the one that the frame answered on
  let isLive; // the panel shows the frame
  let isStranger; // the frame uses a key that is no longer the visitor's, until it reloads

  const timers = {};
  const after = (name, ms, run, ...args) => {
    clearTimeout(timers[name]);
    timers[name] = setTimeout(run, ms, ...args);
  };
  const stop = (...names) => names.forEach((name) => clearTimeout(timers[name]));

  const send = (type, more) => port && port.postMessage({ v: 1, type, ...more });

  const record = openRecord(site, {
    key: (key) => send("key", { visitorKey: key || null }),
    kept: (changes) => send("kept", { changes: { ...changes } }),
    left: () => (isStranger = true),
  }, memory);

  // ── The unread count in the page's title, and the sound.

  let unread = 0;
  const title = options.title == "off" ? () => {} : titled(signal);
  const isSoundOn = () => (record.text("sound") || options.sound) != "off";
  const ring = bell(site, () => unread, isSoundOn);

  // ── The panel: the frame, or while it loads and after it failed a note with buttons.

  // Of /c/SITE_KEY (page/porchlight-page.js), which shows the parts in its own way: nothing is around the chat, nothing closes it.
  const isPage = options.layout == "page";
  const small = matchMedia(isPage ? "not all" : SMALL);
  const close = () => isPage || chat.close();
  const note = make("p", { role: "status", dir: "auto" });
  const again = make("button");
  const leave = make("button");

  shadow.adoptedStyleSheets = [shadow.adoptedStyleSheets[0], sheet];
  set(launcher, { part: "launcher" });
  set(panel, { part: "panel", "aria-label": text("title"), tabindex: -1 }).prepend(note, again, leave);
  again.append(text("retry"));
  leave.append(text("close"));

  const isWithin = () => panel.contains(shadow.activeElement);

  const show = (what) => {
    panel.className = what;
    note.textContent = text(what);
    again.hidden = what == "loading";
    isLive = what == "live";
  };

  // Only the visitor's own click on the launcher moves the focus. A full-screen panel covers the page, so it is modal, unless
  // an element of the page has the focus.
  const paint = (takesFocus) => {
    panel.close();
    if (!chat.isOpen()) return;
    const isIdle = [null, ask("body"), host].includes(ask("activeElement"));
    if (small.matches && isIdle) panel.showModal();
    else if (takesFocus && isIdle) panel.show();
    else set(panel, { open: "" });
    if (isWithin()) (isLive ? frame : panel).focus();
  };

  // ── The frame and its channel.

  const watch = () => {
    set(frame, { title: text("title") });
    // At every load, because a frame that reloads itself needs a new channel.
    frame.onload = loaded;
    if (frame.isLoaded) loaded();
    show("loading");
  };

  const loaded = () => {
    frame.isLoaded = true;
    hangUp();
    offer(OFFER_AFTER_MS);
    after("ask", ASK_AFTER_MS, check);
  };

  const hangUp = () => {
    stop("offer", "ask", "pong");
    port = null;
  };

  // The document loads before its program runs, so an offer may come too early, and is repeated with a fresh port. The frame
  // accepts one by "ready" on it. Messages are accepted over these ports only.
  const offer = (ms) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = ({ data }) => {
      if (!data || data.v != 1) return;
      if (!port && data.type == "ready") connected(port1);
      else if (port == port1 && hears[data.type]) hears[data.type](data);
    };
    frame.contentWindow.postMessage({ porchlight: 1, type: "connect" }, server, [port2]);
    // A hidden frame that does not answer gets no more offers once the back-off is at its longest.
    if (ms < OFFER_AT_MOST_MS || chat.isOpen()) after("offer", ms, offer, Math.min(ms * 1.25, OFFER_AT_MOST_MS));
  };

  // For the rules by which bots greet, which are about the site's own pages. It goes to the frame, and no further.
  const page = () => !isPage && ({ page: location.pathname.replace(/\/?$/, "/") });

  // What the site collects of the visit is told of visitors with a key only.
  const visit = () => record.key() && who("visit");

  const connected = (port1) => {
    stop("offer", "ask", "wait");
    const begun = record.begin();
    port = port1;
    isStranger = false;
    send("init", {
      ...begun,
      place: memory.place || options.conversation || null,
      locale: String(options.locale || ask("documentElement").lang || navigator.language),
      color: options.color || null,
      sound: options.sound != "off",
      open: chat.isOpen(),
      focus: isWithin(),
      fullscreen: small.matches,
      ...page(),
    });
    start();
    visit();
    live();
    if (chat.isOpen()) ping();
  };

  const live = () => {
    const takesFocus = isWithin();
    show("live");
    if (takesFocus) frame.focus();
  };

  // Pings the frame while the panel is open, because a program that has died can't report it.
  const ping = () => {
    send("ping");
    after("pong", PONG_WITHIN_MS, fail);
  };

  // ── Failures.

  const fail = (why = server + " does not answer.") => {
    stop("ask", "wait", "pong");
    chat.warn(why);
    const takesFocus = isWithin();
    show("down");
    if (takesFocus) again.focus();
  };

  // The page can't read why a frame does not load. check.js says whether this site's chat can work on this page; it is
  // imported once, and again after a Retry.
  let tries = 0;
  let answer; // the promise of check.js's result; undefined if it can't be loaded
  const check = () => (answer ||= importCheck());
  const importCheck = async () => {
    try {
      const { default: found } = await import(`${server}/api/v1/sites/${site}/check.js${tries++ ? "?" + tries : ""}`);
      if (found.problem && !port && !signal.aborted) giveUp(found.message);
      return found;
    } catch {}
  };

  // Hides the launcher, because the chat can't work on this page.
  const giveUp = (why) => {
    drop();
    chat.warn(why);
    chat.close();
    host.hidden = true;
  };

  // If the server answers the check, the frame is only slow, and gets more time.
  const wait = () => {
    after("wait", READY_WITHIN_MS, async () => {
      after("wait", CHECK_WITHIN_MS, fail);
      const found = await check();
      if (!found || found.problem || port || signal.aborted || !chat.isOpen()) return;
      show("slow");
      after("wait", SLOW_UNTIL_MS, fail, "The chat does not start.");
    });
  };

  // ── Messages from the frame. Unknown types are ignored, because the frame may be newer than the loader.

  const isText = (value) => typeof value == "string";
  const hears = {
    __proto__: null,
    close,
    failed: () => fail("The chat can't go on."),
    pong() {
      live(); // it may have been slow, not dead
      if (chat.isOpen()) after("pong", PING_AFTER_MS, ping);
      else stop("pong");
    },
    unread({ count }) {
      unread = count;
      title(count);
      const said = options.unreadLabel ? options.unreadLabel + count : text("unread").replace("{{count}}", count);
      chat.unread(count, count ? said : "");
    },
    event({ name, detail }) {
      if (name == "message" && detail && detail.author != "visitor") ring();
      chat.emit(name, detail);
      visit();
    },
    key: ({ visitorKey }) => isStranger || record.propose(visitorKey),
    active: ({ open }) => isStranger || record.active(open),
    keep({ name, text }) {
      if (!isStranger && isText(name) && (text === null || isText(text))) record.keep(name, text);
    },
    forget: () => record.forget(),
    place({ place }) {
      memory.place = place;
    },
  };

  // ── The page's events.

  const turned = () => {
    stop("wait", "pong");
    const isOpen = chat.isOpen();
    if (isOpen) {
      record.look(); // a frozen page misses storage events
      if (port) ping();
      else wait();
    }
    paint(chat.byVisitor);
    // A closing <dialog> restores the former focus. If there was none, the focus is still within, and goes to the launcher.
    if (!isOpen && isWithin()) launcher.focus();
    send(isOpen ? "opened" : "closed", { focus: isWithin(), ...page() });
    visit();
  };

  // ── The verbs that porchlight.js passes on. What is for the frame waits until the frame has answered.

  const starts = [];
  const start = () => {
    while (port && starts.length) send("start", starts.shift());
  };
  const verbs = {
    __proto__: null,
    startConversation({ bot } = {}) {
      starts.push({ bot: String(bot || "") });
      chat.turn(true);
      start();
    },
    identify: (person) => who("identify", person),
    logout: () => who("logout"),
  };
  // One after another, so that nobody is identified after they were logged out.
  let before;
  const who = (verb, detail) => {
    before = Promise.all([importIdentity(), before])
      .then(([module]) => module[verb]({ server, record, memory, anew, frame: () => frame, warn: chat.warn }, detail))
      // The next page is told again, and nobody has asked for it.
      .catch(() => verb == "visit" || chat.warn(`"${verb}" failed.`));
  };
  // A browser may cache a failed import, so the next try has another URL.
  let failures = 0;
  const importIdentity = async () => {
    try {
      return await import(`${server}/porchlight-identity.js${failures ? "?" + failures : ""}`);
    } catch (error) {
      failures++;
      throw error;
    }
  };
  const perform = ([verb, detail]) => {
    try {
      if (verbs[verb]) verbs[verb](detail);
      else chat.warn(`There is no "${verb}".`);
    } catch (error) {
      console.error(error);
    }
  };

  const drop = () => {
    hangUp();
    stop("wait");
    frame.remove(); // another `src` would not end a load that hangs
  };

  const anew = () => {
    drop();
    answer = null;
    frame = chat.makeFrame();
    watch();
    if (chat.isOpen()) wait();
  };
  again.onclick = () => {
    anew();
    panel.focus();
  };
  leave.onclick = panel.oncancel = close;

  // Escape is the page's first: for an IME composition, full screen, a popover or dialog, a search field that it clears, or a
  // script. These may have ended by the time the event bubbles up, so `look` checks in the capture phase.
  let isTaken;
  const look = (event) => {
    if (event.key != "Escape" || !chat.isOpen()) return;
    const [field] = event.composedPath();
    isTaken = event.isComposing || event.keyCode == 229 || ask("fullscreenElement");
    isTaken ||= (field.type == "search" && field.value) || hasOverlay((selector) => ask("querySelectorAll").call(document, selector));
  };
  const hasOverlay = (find) =>
    [...find(OVERLAYS)].some((it) => it.checkVisibility()) ||
    [...find("*")].some(({ shadowRoot }) => shadowRoot && shadowRoot != shadow && hasOverlay((selector) => shadowRoot.querySelectorAll(selector)));
  listen(window, "keydown", look, { signal, capture: true });
  listen(window, "keydown", ({ key, defaultPrevented }) => {
    if (key == "Escape" && !isTaken && !defaultPrevented) close();
  }, { signal });

  listen(window, "storage", ({ key }) => (key == null || key == "porchlight:" + site) && record.look(), { signal });
  listen(window, "pageshow", record.look, { signal });
  // Where the browser tells of it: a page that goes elsewhere without loading anew.
  if (window.navigation) listen(navigation, "currententrychange", () => {
    send("page", page());
    visit();
  }, { signal });
  listen(small, "change", () => {
    send("layout", { fullscreen: small.matches });
    paint(isWithin());
  }, { signal });
  // Fits the panel above the on-screen keyboard; pinch zoom shrinks the visual viewport too.
  listen(visualViewport, "resize", () => {
    const { scale, height } = visualViewport;
    if (scale == 1) host.style.setProperty("--height", height / (host.currentCSSZoom || 1) + "px");
  }, { signal });
  listen(signal, "abort", () => {
    memory.queue = []; // for the next panel
    drop();
  });

  watch();
  if (chat.isOpen()) turned();
  const { queue = [] } = memory;
  memory.queue = { push: perform };
  queueMicrotask(() => queue.forEach(perform)); // once porchlight.js has this panel
  return { turned };
}
