// The sound of a new message. Chromium plays it after user activation; a click or key in the chat's frame also activates the
// pages around it.

import assert from "node:assert/strict";
import { harness, launcher, load, openChat, record, test } from "../test-support/harness.mjs";
import { pause } from "../test-support/limits.mjs";

const it = harness();

const HEARD = `if (top == window) {
  var played = [];
  const Real = AudioContext;
  AudioContext = class extends Real { constructor() { super(); played.push(this); } };
}`;
const played = (page) => page.evaluate("played.map((it) => it.state)");
const SOON_MS = 1500; // longer than UNREAD_FOR_MS in bell.js

const answer = (frame, count, author = "agent") =>
  frame.evaluate(`say("event", { name: "message", detail: { author: "${author}" } }); say("unread", { count: ${count} })`);

const begin = async (more) => {
  const page = await it.visit("plain", { before: HEARD + (more ?? "") });
  const frame = await openChat(page);
  return { page, frame };
};

test("an answer that is not read in a second rings, once for a burst", async () => {
  const { page, frame } = await begin();
  for (let count = 1; count <= 20; count++) await answer(frame, count);
  await page.until("played.length");
  assert.deepEqual(await played(page), ["running"]);
  await pause(SOON_MS);
  assert.equal((await played(page)).length, 1);
  await page.until("played[0].state == 'closed'");
  await answer(frame, 21, "bot");
  await page.until("played.length == 2");
  assert.deepEqual(page.console, []);
  await page.close();
});

test("what is read at once, and what visitors write themselves, is silent", async () => {
  const { page, frame } = await begin();
  await answer(frame, 1);
  await frame.evaluate("say('unread', { count: 0 })");
  await pause(SOON_MS);
  await answer(frame, 1, "visitor");
  await pause(SOON_MS);
  assert.deepEqual(await played(page), []);
  await page.close();
});

// `evaluate` counts as user activation, so here the frame acts by itself.
const BY_ITSELF = (when) => HEARD + `else {
  const answer = () => { say("event", { name: "message", detail: { author: "agent" } }); say("unread", { count: 1 }) };
  ${when};
}`;

test("before anybody has done anything on the page it is silent, and says nothing of it", async () => {
  const wait = BY_ITSELF(`const id = setInterval(() => { if (port) { clearInterval(id); answer() } }, 100)`);
  const page = await it.visit("plain", {
    launcher: false,
    before: `if (top == window) localStorage.setItem("porchlight:shop-1", '{"key":"k","active":true}');` + wait,
  });
  await pause(2000 + SOON_MS);
  assert.deepEqual(page.console, []);
  assert.deepEqual(await played(page), []);
  assert.equal(await page.evaluate(() => document.querySelector("porchlight-chat").shadowRoot.querySelector("b").textContent), "1");
  await page.close();
});

test("a click in the frame is enough for the page around it", async () => {
  const page = await it.visit("plain", {
    launcher: false,
    before: `if (top == window) window.Porchlight = Object.assign(() => {}, { q: [["open"]] });` + BY_ITSELF(`addEventListener("click", answer)`),
  });
  await pause(2000);
  await page.clickAt(1070, 400);
  await pause(1000 + SOON_MS);
  assert.deepEqual(page.console, []);
  assert.deepEqual(await played(page), ["running"]);
  await page.close();
});

test("a page without AudioContext, or with one that fails, is left in peace", async () => {
  for (const broken of ["delete window.AudioContext", "AudioContext = class { constructor() { throw new Error('none') } }", "delete Navigator.prototype.userActivation"]) {
    const { page, frame } = await begin(broken);
    await answer(frame, 1);
    await pause(SOON_MS);
    assert.deepEqual(page.console, [], broken);
    await page.close();
  }
});

test("several tabs of one person ring once", async () => {
  const { page, frame } = await begin();
  const other = await page.tab(HEARD);
  await other.goto(`${it.servers.shop}/plain.html`);
  await other.until(() => document.querySelector("porchlight-chat"));
  const second = await openChat(other);
  await Promise.all([answer(frame, 1), answer(second, 1)]);
  await pause(SOON_MS);
  assert.deepEqual([...await played(page), ...await played(other)], ["running"]);
  await page.close();
});

test("the visitor turns it off and on in the chat, and that is kept", async () => {
  const { page, frame } = await begin();
  assert.equal(await frame.evaluate("heard[0].sound"), true);
  await frame.evaluate("say('keep', { name: 'sound', text: 'off' })");
  await answer(frame, 1);
  await pause(SOON_MS);
  assert.deepEqual(await played(page), []);
  assert.deepEqual((await record(page)).kept, { sound: "off" });

  await page.goto(`${it.servers.shop}/plain.html`);
  await page.until(() => document.querySelector("porchlight-chat"));
  const next = await openChat(page);
  await answer(next, 1);
  await pause(SOON_MS);
  assert.deepEqual(await played(page), [], "also on the next page");
  await next.evaluate("say('keep', { name: 'sound', text: null })");
  await answer(next, 2);
  await page.until("played.length");
  await page.close();
});

test('data-sound="off" is the default then, and the visitor may turn it on', async () => {
  const { page } = await begin();
  await page.evaluate(() => Porchlight("destroy"));
  await load(page, { "data-site": "shop-1", "data-sound": "off" });
  await page.until(() => document.querySelector("porchlight-chat"));
  await page.click(launcher);
  const frame = await page.frame();
  await frame.until("heard.length");
  assert.equal(await frame.evaluate("heard[0].sound"), false);
  await answer(frame, 1);
  await pause(SOON_MS);
  assert.deepEqual(await played(page), []);
  await frame.evaluate("say('keep', { name: 'sound', text: 'on' })");
  await answer(frame, 2);
  await page.until("played.length");
  await page.close();
});
