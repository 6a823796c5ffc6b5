// The channel between the loader and the frame, and the record.

import assert from "node:assert/strict";
import { harness, look, NOTHING, openChat, record, settled, storage, test } from "../test-support/harness.mjs";
import { pause } from "../test-support/limits.mjs";

const it = harness();

/** Writes or removes the record, with the storage event that this tab gets when another one does it. */
const byAnotherTab = (page, record, key = "porchlight:shop-1") => page.evaluate((record, key) => {
  if (record) localStorage.setItem("porchlight:shop-1", JSON.stringify(record));
  else localStorage.clear();
  dispatchEvent(new StorageEvent("storage", { key }));
}, record, key);

test("the frame learns what it needs, and of the page's address the path alone", async () => {
  const page = await it.visit("plain");
  const frame = await openChat(page);
  assert.deepEqual(await frame.evaluate("heard[0]"), {
    v: 1, type: "init", visitorKey: null, kept: {}, place: null, locale: "de", color: null, sound: true, open: true, focus: true, fullscreen: false,
    page: await page.evaluate("location.pathname.replace(/\\/?$/, '/')"),
  });
  await pause(500);
  assert.deepEqual(await frame.evaluate("offers"), [{ origin: it.servers.shop, porchlight: 1, type: "connect" }], "once taken, offered no more");
  await page.close();
});

test("the frame is told on which page it is, also where pages change without loading", async () => {
  const page = await it.visit("plain");
  const frame = await openChat(page);
  await page.evaluate(() => history.pushState(null, "", "/shop/größe?secret=1#2"));
  await frame.until("heard.at(-1).page == '/shop/gr%C3%B6%C3%9Fe/'");
  await page.evaluate(() => {
    Porchlight("close");
    history.replaceState(null, "", "/cart");
    Porchlight("open");
  });
  await frame.until("heard.findLast((it) => it.type == 'opened').page == '/cart/'");
  assert.ok(!(await frame.evaluate("JSON.stringify(heard)")).includes("secret"));
  await page.close();
});

test("a frame whose program starts long after its document is reached all the same", async () => {
  const page = await it.visit("plain", { frames: "late" });
  const frame = await openChat(page);
  assert.equal(await frame.evaluate("heard[0].open"), true);
  assert.deepEqual(page.said("warning"), []);
  await page.close();
});

test("a frame that reloads itself is connected again", async () => {
  const page = await it.visit("plain");
  const frame = await openChat(page);
  await frame.reload("say('key', { visitorKey: 'k' })");
  await frame.until("typeof heard == 'object' && heard.some((it) => it.type == 'init' && it.visitorKey == 'k')");
  assert.equal((await settled(page)).frame, "shown");
  await page.close();
});

test("the visitor's key is stored when the frame says so, and not before", async () => {
  const page = await it.visit("plain");
  const frame = await openChat(page);
  await frame.evaluate("say('active', { open: true }); say('unread', { count: 1 })");
  await page.until(() => document.querySelector("porchlight-chat").shadowRoot.querySelector("#unread").textContent);
  assert.deepEqual(await page.evaluate(storage), NOTHING);

  await frame.evaluate("say('key', { visitorKey: 'k'.repeat(43) })");
  await page.until(() => localStorage.length);
  const { askedAtMs, ...kept } = JSON.parse((await page.evaluate(storage)).local["porchlight:shop-1"]);
  assert.deepEqual(kept, { key: "k".repeat(43), active: true });
  assert.ok(Math.abs(Date.now() - askedAtMs) < 60_000, askedAtMs);

  await frame.evaluate("say('forget')");
  await page.until(() => !localStorage.length);
  await page.close();
});

test("a key that another tab stored is handed on, and one that the site has cleared away", async () => {
  const page = await it.visit("plain");
  const frame = await openChat(page);
  await byAnotherTab(page, { key: "of-another-tab", active: true });
  await frame.until("heard.some((it) => it.type == 'key' && it.visitorKey == 'of-another-tab')");
  await byAnotherTab(page, null, null); // localStorage.clear()
  await frame.until("heard.at(-1).type == 'key' && heard.at(-1).visitorKey === null");
  await page.close();
});

test("the first key wins: a frame that makes one where another tab already has is told that", async () => {
  const page = await it.visit("plain");
  const frame = await openChat(page);
  // Stored without an event in this tab, as while it is frozen.
  await page.evaluate(() => localStorage.setItem("porchlight:shop-1", '{"key":"first","active":false}'));
  await frame.evaluate("say('key', { visitorKey: 'second' })");
  await frame.until("heard.some((it) => it.type == 'key')");
  await pause(200);
  assert.deepEqual(await frame.evaluate("heard.filter((it) => it.type == 'key' && it.visitorKey != 'first')"), []);
  assert.equal((await record(page)).key, "first");
  await page.close();
});

test("of two tabs that store one in the same instant, both go by the one that stands", async () => {
  const page = await it.visit("plain");
  const frame = await openChat(page);
  await frame.evaluate("say('key', { visitorKey: 'mine' })");
  await page.until(() => localStorage.getItem("porchlight:shop-1"));
  await byAnotherTab(page, { key: "theirs" });
  await frame.until("heard.some((it) => it.type == 'key')");
  await pause(200);
  assert.deepEqual(await frame.evaluate("heard.filter((it) => it.type == 'key').map((it) => it.visitorKey)"), ["theirs"]);
  await page.close();
});

test("a key that is proposed is always answered, also where nothing can be stored", async () => {
  for (const before of ["", `if (top == window) Object.defineProperty(window, "localStorage", { get() { throw new DOMException("no", "SecurityError") } })`]) {
    const page = await it.visit("plain", { before });
    const frame = await openChat(page);
    await frame.evaluate("say('key', { visitorKey: 'k' })");
    await frame.until("heard.some((it) => it.type == 'key' && it.visitorKey == 'k')");
    await page.close();
  }
});

test("what a visitor types is kept from the first word on, in the record that the site can clear", async () => {
  const page = await it.visit("plain");
  const frame = await openChat(page);
  await frame.evaluate("say('keep', { name: 'draft:new', text: 'Hel' })");
  await page.until(() => localStorage.length);
  assert.deepEqual((await page.evaluate(storage)).local, { "porchlight:shop-1": '{"kept":{"draft:new":"Hel"}}' });

  // The first key keeps the texts that were stored before it.
  await frame.evaluate("say('key', { visitorKey: 'k' }); say('keep', { name: 'outbox:1', text: '{}' })");
  await frame.until("heard.some((it) => it.type == 'key')");
  await page.until(() => localStorage.getItem("porchlight:shop-1").includes("outbox"));
  const { key, kept } = await record(page);
  assert.deepEqual({ key, kept }, { key: "k", kept: { "draft:new": "Hel", "outbox:1": "{}" } });

  // The next page's frame gets them.
  await page.goto(`${it.servers.shop}/plain.html`);
  const next = await openChat(page);
  assert.deepEqual(await next.evaluate("heard[0].kept"), { "draft:new": "Hel", "outbox:1": "{}" });
  await next.evaluate("for (const name of ['draft:new', 'outbox:1']) say('keep', { name, text: null })");
  await page.until(() => !localStorage.getItem("porchlight:shop-1").includes("kept"));
  await page.close();
});

test("the last text that goes takes the record with it, where there is no key", async () => {
  const page = await it.visit("plain");
  const frame = await openChat(page);
  await frame.evaluate("say('keep', { name: 'draft:new', text: 'Hel' })");
  await page.until(() => localStorage.length);
  await frame.evaluate("say('keep', { name: 'draft:new', text: null })");
  await page.until(() => !localStorage.length);
  assert.deepEqual(await page.evaluate(storage), NOTHING);
  await page.close();
});

test("what another tab keeps, changes or has sent is told, and none of it is written over", async () => {
  const page = await it.visit("plain", {
    before: `if (top == window && !localStorage.length) localStorage.setItem("porchlight:shop-1", '{"key":"k","kept":{"draft:a":"1","draft:b":"2"}}')`,
  });
  const frame = await openChat(page);
  await byAnotherTab(page, { key: "k", kept: { "draft:a": "1", "draft:c": "3" } });
  await frame.until("heard.some((it) => it.type == 'kept')");
  assert.deepEqual(await frame.evaluate("heard.filter((it) => it.type == 'kept').map((it) => it.changes)"), [{ "draft:b": null, "draft:c": "3" }]);

  // Also reported without an event, before the next change.
  await page.evaluate(() => localStorage.setItem("porchlight:shop-1", '{"key":"k","kept":{"draft:d":"4"}}'));
  await frame.evaluate("say('keep', { name: 'draft:e', text: '5' })");
  await page.until(() => localStorage.getItem("porchlight:shop-1").includes("draft:e"));
  assert.deepEqual((await record(page)).kept, { "draft:d": "4", "draft:e": "5" });
  await frame.until("heard.some((it) => it.type == 'kept' && it.changes['draft:d'] == '4' && it.changes['draft:a'] === null)");
  await page.close();
});

const OF_ANN = `if (top == window && !sessionStorage.begun) {
  sessionStorage.begun = "yes";
  localStorage.setItem("porchlight:shop-1", '{"key":"ann","active":true,"kept":{"draft:new":"private"}}');
}`;

test("what one person has typed never stands before the next: it goes with the key", async () => {
  for (const [how, after] of [
    ["the frame forgets the key", null],
    ["the site clears its storage", null],
    ["the site puts somebody else's key in", { key: "ben", active: false, askedAtMs: 0 }],
  ]) {
    const page = await it.visit("plain", { before: OF_ANN });
    const frame = await openChat(page);
    if (how.includes("forgets")) await frame.evaluate("say('forget')");
    if (how.includes("clears")) await page.evaluate(() => localStorage.removeItem("porchlight:shop-1")); // in this tab: no event
    if (how.includes("somebody")) await byAnotherTab(page, { key: "ben", kept: { "draft:new": "private" } });
    if (!how.includes("forgets")) {
      // The frame of the old key is ignored until it has loaded with the new one.
      await frame.evaluate("say('keep', { name: 'draft:new', text: 'private too' }); say('active', { open: true })");
      await frame.until("heard.some((it) => it.type == 'key')");
      await frame.reload();
      await frame.until("typeof heard == 'object' && heard.some((it) => it.type == 'init')");
      const { visitorKey, kept } = await frame.evaluate("heard[0]");
      assert.deepEqual({ visitorKey, kept }, { visitorKey: after?.key ?? null, kept: {} }, how);
    } else await page.until(() => !localStorage.length);
    assert.deepEqual(await record(page), after, how);
    await page.close();
  }
});

test("nor does it when the frame loads itself in the moment of the change", async () => {
  const page = await it.visit("plain", { before: OF_ANN });
  const frame = await openChat(page);
  await page.evaluate(() => localStorage.setItem("porchlight:shop-1", '{"key":"ben","kept":{"draft:new":"private","draft:b":"of ben"}}'));
  await frame.reload();
  await frame.until("typeof heard == 'object' && heard.some((it) => it.type == 'init' && it.visitorKey == 'ben')");
  const { type, kept } = await frame.evaluate("heard[0]");
  assert.deepEqual({ type, kept }, { type: "init", kept: { "draft:b": "of ben" } });
  assert.deepEqual((await record(page)).kept, { "draft:b": "of ben" });
  await page.close();
});

test("a full storage loses nothing before the page is left", async () => {
  const page = await it.visit("plain", {
    before: `if (top == window) Storage.prototype.setItem = () => { throw new DOMException("full", "QuotaExceededError") }`,
  });
  const frame = await openChat(page);
  await frame.reload("say('key', { visitorKey: 'k' }); say('keep', { name: 'draft:new', text: 'Hel' })");
  await frame.until("typeof heard == 'object' && heard.some((it) => it.type == 'init' && it.visitorKey == 'k' && it.kept['draft:new'] == 'Hel')");
  assert.deepEqual(page.console, []);
  await page.close();
});

test("only texts are kept, by name", async () => {
  const page = await it.visit("plain");
  const frame = await openChat(page);
  await frame.evaluate(`
    say("keep"); say("keep", { name: "a" }); say("keep", { name: 7, text: "a" }); say("keep", { name: "b", text: { length: 1 } });
    say("keep", { name: "__proto__", text: "a" }); say("keep", { name: "constructor", text: "a" }); say("unread", { count: 4 })`);
  await page.until(() => document.querySelector("porchlight-chat").shadowRoot.querySelector("b").textContent == "4");
  const text = await page.evaluate(() => localStorage.getItem("porchlight:shop-1"));
  assert.deepEqual(JSON.parse(text), JSON.parse('{"kept":{"__proto__":"a","constructor":"a"}}'));
  assert.deepEqual(page.console, []);
  await page.close();
});

test("also one that came while this page was frozen and heard nothing", async () => {
  const page = await it.visit("plain");
  await page.evaluate(() => localStorage.setItem("porchlight:shop-1", '{"key":"of-another-tab","active":true}'));
  const frame = await openChat(page);
  assert.equal(await frame.evaluate("heard[0].visitorKey"), "of-another-tab");
  await page.evaluate(() => Porchlight("close"));
  await page.evaluate(() => localStorage.setItem("porchlight:shop-1", '{"key":"of-a-third","active":true}'));
  await page.evaluate(() => Porchlight("open"));
  await frame.until("heard.some((it) => it.type == 'key' && it.visitorKey == 'of-a-third')");
  await page.close();
});

test("where storage is blocked, the key lives as long as the page", async () => {
  const page = await it.visit("plain", {
    before: `if (top == window) Object.defineProperty(window, "localStorage", { get() { throw new DOMException("no", "SecurityError") } })`,
  });
  const frame = await openChat(page);
  await frame.evaluate("say('key', { visitorKey: 'k' }); say('keep', { name: 'draft:new', text: 'half' })");
  await frame.until("heard.some((it) => it.visitorKey == 'k')");
  await frame.reload("say('ping')");
  await frame.until("typeof heard == 'object' && heard.some((it) => it.type == 'init' && it.visitorKey == 'k')");

  // A panel that takes the place of another one goes on with it.
  await page.evaluate(() => document.body.replaceWith(document.createElement("body")));
  await page.until(() => document.querySelector("porchlight-chat")?.shadowRoot.querySelector(".live"));
  const { visitorKey, kept } = await (await page.frame()).evaluate("heard[0]");
  assert.deepEqual({ visitorKey, kept }, { visitorKey: "k", kept: { "draft:new": "half" } });
  assert.deepEqual(page.console, []);
  await page.close();
});

test("junk in the slot is no harm", async () => {
  const page = await it.visit("plain");
  for (const junk of ["", "{", "null", "7", '"text"', "[]", '{"key":7,"kept":[1,{}],"active":"x","askedAtMs":{}}', '{"kept":7}', '{"kept":{"draft:new":7}}']) {
    await page.evaluate((junk) => localStorage.setItem("porchlight:shop-1", junk), junk);
    await page.goto(`${it.servers.shop}/plain.html`);
    await page.until(() => document.querySelector("porchlight-chat"));
    const frame = await openChat(page);
    const { visitorKey, kept } = await frame.evaluate("heard[0]");
    assert.deepEqual({ visitorKey, kept }, { visitorKey: null, kept: {} }, junk);
    assert.deepEqual(page.console, []);
  }
  await page.close();
});

test("messages that don't come over the port are nothing to us", async () => {
  const page = await it.visit("plain");
  const frame = await openChat(page);
  const forgeries = `
    for (const type of ["ready", "close", "key", "active", "unread", "event", "forget", "connect"]) {
      const message = { v: 1, porchlight: 1, type, visitorKey: "stolen", count: 9, name: "message", open: true };
      for (const ports of [[], [new MessageChannel().port2]]) TARGET.postMessage(message, "*", ports);
    }`;
  await page.evaluate(forgeries.replaceAll("TARGET", "window")); // by the page or a script in it
  await frame.evaluate(forgeries.replaceAll("TARGET", "parent")); // by the frame, past its port
  await pause(300);
  assert.deepEqual(await page.evaluate(storage), NOTHING);
  const { panel, unread } = await page.evaluate(look);
  assert.deepEqual({ panel, unread }, { panel: true, unread: "" });
  await page.close();
});

test("unknown types and other versions are passed over", async () => {
  const page = await it.visit("plain");
  const frame = await openChat(page);
  await frame.evaluate(`
    say("toString"); say("__proto__"); say("constructor"); say("later-invention", { much: [1, 2] });
    port.postMessage({ v: 2, type: "close" }); port.postMessage({ type: "close" }); port.postMessage(null); port.postMessage("close");
    say("unread", { count: 4 })`);
  await page.until(() => document.querySelector("porchlight-chat").shadowRoot.querySelector("b").textContent == "4");
  assert.equal((await page.evaluate(look)).panel, true);
  assert.deepEqual(page.console, []);
  await page.close();
});

test("a frame that was led to another origin gets no port", async () => {
  const page = await it.visit("plain", { frames: "elsewhere" });
  await page.evaluate(() => Porchlight("open"));
  await pause(1000);
  assert.deepEqual(it.servers.requests.filter((path) => path == "/offered"), []);
  assert.equal(it.servers.requests.filter((path) => path == "/chat/shop-1").length, 2);
  assert.equal((await page.evaluate(look)).frame, "hidden");
  await page.close();
});
