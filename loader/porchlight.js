/**
 * Porchlight's loader: the launcher on somebody else's page. It paints one button, and makes the chat's frame when a
 * visitor shows that they want it. Until then: no second request, no cookie, nothing stored, no socket.
 *
 *   <script async src="https://chat.example/porchlight.js" data-site="SITE_KEY"></script>
 *
 * To call it before it has loaded, put the queue in front:
 *   window.Porchlight=window.Porchlight||function(){(Porchlight.q=Porchlight.q||[]).push(arguments)}
 *
 * ATTRIBUTES of the script tag
 *   data-site        the site's public key (required)
 *   data-color       accent, any CSS colour; the icon turns dark or light by itself
 *   data-position    "right" (default) or "left"
 *   data-z-index     default 2147483000
 *   data-locale      default: the page's <html lang>, then the browser's language
 *   data-open-label, data-close-label, data-title-label, data-unread-label, data-loading-label, data-down-label,
 *   data-retry-label the loader's own words, see TEXT
 *
 * CUSTOM PROPERTIES, set on :root or porchlight-chat
 *   --porchlight-z-index                        as the attribute, which wins
 *   --porchlight-inset-x, --porchlight-inset-y  distance from the corner, default 20px
 *   --porchlight-color-scheme                   "light dark" (default: as the visitor likes it), "light" or "dark"
 * <porchlight-chat hidden> hides everything.
 *
 * VERBS, called as Porchlight("verb", …)
 *   open, close, toggle
 *   on(event, listener)  returns a function that unsubscribes
 *   destroy              takes everything off the page; loading the script again starts anew
 *
 * EVENTS, for `on` and as CustomEvent "porchlight:<event>" on window
 *   ready, open, close, unread {count}   state: a late subscriber is told at once what holds now
 *   message, conversation-started, …     what else the chat tells, with its detail
 *
 * STORED on the page's origin, from the visitor's first message on: localStorage["porchlight:SITE_KEY"] = {key, active}
 *
 * The channel between page and frame is described in docs/embedding.md.
 */
(() => {
  const TEXT = {
    open: "Open chat",
    close: "Close chat",
    title: "Chat",
    unread: "Unread messages: ",
    loading: "Opening chat",
    down: "Chat can't be reached right now.",
    retry: "Retry",
  };
  const READY_WITHIN_MS = 15000; // from opening, before the note says that the chat is down
  const PONG_WITHIN_MS = 5000;
  const PING_AFTER_MS = 10000;
  const OFFER_AFTER_MS = 100; // then a quarter longer each time,
  const OFFER_UNTIL_MS = 3000; // until an interval is this long: 17 offers in 14 s

  // Where the panel fills the screen.
  const SMALL = "(max-width:479px),(max-height:419px)";
  // Written tight, for it travels as it stands. In px: rem is the page's. The page's rules reach the host element, so it
  // is no box at all, and the div inherits nothing. `oklch(from …)` keeps the icon readable, and the edge at 3:1 on
  // white, on any accent; a browser that doesn't know it draws the icon in black.
  const STYLE = `
:host{display:contents!important}
:host([hidden]){display:none!important}
div{all:initial;position:fixed;right:var(--porchlight-inset-x,20px);bottom:var(--porchlight-inset-y,20px);
z-index:var(--porchlight-z-index,2147483000);--a:var(--porchlight-color,#f6a821);
font:15px/1.4 system-ui,sans-serif;color-scheme:var(--porchlight-color-scheme,light dark)}
.left{right:auto;left:var(--porchlight-inset-x,20px)}

button{border:1px solid oklch(from var(--a) min(l,.62) c h);border-radius:28px;
background:var(--a);color:oklch(from var(--a) clamp(.2,(.6 - l)*999,1) min(c,.04) h);
font:inherit;font-weight:600;outline-offset:2px;cursor:pointer}
[aria-expanded]{display:block;width:56px;height:56px;padding:11px;box-shadow:0 4px 20px #2a1a0040}
svg{display:block;fill:currentColor}
b{position:absolute;top:-5px;right:-5px;min-width:12px;padding:0 5px;border-radius:11px;outline:2px solid #fff;
background:#b3261e;color:#fff;font-size:12px;line-height:22px}
[aria-expanded=true] b,b:empty{display:none}
i{position:absolute;clip-path:inset(50%);white-space:nowrap}

dialog{position:absolute;z-index:-1;inset:auto 0 68px auto;display:grid;place-content:center;text-align:center;box-sizing:border-box;
width:380px;height:640px;max-height:calc(100dvh - 108px);padding:0;
border:0;border-radius:18px;overflow:hidden;box-shadow:0 0 0 1px #8884,0 4px 48px #2a1a0040;outline:0;
visibility:hidden;opacity:0;transform:translateY(10px)}
.left dialog{inset:auto auto 68px 0}
dialog[open]{visibility:visible;opacity:1;transform:none}
iframe{position:absolute;width:100%;height:100%;border:0;visibility:hidden}
.live iframe{visibility:inherit}
.live :not(iframe){display:none}
dialog button{min-height:44px;margin:4px;padding:0 32px}
button+button{background:none;color:inherit}

@media ${SMALL}{
dialog{position:fixed;inset:0 0 auto!important;width:100%;height:var(--height,100dvh);border-radius:0;max-width:none;max-height:none}
[aria-expanded=true]{visibility:hidden}}
@media (prefers-reduced-motion:no-preference){
dialog,button{transition:.16s opacity,.16s transform}
[aria-expanded]:hover{transform:translateY(-2px)}}
@media print{div{display:none}}`;
  const BUBBLE = "M4 17a9.5 9.5 0 1 1 4 3.5L3 22zm8-11q-4 4-4 7a4 4 0 0 0 8 0q0-3-4-7z";
  const CHEVRON = "M12 17 4 9l2-2 6 6 6-6 2 2z";

  const tag = document.currentScript || {};
  const options = tag.dataset || {};
  const { site } = options;
  const text = (name) => options[name + "Label"] || TEXT[name];

  // We are a guest. Whatever goes wrong: one line in the console, for the first thing, and no exception.
  let warned;
  const warn = (what) => {
    if (!warned) console.warn("[Porchlight] " + what);
    warned = true;
  };
  const call = (run, args) => {
    try {
      return run(args);
    } catch (error) {
      console.error(error);
    }
  };

  // Loaded twice is common (a tag manager, a body swapped by script): the first one serves.
  const before = window.Porchlight || {};
  if (before.site) {
    if (before.site != site) warn(`There is "${before.site}" already.`);
    return;
  }
  if (!site) return warn('Needs a script tag with data-site="YOUR_SITE_KEY".');
  const server = new URL(tag.src).origin;

  // ── What the visitor's browser keeps. Where storage is blocked, memory serves until the page is left.

  const slot = "porchlight:" + site;
  let kept = {};

  const recall = () => {
    try {
      kept = JSON.parse(localStorage.getItem(slot)) || {};
    } catch {}
  };

  const keep = (change) => {
    kept = { ...kept, ...change };
    try {
      // No key, no record: a visitor who has not written leaves nothing behind. And only who drops the key may take the
      // record away, for in another tab the visitor may just have written.
      if (kept.key) localStorage.setItem(slot, JSON.stringify(kept));
      else if ("key" in change) localStorage.removeItem(slot);
    } catch {}
  };

  // ── Events for the page.

  const gone = new AbortController(); // every listener outside our own elements hangs on its signal
  const listen = (target, type, run) => target.addEventListener(type, run, gone);
  const held = {}; // what holds now: event → detail

  const emit = (event, detail) => dispatchEvent(new CustomEvent("porchlight:" + event, { detail }));
  const hold = (event, detail = {}) => emit(event, (held[event] = detail));

  const on = (event, run) => {
    const heard = ({ detail }) => run(detail);
    const type = "porchlight:" + event;
    listen(window, type, heard);
    if (held[event]) run(held[event]);
    return () => removeEventListener(type, heard);
  };

  // ── What is on the page. An element without a definition: a shadow root needs none, and the registry can't forget.
  // It hangs on <html>: it outlives a body that is swapped, and no transform on body moves it.
  // Nodes and a constructed sheet only, nothing that a strict CSP or Trusted Types would refuse.

  const set = (element, attributes) => {
    for (const name in attributes) element.setAttribute(name, attributes[name]);
    return element;
  };
  const make = (name, attributes) => set(document.createElement(name), attributes);
  const draw = (name, attributes) => set(document.createElementNS("http://www.w3.org/2000/svg", name), attributes);

  let isOpen = false;
  const toggle = () => turn(!isOpen);
  const close = () => turn(false);

  const host = make("porchlight-chat");
  const shadow = host.attachShadow({ mode: "open" });
  const all = make("div", { class: options.position || "right" });
  // The badge is for eyes: a label hides what is in a button.
  const launcher = make("button", { "aria-describedby": "unread" });
  const icon = draw("svg", { viewBox: "0 0 24 24" });
  const shape = draw("path", { "fill-rule": "evenodd" });
  const badge = make("b");
  const unread = make("i", { id: "unread", role: "status" });
  // The panel holds the frame, and a note in its place while it loads or fails: there is always a way out.
  const panel = make("dialog", { "aria-label": text("title"), tabindex: -1 });
  const note = make("p", { role: "status" });
  const retry = make("button");
  const leave = make("button");

  shadow.append(all);
  all.append(launcher, unread, panel);
  launcher.append(icon, badge);
  icon.append(shape);
  panel.append(note, retry, leave);
  retry.append(text("retry"));
  leave.append(text("close"));

  launcher.onclick = toggle;
  leave.onclick = panel.oncancel = close;
  retry.onclick = () => {
    hangUp();
    frame.remove(); // a new one: another `src` does not end a load that hangs
    frame = null;
    warm();
    patience(fail, READY_WITHIN_MS);
    panel.focus();
  };
  const isWithin = () => panel.contains(shadow.activeElement);

  const show = (what) => {
    panel.className = what;
    note.textContent = text(what);
    retry.hidden = what == "loading";
  };

  // ── The frame and its channel.

  let frame;
  let port; // the one that the frame answered on
  let offerTimer;
  let timer;

  const patience = (run, ms) => {
    clearTimeout(timer);
    timer = setTimeout(run, ms);
  };

  const send = (type, more) => port && port.postMessage({ v: 1, type, ...more });

  const warm = () => {
    if (frame) return;
    frame = make("iframe", { title: text("title"), src: server + "/chat/" + site });
    // At every load, for a frame that reloads itself is a new one.
    frame.onload = () => {
      hangUp();
      offer(OFFER_AFTER_MS);
    };
    show("loading");
    panel.append(frame);
  };

  const hangUp = () => {
    clearTimeout(offerTimer);
    port = null;
  };

  // The document has loaded before its program runs, so an offer may find nobody listening. Each is a fresh port; the
  // frame takes one and says "ready" on it. Nothing is ever heard but what comes over these ports.
  const offer = (ms) => {
    if (port) return;
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = ({ data }) => {
      if (!data || data.v != 1) return;
      if (!port && data.type == "ready") connected(port1);
      else if (port == port1 && hears[data.type]) hears[data.type](data);
    };
    frame.contentWindow.postMessage({ porchlight: 1, type: "connect" }, server, [port2]);
    if (ms < OFFER_UNTIL_MS) offerTimer = setTimeout(offer, ms, ms * 1.25);
  };

  const connected = (port1) => {
    port = port1;
    if (!kept.key) recall(); // another tab may have been first
    send("init", {
      visitorKey: kept.key || null,
      locale: options.locale || document.documentElement.lang || navigator.language,
      color: options.color || null,
      open: isOpen,
      fullscreen: small.matches,
    });
    live();
    if (isOpen) ping();
  };

  const live = () => {
    const within = isWithin() && shadow.activeElement != frame;
    show("live");
    if (within) frame.focus();
  };

  // A frame whose program has died says nothing, so while the panel is open it has to answer.
  const ping = () => {
    send("ping");
    patience(fail, PONG_WITHIN_MS);
  };

  const fail = () => {
    clearTimeout(timer);
    warn(server + " does not answer.");
    const within = isWithin();
    show("down");
    if (within) retry.focus();
  };

  // All that the frame may say. Anything else is passed over: a newer frame may say more than we know.
  const hears = {
    __proto__: null,
    close,
    failed: fail,
    pong() {
      live(); // it may have been slow, not dead
      if (isOpen) patience(ping, PING_AFTER_MS);
    },
    unread({ count }) {
      badge.textContent = count > 9 ? "9+" : count || "";
      unread.textContent = count ? text("unread") + count : "";
      hold("unread", { count });
    },
    key: ({ visitorKey }) => keep({ key: visitorKey }),
    active: ({ open }) => keep({ active: open }),
    forget: () => keep({ key: "", active: false }),
    event: ({ name, detail }) => emit(name, detail),
  };

  // ── Open and close.

  const small = matchMedia(SMALL);

  const paint = () => {
    set(launcher, { "aria-expanded": isOpen, "aria-label": text(isOpen ? "close" : "open") });
    set(shape, { d: isOpen ? CHEVRON : BUBBLE });
    panel.close();
    if (!isOpen) return;
    // A full screen is modal: the page behind it is out of reach for keys and screen readers too.
    small.matches ? panel.showModal() : panel.show();
    (port ? frame : panel).focus();
  };

  const turn = (wanted) => {
    if (isOpen == wanted) return;
    isOpen = wanted;
    clearTimeout(timer);
    if (isOpen) {
      warm();
      port ? ping() : patience(fail, READY_WITHIN_MS);
    }
    paint();
    // A dialog gives the focus back to what had it before. If nothing had: the launcher. If it is elsewhere, it stays.
    if (!isOpen && isWithin()) launcher.focus();
    delete held.open;
    delete held.close;
    send(isOpen ? "opened" : "closed");
    hold(isOpen ? "open" : "close");
  };

  // ── The function on window. Before the start and after the end it is a queue, like the stub in the page.

  const destroy = () => {
    gone.abort();
    hangUp();
    clearTimeout(timer);
    host.remove();
    up = porchlight.site = false;
  };

  let up;
  const verbs = { __proto__: null, open: () => turn(true), close, toggle, on, destroy };
  const queue = before.q || [];
  const perform = (args) =>
    call(([verb, ...rest]) => (verbs[verb] ? verbs[verb](...rest) : warn(`There is no "${verb}".`)), args);
  const porchlight = (...args) => (up || args[0] == "destroy" ? perform(args) : queue.push(args));
  porchlight.site = site;
  porchlight.q = queue;
  window.Porchlight = porchlight;

  const start = () => {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(STYLE);
    shadow.adoptedStyleSheets = [sheet];
    if (CSS.supports("color", options.color)) host.style.setProperty("--porchlight-color", options.color);
    if (options.zIndex) host.style.setProperty("--porchlight-z-index", options.zIndex);
    document.documentElement.append(host);
    paint();

    launcher.onpointerenter = launcher.onfocus = warm;
    listen(window, "keydown", (event) => event.key == "Escape" && !event.defaultPrevented && close());
    listen(window, "storage", ({ key }) => {
      if (key == slot) recall(), send("key", { visitorKey: kept.key || null });
    });
    listen(small, "change", () => {
      send("layout", { fullscreen: small.matches });
      paint();
    });
    // Stay above the on-screen keyboard, unless somebody pinched.
    listen(visualViewport, "resize", () => {
      if (visualViewport.scale == 1) host.style.setProperty("--height", visualViewport.height + "px");
    });

    // Who is in mid-conversation sees what is unread without asking, once the page has nothing better to do.
    recall();
    const idle = () => (window.requestIdleCallback || setTimeout)(warm);
    if (kept.active) document.readyState == "complete" ? idle() : listen(window, "load", idle);

    up = true;
    hold("ready");
    while (up && queue.length) perform(queue.shift());
  };

  if (document.body) call(start);
  else listen(document, "DOMContentLoaded", () => call(start));
})();
