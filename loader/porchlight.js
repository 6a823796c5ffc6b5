/**
 * Porchlight's loader: the launcher on the host page. It shows one button, and fetches the rest (porchlight-panel.js and the
 * frame) when a visitor shows interest. Until then: no second request, no cookie, nothing stored, no socket.
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
 *   data-title       "off": the page's title is left alone, see title.js
 *   data-sound       "off": no sound until the visitor turns it on, see bell.js
 *   data-layout, data-conversation  of the page /c/SITE_KEY, see page/porchlight-page.js
 *   data-open-label, data-close-label, data-title-label, data-unread-label, data-loading-label, data-slow-label,
 *   data-down-label, data-retry-label  the loader's own words, in place of those of words/*.json
 *
 * CUSTOM PROPERTIES, set on :root or porchlight-chat
 *   --porchlight-z-index                        as the attribute, which wins
 *   --porchlight-inset-x, --porchlight-inset-y  distance from the corner, default 20px
 *   --porchlight-color-scheme                   "light dark" (default: the visitor's setting), "light" or "dark"
 * <porchlight-chat hidden> hides everything.
 *
 * VERBS, called as Porchlight("verb", …)
 *   open, close, toggle  the focus stays where it is; only a click on the launcher moves it into the chat
 *   on(event, listener)  returns a function that unsubscribes
 *   setLocale(language)  as data-locale; the chat stays in its conversation
 *   startConversation({bot})  opens the chat, with this bot, or without one with a field for the team
 *   identify({id, name, email, hash, …})  who the visitor is, docs/identity.md; told once the chat is needed
 *   logout               forgets the visitor on this browser
 *   destroy              removes everything from the page; loading the script again starts anew
 *
 * EVENTS, for `on` and as CustomEvent "porchlight:<event>" on window
 *   ready, open, close, unread {count}   state: a late subscriber gets the current one at once
 *   message {author}                     a new message, by "agent", "bot" or "visitor"
 *   conversation-started                 the visitor has begun a conversation
 *
 * STORED on the page's origin, once the visitor has typed something: localStorage["porchlight:SITE_KEY"], see record.js
 *
 * docs/embedding.md says more.
 */
import { ask, draw, listen, make, set } from "./dom.js";
import STYLE from "./porchlight.css";

// The server fills these places from words/*.json: in English, or in the language of `porchlight.js?lang=de`. The words in the
// page's language come with porchlight-panel.js.
let words = {
  open: "{{loader.open}}",
  close: "{{loader.close}}",
  loading: "{{loader.loading}}",
  down: "{{loader.down}}",
  retry: "{{loader.retry}}",
};

const BUBBLE = "M4 17a9.5 9.5 0 1 1 4 3.5L3 22zm8-11q-4 4-4 7a4 4 0 0 0 8 0q0-3-4-7z";
const CHEVRON = "M12 17 4 9l2-2 6 6 6-6 2 2z";
const REST_WITHIN_MS = 15_000; // the timeout of porchlight-panel.js,
const REST_AGAIN_MS = 2000; // and the wait before a retry
const LOOK_EVERY_MS = 3_600_000; // the poll interval of pages, while nothing is open and nothing unread
const ASTRAY_PX = 100; // more than scroll bars, a phone's toolbars and zoom displace the launcher
const RETURN_EVERY_MS = 10_000; // throttle, for a page that removes the host again and again

// The loader throws nothing at the host page, and warns once, of its first problem.
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

call(() => {
  // A module has no `currentScript`, so its tag is found by a selector.
  const current = ask("currentScript");
  const module = () => ask("querySelector").call(document, "script[type=module][data-site][src*='/porchlight.js']");
  const tag = current instanceof HTMLScriptElement ? current : module();
  const options = { __proto__: null, ...(tag && tag.dataset) };
  const site = (options.site || "").trim();

  // The language of the page, else the browser's. The server finds the nearest that there is.
  const query = () =>
    "?lang=" + encodeURIComponent(options.locale || ask("documentElement").lang || navigator.language) + "&site=" + site;
  const text = (name) => options[name + "Label"] || words[name];

  // Being loaded twice is common (a tag manager, a swapped body): the first one stays, as long as its host is connected.
  const before = { __proto__: null, ...(window.Porchlight instanceof Function && window.Porchlight) }; // or markup with that id
  if (before.site && (!before.host || before.host.isConnected)) {
    if (before.site != site) warn(`There is "${before.site}" already.`);
    return;
  }
  if (before.site) window.Porchlight("destroy");
  if (!site) return warn('Needs a script tag with data-site="YOUR_SITE_KEY".');
  if (!/^[\w-]{1,64}$/.test(site)) return warn(`data-site="${site}" is no site key. "porchlight site list" shows yours.`);
  const server = new URL(tag.src).origin;

  // ── Events for the page.

  const gone = new AbortController(); // removes the listeners outside of our own elements
  const held = { __proto__: null }; // the current state: event → detail

  const emit = (event, detail) => dispatchEvent(new CustomEvent("porchlight:" + event, { detail }));
  const hold = (event, detail = {}) => emit(event, (held[event] = detail));

  const on = (event, run) => {
    const heard = ({ detail }) => run(detail);
    const type = "porchlight:" + event;
    listen(window, type, heard, { signal: gone.signal });
    if (held[event]) run(held[event]);
    return () => removeEventListener(type, heard);
  };

  // ── The elements. The host is no defined custom element: a shadow root needs none, and a definition can't be removed.
  // A strict CSP and Trusted Types allow nodes and a constructed style sheet.

  const host = make("porchlight-chat");
  const shadow = host.attachShadow({ mode: "open" });
  // The label hides the badge from screen readers, so `unread` describes the button.
  const badge = make("b");
  const unread = make("i", { id: "unread", role: "status" });
  // Of the panel, over rebuilds. `queue` holds the calls of verbs that only the panel knows, until the panel puts its own in place.
  const memory = { __proto__: null, queue: [] };
  let isOpen = false;
  let view;

  const turn = (wanted, byVisitor) => {
    if (isOpen == wanted) return;
    isOpen = wanted;
    view.turned(byVisitor);
    delete held.open;
    delete held.close;
    hold(isOpen ? "open" : "close");
  };
  const close = () => turn(false);

  const build = () => {
    const life = new AbortController();
    const { signal } = life;
    const all = make("div", { class: options.position || "right" });
    const launcher = make("button", { "aria-describedby": "unread" });
    const icon = draw("svg", { viewBox: "0 0 24 24" });
    const shape = draw("path", { "fill-rule": "evenodd" });
    // Stands in for the panel until porchlight-panel.js has loaded.
    const wait = make("section");
    const note = make("p", { role: "status" });
    const retry = make("button");
    const panel = make("dialog");

    shadow.replaceChildren(all);
    all.append(launcher, unread, wait, panel);
    wait.append(note, retry);
    retry.append(text("retry"));
    launcher.append(icon, badge);
    icon.append(shape);

    const paint = () => {
      set(launcher, { "aria-expanded": isOpen, "aria-label": text(isOpen ? "close" : "open") });
      set(shape, { d: isOpen ? CHEVRON : BUBBLE });
      say("loading");
    };

    const say = (what) => {
      wait.hidden = rest || !isOpen;
      note.textContent = wait.hidden ? "" : text(what);
      retry.hidden = what == "loading";
    };

    // ── The rest: porchlight-panel.js. During an upgrade the two files may be of different versions, so properties of `chat`
    // are only ever added.

    const makeFrame = () => {
      const frame = make("iframe", { src: server + "/chat/" + site + query() });
      frame.onload = () => (frame.isLoaded = true);
      panel.append(frame);
      return frame;
    };
    const chat = {
      site, server, options, memory, host, shadow, panel, launcher, signal,
      warn, emit, turn, close, makeFrame,
      isOpen: () => isOpen,
      unread(number, said = "") {
        badge.textContent = number > 9 ? "9+" : number || "";
        unread.textContent = said;
        hold("unread", { count: number });
      },
    };
    let rest;
    let patience;
    let again;
    let tries = 0;

    const stop = () => {
      clearTimeout(patience);
      clearTimeout(again);
      patience = 0;
    };

    const fail = () => {
      stop();
      warn(server + " does not answer.");
      say("down");
    };

    // Who a visitor is can wait until they show interest.
    const warm = (why) => {
      if (rest || patience || why == "identify") return;
      patience = setTimeout(fail, REST_WITHIN_MS);
      fetchRest();
    };

    const fetchRest = () => {
      // The frame loads in parallel with the import. Each try makes a new one, because a failed frame holds an error page.
      if (chat.frame) chat.frame.remove();
      chat.frame = makeFrame();
      // A browser may cache a failed import, so a retry has another URL.
      import(`${server}/porchlight-panel.js${query()}&${tries++}`).then(
        ({ default: begin, WORDS }) => {
          if (rest || signal.aborted) return;
          stop();
          words = WORDS;
          rest = begin(chat);
          paint();
        },
        () => {
          if (patience) again = setTimeout(fetchRest, REST_AGAIN_MS);
        },
      );
    };

    const turned = (byVisitor) => {
      seek();
      chat.byVisitor = byVisitor;
      paint();
      if (isOpen) warm();
      if (rest) rest.turned();
    };

    launcher.onclick = () => turn(!isOpen, true);
    launcher.onpointerenter = launcher.onfocus = warm;
    retry.onclick = () => {
      say("loading");
      warm();
    };

    // A transform or filter on the page's root or body becomes the containing block of "fixed" and displaces the launcher. The
    // top layer is free of that, but is the fallback only, because z-index has no effect there. In an observer's callback
    // measuring forces no layout.
    const sight = new IntersectionObserver(() => {
      const { width, right, bottom } = all.getBoundingClientRect();
      const style = getComputedStyle(all);
      const isAway = (edge, inset, size) => Math.abs(edge + parseFloat(inset) - size) > ASTRAY_PX;
      const isAstray = isAway(right, style.right, innerWidth) || isAway(bottom, style.bottom, innerHeight);
      if (width && isAstray && all.showPopover && !all.popover) set(all, { popover: "manual" }).showPopover();
    });

    const seek = () => {
      sight.disconnect();
      sight.observe(launcher);
    };

    const end = () => {
      life.abort();
      sight.disconnect();
      stop();
    };
    return { turned, paint, warm, seek, end };
  };

  // The frame loads without a click if a conversation is open or unread, a text waits in the outbox, or the poll is due.
  const isExpected = () => {
    try {
      const record = localStorage.getItem("porchlight:" + site);
      const { key, active, askedAtMs } = JSON.parse(record);
      const isUnsent = /[{,]"outbox:/.test(record); // the name of a kept text; within a text, the quote is escaped
      return active || isUnsent || (key && !(Math.abs(Date.now() - askedAtMs) < LOOK_EVERY_MS));
    } catch {}
  };
  const wake = () => {
    if (!isExpected()) return;
    // Where there is no requestIdleCallback, markup with that id may be in its place.
    const idle = () => (window.requestIdleCallback instanceof Function ? requestIdleCallback : setTimeout)(() => view.warm());
    if (ask("readyState") == "complete") idle();
    else listen(window, "load", idle, { signal: gone.signal });
  };

  // ── The host's place: at the end of <body>, after parsing, where React ignores it when it hydrates a whole document.
  // Once a body was swapped: in <html>, which survives the next swap.

  let isSwapped;
  let returnedAt = 0;
  let returning;

  const settle = () => {
    (isSwapped ? ask("documentElement") : ask("body")).append(host);
    view.paint();
    view.seek();
    observe();
  };
  const observe = () => {
    watch.disconnect();
    for (const node of [document, ask("documentElement"), host.parentNode]) if (node) watch.observe(node, { childList: true });
  };
  const rebuild = () => {
    if (view) view.end();
    view = build();
    settle();
    if (isOpen) view.turned();
    else wake();
  };
  // The view is rebuilt, because `document.open` also removes listeners.
  const comeBack = () => {
    returning = 0;
    if (host.isConnected || !ask("body")) return;
    if (host.parentNode != ask("body")) isSwapped = host.parentNode;
    returnedAt = Date.now();
    rebuild();
  };
  const watch = new MutationObserver(() => {
    if (host.isConnected || returning) return;
    observe(); // there may be another <html> by now, whose <body> is still to come
    if (!ask("body")) return;
    returning = setTimeout(call, returnedAt + RETURN_EVERY_MS - Date.now(), comeBack);
  });

  // ── `window.Porchlight`. Before `start` and after `destroy` it queues calls, as the stub on the page does.

  const destroy = () => {
    gone.abort();
    watch.disconnect();
    clearTimeout(returning);
    if (view) view.end();
    host.remove();
    up = porchlight.site = false;
  };

  let up;
  const setLocale = (language) => {
    options.locale = language;
    rebuild();
  };
  const verbs = { __proto__: null, setLocale, open: () => turn(true), close, toggle: () => turn(!isOpen), on, destroy };
  const queue = before.q || [];
  const perform = (args) =>
    call(([verb, ...rest]) => (verbs[verb] ? verbs[verb](...rest) : view.warm(memory.queue.push(args) && verb)), args);
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
    rebuild();
    porchlight.host = host;
    up = true;
    hold("ready");
    while (up && queue.length) perform(queue.shift());
  };

  if (ask("readyState") == "loading") listen(document, "readystatechange", () => call(start), { signal: gone.signal, once: true });
  else call(start);
});
