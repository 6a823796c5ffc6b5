// Requests and storage before the visitor shows interest.

import assert from "node:assert/strict";
import { harness, launcher, look, NOTHING, openChat, storage, test } from "../test-support/harness.mjs";
import { pause } from "../test-support/limits.mjs";

const it = harness();

test("before any interaction: one request, a button, and nothing stored", async () => {
  const page = await it.visit("plain");
  await pause(500);

  assert.deepEqual(it.servers.requests, ["/porchlight.js"]);
  assert.deepEqual(await page.evaluate(storage), NOTHING);
  assert.deepEqual(page.console, []);
  assert.deepEqual(await page.evaluate(look), {
    launcher: "Open chat", expanded: "false", panel: false, frame: "none", note: false, unread: "", focus: "body",
  });
  await page.close();
});

test("hovering warms the frame, without opening or storing anything", async () => {
  const page = await it.visit("plain");
  await page.hover(launcher);
  await (await page.frame()).until("heard.length");

  assert.deepEqual(it.servers.requests.toSorted(), ["/chat/shop-1", "/porchlight-panel.js", "/porchlight.js"]);
  assert.equal((await page.evaluate(look)).frame, "hidden");
  assert.deepEqual(await page.evaluate(storage), NOTHING);
  await page.close();
});

test("so does the keyboard's focus", async () => {
  const page = await it.visit("plain");
  await page.evaluate(`(${launcher})().focus()`);
  await page.frame();
  await page.close();
});

test("a visitor with nothing open and nothing unread a moment ago gets no frame", async () => {
  const page = await it.visit("plain", {
    before: `localStorage.setItem("porchlight:shop-1", JSON.stringify({ key: "k", active: false, askedAtMs: Date.now() - 60_000 }))`,
  });
  await pause(500);
  assert.deepEqual(it.servers.requests, ["/porchlight.js"]);
  await page.close();
});

for (const [who, record] of [
  ["an hour later, when an agent may have come back to them", `{ key: "k", active: false, askedAtMs: Date.now() - 3_700_000 }`],
  ["of whom nobody knows when they were last looked up", `{ key: "k", active: false }`],
  ["with something unread, or open", `{ key: "k", active: true, askedAtMs: Date.now() }`],
  ["with something that was not sent yet, even without a key", `{ kept: { "outbox:1": "{}" } }`],
]) {
  test(`a visitor ${who}, gets it when the page is idle`, async () => {
    const page = await it.visit("plain", {
      before: `if (top == window) localStorage.setItem("porchlight:shop-1", JSON.stringify(${record}))`,
    });
    await (await page.frame()).until("heard.length");
    assert.equal((await page.evaluate(look)).panel, false);
    await page.close();
  });
}

test("a draft alone wakes nobody", async () => {
  const page = await it.visit("plain", {
    before: `localStorage.setItem("porchlight:shop-1", JSON.stringify({ kept: { "draft:new": "Hel" } }))`,
  });
  await pause(500);
  assert.deepEqual(it.servers.requests, ["/porchlight.js"]);
  await page.close();
});

test("a visitor in mid-conversation gets it when the page is idle, and sees what is unread", async () => {
  const page = await it.visit("plain", {
    before: `if (top == window) localStorage.setItem("porchlight:shop-1", '{"key":"k","active":true}')`,
  });
  const frame = await page.frame();
  await frame.until("heard.length");
  await frame.evaluate("say('unread', { count: 3 })");
  await page.until(() => document.querySelector("porchlight-chat").shadowRoot.querySelector("b").textContent == "3");

  const seen = await page.evaluate(look);
  assert.equal(seen.unread, "Unread messages: 3");
  assert.equal(seen.launcher, "Open chat", "the name stays, the count is its description");
  assert.equal(seen.panel, false);
  assert.equal(await page.evaluate(`(${launcher})().getAttribute("aria-describedby")`), "unread");
  await page.close();
});

test("the launcher comes at once, wherever the script stands: also in front of <body>", async () => {
  const page = await it.visit("two-sites");
  assert.equal(await page.evaluate(() => document.body.lastElementChild.localName), "porchlight-chat", "where React leaves it alone");
  await openChat(page);
  await page.close();
});
