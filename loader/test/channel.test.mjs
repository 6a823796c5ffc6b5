// Host and frame: who may say what, and what becomes of it.

import assert from "node:assert/strict";
import { harness, look, NOTHING, openChat, settled, storage, test } from "../test-support/harness.mjs";
import { pause } from "../test-support/limits.mjs";

const it = harness();

test("the frame learns what it needs, and nothing of the page's address", async () => {
  const page = await it.visit("plain");
  const frame = await openChat(page);
  assert.deepEqual(await frame.evaluate("heard[0]"), {
    v: 1, type: "init", visitorKey: null, locale: "de", color: null, open: true, fullscreen: false,
  });
  await pause(500);
  assert.deepEqual(await frame.evaluate("offers"), [{ origin: it.servers.shop, porchlight: 1, type: "connect" }], "once taken, offered no more");
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
  await frame.evaluate("say('key', { visitorKey: 'k' }); location.reload()").catch(() => {});
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
  assert.deepEqual((await page.evaluate(storage)).local, {
    "porchlight:shop-1": JSON.stringify({ active: true, key: "k".repeat(43) }),
  });

  await frame.evaluate("say('forget')");
  await page.until(() => !localStorage.length);
  await page.close();
});

test("a key that another tab stored is handed on", async () => {
  const page = await it.visit("plain");
  const frame = await openChat(page);
  await page.evaluate(() => {
    // What the browser does in this tab when another one writes.
    localStorage.setItem("porchlight:shop-1", '{"key":"of-another-tab","active":true}');
    dispatchEvent(new StorageEvent("storage", { key: "porchlight:shop-1" }));
  });
  await frame.until("heard.some((it) => it.type == 'key' && it.visitorKey == 'of-another-tab')");
  await page.close();
});

test("also one that came while this page was frozen and heard nothing", async () => {
  const page = await it.visit("plain");
  await page.evaluate(() => localStorage.setItem("porchlight:shop-1", '{"key":"of-another-tab","active":true}'));
  const frame = await openChat(page);
  assert.equal(await frame.evaluate("heard[0].visitorKey"), "of-another-tab");
  await page.close();
});

test("where storage is blocked, the key lives as long as the page", async () => {
  const page = await it.visit("plain", {
    before: `if (top == window) Object.defineProperty(window, "localStorage", { get() { throw new DOMException("no", "SecurityError") } })`,
  });
  const frame = await openChat(page);
  await frame.evaluate("say('key', { visitorKey: 'k' }); location.reload()").catch(() => {});
  await frame.until("typeof heard == 'object' && heard.some((it) => it.visitorKey == 'k')");
  assert.deepEqual(page.console, []);
  await page.close();
});

test("junk in the slot is no harm", async () => {
  for (const junk of ["", "{", "null", "7", '"text"', "[]"]) {
    const page = await it.visit("plain", { before: `if (top == window) localStorage.setItem("porchlight:shop-1", ${JSON.stringify(junk)})` });
    const frame = await openChat(page);
    assert.equal(await frame.evaluate("heard[0].visitorKey"), null);
    assert.deepEqual(page.console, []);
    await page.close();
  }
});

test("messages that don't come over the port are nothing to us", async () => {
  const page = await it.visit("plain");
  const frame = await openChat(page);
  const forgeries = `
    for (const type of ["ready", "close", "key", "active", "unread", "event", "forget", "connect"]) {
      const message = { v: 1, porchlight: 1, type, visitorKey: "stolen", count: 9, name: "message", open: true };
      for (const ports of [[], [new MessageChannel().port2]]) TARGET.postMessage(message, "*", ports);
    }`;
  await page.evaluate(forgeries.replaceAll("TARGET", "window")); // the page itself, or whatever runs in it
  await frame.evaluate(forgeries.replaceAll("TARGET", "parent")); // a frame, by the door that is not its own
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
  assert.deepEqual(it.servers.requests, ["/porchlight.js", "/chat/shop-1", "/chat/shop-1"], "no /offered");
  assert.equal((await page.evaluate(look)).frame, "hidden");
  await page.close();
});
