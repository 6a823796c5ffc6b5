// Porchlight("verb", …), before and after the loader has loaded.

import assert from "node:assert/strict";
import { harness, look, openChat, settled, shownChat, test } from "../test-support/harness.mjs";
import { pause } from "../test-support/limits.mjs";

const it = harness();

test("the queue is worked through in order, and no mistake in it stops the next call", async () => {
  const page = await it.visit("queue");
  await page.until("log.length >= 4");
  assert.deepEqual(await page.evaluate("log"), ["ready", "throws", "open", "close"]);

  // Later calls run at once, on the same terms.
  assert.equal(await page.evaluate(() => {
    Porchlight("toggle");
    return log.at(-1);
  }), "open");
  assert.equal(await page.evaluate("Porchlight.q.length"), 0);
  // The panel knows more verbs than the launcher, and has the last word.
  await settled(page);
  assert.deepEqual(page.said("warning"), ['[Porchlight] There is no "constructor".']);
  await page.evaluate(() => ["toString", "dance", undefined].forEach((verb) => Porchlight(verb)));
  assert.equal(page.said("warning").length, 1, "it warns once");
  await page.close();
});

test("open, close, toggle, each told once, to listeners and on window", async () => {
  const page = await it.visit("plain");
  assert.deepEqual(
    await page.evaluate(() => {
      const log = [];
      for (const name of ["open", "close"]) {
        Porchlight("on", name, () => log.push(name));
        addEventListener("porchlight:" + name, (event) => log.push(event.type));
      }
      for (const verb of ["close", "open", "open", "toggle", "toggle", "close", "close"]) Porchlight(verb);
      return log.join(" ");
    }),
    "open porchlight:open close porchlight:close open porchlight:open close porchlight:close",
  );
  await page.close();
});

test("state is told to late subscribers; off means off", async () => {
  const page = await it.visit("plain");
  const frame = await openChat(page);
  await frame.evaluate("say('unread', { count: 2 })");
  await page.until(() => document.querySelector("porchlight-chat").shadowRoot.querySelector("#unread").textContent);
  assert.deepEqual(
    await page.evaluate(() => {
      const log = [];
      for (const name of ["ready", "open", "close", "unread", "message"]) {
        const off = Porchlight("on", name, (detail) => log.push(name + JSON.stringify(detail)));
        if (name != "close") off();
      }
      Porchlight("close");
      Porchlight("open");
      return log;
    }),
    ["ready{}", "open{}", 'unread{"count":2}', "close{}"],
  );
  await page.close();
});

test("what the chat tells reaches the page under the chat's own name for it", async () => {
  const page = await it.visit("plain");
  const frame = await openChat(page);
  await page.evaluate(() => {
    window.log = [];
    Porchlight("on", "message", (detail) => log.push(detail));
    addEventListener("porchlight:message", ({ detail }) => log.push(detail));
  });
  await frame.evaluate("say('event', { name: 'message', detail: { from: 'agent' } })");
  await page.until("log.length == 2");
  assert.deepEqual(await page.evaluate("log"), [{ from: "agent" }, { from: "agent" }]);
  await page.close();
});

const starts = "heard.filter((it) => it.type == 'start').map(({ bot }) => bot)";

test("startConversation opens the chat and is handed to the frame once, however early it comes", async () => {
  const page = await it.visit("plain");
  await page.evaluate(() => Porchlight("startConversation", { bot: "b-1" }));
  const frame = await shownChat(page);
  await frame.until("heard.some((it) => it.type == 'start')");
  assert.deepEqual(await frame.evaluate(starts), ["b-1"]);
  assert.equal(await frame.evaluate("heard.findIndex((it) => it.type == 'start')"), 1, "after init");
  assert.equal(await page.evaluate("document.activeElement.tagName"), "BODY", "no call moves the focus");

  await page.evaluate(() => {
    Porchlight("close");
    Porchlight("startConversation");
    Porchlight("startConversation", { bot: 7 });
  });
  await frame.until("heard.filter((it) => it.type == 'start').length == 3");
  assert.deepEqual((await frame.evaluate(starts)).slice(1), ["", "7"]);
  assert.equal((await settled(page)).frame, "shown");
  assert.deepEqual(page.said("warning"), []);
  await page.close();
});

test("a frame that loads anew begins no conversation again", async () => {
  const page = await it.visit("plain");
  await page.evaluate(() => Porchlight("startConversation", { bot: "b-1" }));
  const frame = await shownChat(page);
  await frame.until("heard.some((it) => it.type == 'start')");
  await page.evaluate(() => Porchlight("setLocale", "en"));
  const anew = await shownChat(page);
  assert.deepEqual(await anew.evaluate(starts), []);
  await page.evaluate(() => Porchlight("startConversation", { bot: "b-2" }));
  await anew.until("heard.some((it) => it.type == 'start')");
  assert.deepEqual(await anew.evaluate(starts), ["b-2"]);
  await page.close();
});

test("what can't be read of a call harms nothing", async () => {
  const page = await it.visit("plain");
  const frame = await openChat(page);
  await page.evaluate(() => {
    const hostile = { toString() { throw new Error("hostile"); } };
    for (const detail of [null, hostile, { bot: hostile }, 7, "b"]) Porchlight("startConversation", detail);
  });
  await frame.until("heard.filter((it) => it.type == 'start').length == 3");
  assert.deepEqual(await frame.evaluate(starts), ["", "", ""]);
  await page.close();
});

test("setLocale changes the language of everything, and the chat returns to its place", async () => {
  const labels = () => {
    const { shadowRoot } = document.querySelector("porchlight-chat");
    return [shadowRoot.querySelector("div > button").ariaLabel, shadowRoot.querySelector("dialog").ariaLabel];
  };
  const isLive = () => document.querySelector("porchlight-chat").shadowRoot.querySelector(".live");
  const page = await it.visit("plain", { hasGerman: true });
  await page.evaluate(() => Porchlight("setLocale", "en"));
  assert.equal(page.frameCount, 0, "nothing is loaded before interest");
  const frame = await openChat(page);
  await frame.evaluate("say('keep', { name: 'draft:new', text: 'half' }); say('place', { place: 'new' }); say('unread', { count: 1 })");
  await page.until(() => document.querySelector("porchlight-chat").shadowRoot.querySelector("#unread").textContent);
  assert.deepEqual(await page.evaluate(labels), ["Close chat", "Chat"]);

  await page.evaluate(() => Porchlight("setLocale", "de"));
  await page.until(isLive);
  assert.deepEqual(await page.evaluate(labels), ["Chat schließen", "Chat"]);
  const { locale, place, kept, focus, open } = await (await page.frame()).evaluate("heard[0]");
  assert.deepEqual({ locale, place, kept, focus, open }, { locale: "de", place: "new", kept: { "draft:new": "half" }, focus: false, open: true });

  // As fast as a page wants; the last one counts, and none is the page's language.
  await page.evaluate(() => ["de", "xx-😀", {}, 7, null].forEach((language) => Porchlight("setLocale", language)));
  await page.until(isLive);
  assert.deepEqual(await page.evaluate(() => [...document.querySelectorAll("porchlight-chat")].length), 1);
  assert.equal((await (await page.frame()).evaluate("heard[0]")).locale, "de");
  await page.evaluate(() => Porchlight("setLocale", { toString: () => "en" }));
  await page.until(isLive);
  assert.equal((await (await page.frame()).evaluate("heard[0]")).locale, "en");
  assert.deepEqual(page.console, []);
  await page.close();
});

test("destroy leaves nothing: no element, frame, listener, timer or marker; a new script starts anew", async () => {
  const page = await it.visit("plain", {
    hurry: 20,
    frames: "silent",
    before: `
      // Listeners outside of the loader's own elements, and pending timers.
      window.kept = new Set();
      for (const target of [EventTarget.prototype]) {
        const add = target.addEventListener;
        target.addEventListener = function (type, run, options) {
          if (options?.signal && !(this instanceof Node)) {
            kept.add(type);
            options.signal.addEventListener("abort", () => kept.delete(type));
          }
          return add.call(this, type, run, options);
        };
      }
    `,
  });
  await page.evaluate(() => Porchlight("on", "open", () => {}));
  await page.evaluate(() => Porchlight("open"));
  await page.frame();
  assert.notEqual(await page.evaluate("kept.size"), 0);
  await page.evaluate(() => Porchlight("destroy"));

  assert.deepEqual(await page.evaluate("[...kept]"), []);
  assert.equal(await page.evaluate(() => document.querySelector("porchlight-chat, iframe, dialog")), null);
  assert.equal(await page.evaluate(() => document.documentElement.children.length), 2, "head and body");
  assert.equal(await page.evaluate(() => customElements.get("porchlight-chat") ?? null), null);

  // Late calls do no harm, and destroying twice does not destroy what is loaded next.
  await page.evaluate(() => Porchlight("destroy"));
  await pause(1500);
  assert.equal(page.frameCount, 0);
  assert.deepEqual(page.said("warning"), []);
  assert.deepEqual(page.said("exception"), []);

  await page.evaluate(() => {
    Porchlight("open");
    document.body.append(Object.assign(document.createElement("script"), { src: document.scripts[0].src }));
    document.scripts[document.scripts.length - 1].dataset.site = "shop-1";
  });
  await page.until(() => document.querySelector("porchlight-chat"));
  assert.equal((await settled(page)).panel, true, "the call in between was kept");
  assert.deepEqual(page.said("exception"), []);
  await page.close();
});

test("what is queued after destroy waits for the next script", async () => {
  const page = await it.visit("plain", {
    launcher: false,
    before: `if (top == window) window.Porchlight = Object.assign(() => {}, { q: [["on", "ready", () => {}], ["destroy"], ["open"]] })`,
  });
  await page.until(() => Porchlight.q.length == 1);
  assert.equal(await page.evaluate(() => document.querySelector("porchlight-chat")), null);
  assert.deepEqual(it.servers.requests, ["/porchlight.js"]);
  assert.deepEqual(await page.evaluate("Porchlight.q"), [["open"]]);
  assert.deepEqual(page.console, []);
  await page.close();
});

test("a body that is swapped does not take the chat with it", async () => {
  const page = await it.visit("plain");
  const frame = await openChat(page);
  await page.evaluate(() => {
    const { src } = document.scripts[0];
    document.body.replaceWith(document.createElement("body"));
    const tag = Object.assign(document.createElement("script"), { src });
    tag.dataset.site = "shop-1";
    document.body.append(tag); // as page-swapping scripts do
  });
  await page.until(() => document.querySelector("porchlight-chat")?.shadowRoot.querySelector(".live"));
  assert.equal((await page.evaluate(look)).frame, "shown");

  // The host is in <html> now, which survives the next swap.
  await frame.evaluate("window.isTheSame = true");
  await page.evaluate(() => document.body.replaceWith(document.createElement("body")));
  await pause(300);
  assert.equal((await page.evaluate(look)).frame, "shown");
  assert.equal(await frame.evaluate("window.isTheSame"), true);
  assert.deepEqual(page.console, []);
  await page.close();
});
