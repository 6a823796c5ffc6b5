// Whatever is wrong, with us or with the page: the page goes on, and its console gets one line at most.

import assert from "node:assert/strict";
import { harness, launcher, look, openChat, retry, settled, test } from "../test-support/harness.mjs";
import { pause } from "../test-support/limits.mjs";

const it = harness();
const DOWN = "Chat can't be reached right now.";
const WARNING = () => [`[Porchlight] ${it.servers.chat} does not answer.`];

for (const fixture of ["strict-csp", "trusted-types"]) {
  test(`${fixture}: all of it works, and nothing is reported`, async () => {
    const page = await it.visit(fixture);
    await openChat(page);
    const { launcher: name, panel, frame } = await settled(page);
    assert.deepEqual({ name, panel, frame }, { name: "Close chat", panel: true, frame: "shown" });
    const { width, height } = await page.evaluate(`(${launcher})().getBoundingClientRect().toJSON()`);
    assert.deepEqual([width, height], [56, 56], "the style sheet counts");
    assert.deepEqual(page.console, []);
    await page.close();
  });
}

test("hostile CSS reaches neither the launcher nor the panel: not a pixel differs", async () => {
  const seen = [];
  for (const fixture of ["plain", "hostile"]) {
    const page = await it.visit(fixture);
    const shots = [await page.screenshot({ x: 1215, y: 735, width: 34, height: 34 })];
    await openChat(page);
    await page.hover(() => document.documentElement);
    await settled(page);
    shots.push(await page.screenshot({ x: 1215, y: 735, width: 34, height: 34 }));
    shots.push(await page.screenshot({ x: 890, y: 82, width: 360, height: 620 }));
    seen.push(shots);
    await page.close();
  }
  assert.ok(new Set(seen[0]).size == 3);
  assert.deepEqual(seen[1], seen[0]);
});

test("loaded twice, the first one serves, in silence", async () => {
  const page = await it.visit("twice");
  await pause(300);
  assert.equal(await page.evaluate(() => document.querySelectorAll("porchlight-chat").length), 1);
  assert.deepEqual(page.console, []);
  await page.close();
});

test("loaded for a second site, it says so once", async () => {
  const page = await it.visit("two-sites");
  assert.equal(await page.evaluate(() => document.querySelectorAll("porchlight-chat").length), 1);
  assert.deepEqual(page.console, [{ level: "warning", text: '[Porchlight] There is "shop-1" already.' }]);
  await page.close();
});

test("without a site key it says what to do, and does nothing", async () => {
  const page = await it.visit("no-site", { launcher: false });
  await pause(300);
  assert.deepEqual(page.console, [{ level: "warning", text: '[Porchlight] Needs a script tag with data-site="YOUR_SITE_KEY".' }]);
  assert.equal(await page.evaluate(() => document.querySelector("porchlight-chat")), null);
  await page.close();
});

test("the script itself can't be had: the page's calls wait, and nothing else happens", async () => {
  const page = await it.visit("queue", { frames: "ok", script: false, launcher: false });
  await pause(300);
  assert.equal(await page.evaluate("Porchlight.q.length"), 10);
  assert.deepEqual(page.said("warning"), []);
  assert.deepEqual(page.said("exception"), []);
  await page.close();
});

for (const frames of ["refuse", "hang", "silent"]) {
  test(`the chat server's frame: ${frames}. A note with a way out, one warning, no exception`, async () => {
    const page = await it.visit("plain", { frames, hurry: 20 });
    await page.click(launcher);
    const { frame, focus } = await settled(page);
    assert.deepEqual({ frame, focus }, { frame: "hidden", focus: "dialog" });

    await page.until((down) => document.querySelector("porchlight-chat").shadowRoot.querySelector("p").textContent == down, DOWN);
    await settled(page);
    const seen = await page.evaluate(look);
    assert.deepEqual({ note: seen.note, focus: seen.focus }, { note: DOWN, focus: "button" });

    await page.press("Enter"); // Retry, still down
    await page.until(() => document.querySelector("porchlight-chat").shadowRoot.querySelector(".loading"));
    await page.until(() => document.querySelector("porchlight-chat").shadowRoot.querySelector(".down"));
    assert.deepEqual(page.said("warning"), WARNING());
    assert.deepEqual(page.said("exception"), []);

    it.servers.frames = "ok";
    await page.click(retry);
    await (await page.frame()).until("document.hasFocus()");
    assert.equal((await settled(page)).frame, "shown");
    assert.equal((await settled(page)).note, false);
    await page.close();
  });
}

test("a program that dies after its start is noticed, and can be loaded again", async () => {
  const page = await it.visit("plain", { frames: "mute", hurry: 20 });
  await page.click(launcher);
  await page.until((down) => document.querySelector("porchlight-chat").shadowRoot.querySelector("p").textContent == down, DOWN);
  assert.equal((await settled(page)).frame, "hidden");
  it.servers.frames = "ok";
  await page.click(retry);
  await page.until(() => document.querySelector("porchlight-chat").shadowRoot.querySelector(".live"));
  assert.equal((await settled(page)).frame, "shown");
  assert.deepEqual(page.said("warning"), WARNING());
  await page.close();
});

test("a program that was only slow is shown again", async () => {
  const page = await it.visit("plain", { frames: "mute", hurry: 20 });
  await page.click(launcher);
  await page.until((down) => document.querySelector("porchlight-chat").shadowRoot.querySelector("p").textContent == down, DOWN);
  assert.equal((await settled(page)).focus, "button");
  const frame = await page.frame();
  await frame.evaluate("say('pong')");
  await page.until(() => document.querySelector("porchlight-chat").shadowRoot.querySelector(".live"));
  await frame.until("document.hasFocus()");
  await page.close();
});

test("a frame that says it has failed is believed at once", async () => {
  const page = await it.visit("plain");
  const frame = await openChat(page);
  await frame.evaluate("say('failed')");
  await page.until((down) => document.querySelector("porchlight-chat").shadowRoot.querySelector("p").textContent == down, DOWN);
  await page.close();
});

test("the panel can be closed while it is loading", async () => {
  const page = await it.visit("plain", { frames: "hang", width: 375, height: 700 });
  await page.click(launcher);
  await page.press("Escape");
  const { panel, launcher: name, focus } = await settled(page);
  assert.deepEqual({ panel, name, focus }, { panel: false, name: "Open chat", focus: "button launcher" });
  await page.close();
});
