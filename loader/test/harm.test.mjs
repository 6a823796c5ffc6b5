// Failures of the loader, the server or the page: the page goes on, and its console gets one warning at most.

import assert from "node:assert/strict";
import { harness, launcher, load, look, openChat, retry, settled, test } from "../test-support/harness.mjs";
import { WELL } from "../test-support/servers.mjs";
import { pause } from "../test-support/limits.mjs";

const it = harness();
/** Checks that the launcher is in its corner. */
const inPlace = () => {
  const { right, bottom } = document.querySelector("porchlight-chat").shadowRoot.querySelector("button").getBoundingClientRect();
  return right == innerWidth - 20 && bottom == innerHeight - 20;
};
const DOWN = "Chat can’t be reached right now.";
const WARNING = () => [`[Porchlight] ${it.servers.chat} does not answer.`];

const COEP = "cross-origin-embedder-policy";
for (const [fixture, headers] of [
  ["strict-csp"], ["trusted-types"], ["nonce"], ["integrity"], ["module"], ["clobbered"], ["polluted"], ["frozen"],
  ["plain", { [COEP]: "require-corp" }], ["plain", { [COEP]: "credentialless" }],
]) {
  test(`${fixture} ${headers?.[COEP] ?? ""}: all of it works, and nothing is reported`, async () => {
    const page = await it.visit(fixture, { headers });
    const frame = await openChat(page);
    const { launcher: name, panel, frame: shown } = await settled(page);
    assert.deepEqual({ name, panel, shown }, { name: "Close chat", panel: true, shown: "shown" });
    const { width, height } = await page.evaluate(`(${launcher})().getBoundingClientRect().toJSON()`);
    assert.deepEqual([width, height], [56, 56], "the style sheet counts");

    await frame.evaluate("say('key', { visitorKey: 'k' }); say('keep', { name: 'draft:new', text: 'Hel\"lo' }); say('active', { open: true })");
    await frame.until("heard.some((it) => it.type == 'key' && it.visitorKey == 'k')");
    await page.until(() => localStorage.getItem("porchlight:shop-1")?.includes("Hel"));
    const text = await page.evaluate(() => localStorage.getItem("porchlight:shop-1"));
    const { key, active, kept } = JSON.parse(text);
    assert.deepEqual({ key, active, kept }, { key: "k", active: true, kept: { "draft:new": 'Hel"lo' } });

    await page.press("Escape");
    await page.until(() => !document.querySelector("porchlight-chat").shadowRoot.querySelector("dialog").open);
    assert.equal((await settled(page)).focus, "button launcher");
    assert.deepEqual(page.console, []);
    await page.close();
  });
}

test("hostile CSS reaches neither the launcher nor the panel: not a pixel differs", async () => {
  const seen = [];
  for (const fixture of ["plain", "hostile"]) {
    const page = await it.visit(fixture);
    await page.until(inPlace);
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

test("without a site key, or with something else in its place, it says what to do, and does nothing", async () => {
  const page = await it.visit("no-site", { launcher: false });
  await pause(300);
  assert.deepEqual(page.console, [{ level: "warning", text: '[Porchlight] Needs a script tag with data-site="YOUR_SITE_KEY".' }]);
  assert.equal(await page.evaluate(() => document.querySelector("porchlight-chat")), null);
  for (const site of ["“shop-1”", "shop 1", "shop/1", "é", "x".repeat(65)]) {
    page.console.length = 0;
    await load(page, { "data-site": site });
    await page.until(() => document.readyState == "complete");
    await pause(200);
    assert.deepEqual(page.said("warning"), [`[Porchlight] data-site="${site}" is no site key. "porchlight site list" shows yours.`]);
    assert.equal(await page.evaluate(() => document.querySelector("porchlight-chat")), null);
  }
  await page.close();
});

test("blanks around the key are no part of it", async () => {
  const page = await it.visit("no-site", { launcher: false });
  await load(page, { "data-site": " shop-1\n" });
  await page.until(() => document.querySelector("porchlight-chat"));
  await openChat(page);
  assert.ok(it.servers.requests.includes("/chat/shop-1"));
  await page.close();
});

for (const problem of ["site_unknown", "origin_not_allowed"]) {
  test(`${problem}: the console is told why and what mends it, and nobody is shown a launcher that can't work`, async () => {
    const check = { problem, message: "Do this." };
    const page = await it.visit("plain", { frames: "silent", check, hurry: 20 });
    await page.click(launcher);
    await page.until(() => document.querySelector("porchlight-chat").hidden);
    await pause(1000);
    assert.deepEqual(page.said("warning"), ["[Porchlight] Do this."]);
    assert.deepEqual(page.said("exception"), []);
    assert.equal(page.frameCount, 0);
    const { launcher: name, panel } = await page.evaluate(look);
    assert.deepEqual({ name, panel }, { name: false, panel: false });
    assert.equal(it.servers.requests.filter((path) => path == "/api/v1/sites/shop-1/check.js").length, 1);
    await page.close();
  });
}

test("a launcher that can't work goes when the frame was only warmed, too", async () => {
  const page = await it.visit("plain", { frames: "silent", check: { problem: "later_invention", message: "Do that." }, hurry: 20 });
  await page.hover(launcher);
  await page.until(() => document.querySelector("porchlight-chat").hidden);
  assert.deepEqual(page.said("warning"), ["[Porchlight] Do that."]);
  await page.close();
});

test("a slow line is not a server that can't be reached: it is said, and waited for", async () => {
  const page = await it.visit("plain", { frames: "slow", hurry: 5 });
  await page.click(launcher);
  await page.until(() => document.querySelector("porchlight-chat").shadowRoot.querySelector(".slow"));
  assert.equal((await page.evaluate(look)).note, "This takes longer than usual.");
  await page.evaluate("hurry = 1");
  it.servers.release();
  await page.until(() => document.querySelector("porchlight-chat").shadowRoot.querySelector(".live"));
  assert.deepEqual(page.said("warning"), []);
  await page.close();
});

test("a program that comes up long after a hidden frame would have been given up is still reached while the panel is open", async () => {
  const page = await it.visit("plain", { frames: "asleep", hurry: 5 });
  await page.click(launcher);
  await page.until(() => document.querySelector("porchlight-chat").shadowRoot.querySelector(".slow"));
  await page.evaluate("hurry = 1");
  await (await page.frame()).evaluate("listen()");
  await page.until(() => document.querySelector("porchlight-chat").shadowRoot.querySelector(".live"));
  assert.deepEqual(page.said("warning"), []);
  await page.close();
});

for (const panel of ["refuse", "hang"]) {
  test(`the second file: ${panel}. It is said in the place of the panel, and can be tried again`, async () => {
    const page = await it.visit("plain", { panel, hurry: 20 });
    const said = (what) => page.until((what) => document.querySelector("porchlight-chat").shadowRoot.querySelector("section p").textContent == what, what);
    await page.click(launcher);
    await said("Opening chat");
    await said(DOWN);
    assert.deepEqual(page.said("warning"), WARNING());
    assert.equal((await page.evaluate(look)).launcher, "Close chat");

    await page.click(launcher);
    await said("");
    await page.click(launcher);
    await said("Opening chat");
    await said(DOWN);
    await page.evaluate("hurry = 1");
    it.servers.panel = "ok";
    await page.click(() => document.querySelector("porchlight-chat").shadowRoot.querySelector("section button"));
    await page.until(() => document.querySelector("porchlight-chat").shadowRoot.querySelector(".live"));
    await said("");
    const { frame, focus } = await settled(page);
    assert.deepEqual({ frame, focus }, { frame: "shown", focus: "iframe" });
    assert.deepEqual(page.said("warning"), WARNING());
    assert.deepEqual(page.said("exception"), []);
    await page.close();
  });
}

test("a second file that comes at the second try is as good", async () => {
  const page = await it.visit("plain", { panel: "refuse" });
  await page.click(launcher);
  await page.until(() => document.querySelector("porchlight-chat").shadowRoot.querySelector("section p").textContent);
  it.servers.panel = "ok";
  await page.until(() => document.querySelector("porchlight-chat").shadowRoot.querySelector(".live"));
  assert.deepEqual(page.said("warning"), []);
  await page.close();
});

test("the script itself can't be had: the page's calls wait, and nothing else happens", async () => {
  const page = await it.visit("queue", { frames: "ok", script: "refuse", launcher: false });
  await pause(300);
  assert.equal(await page.evaluate("Porchlight.q.length"), 10);
  assert.deepEqual(page.said("warning"), []);
  assert.deepEqual(page.said("exception"), []);
  await page.close();
});

for (const frames of ["refuse", "hang", "silent"]) {
  test(`the chat server's frame: ${frames}. A note with a way out, one warning, no exception`, async () => {
    const page = await it.visit("plain", { frames, check: frames == "silent" ? WELL : frames, hurry: 20 });
    await page.evaluate(() => {
      // Counts the changes of the panel's note.
      window.shown = 0;
      const { shadowRoot } = document.querySelector("porchlight-chat");
      new MutationObserver(() => shown++).observe(shadowRoot.querySelector("dialog"), { attributeFilter: ["class"] });
    });
    await page.click(launcher);
    await page.until((down) => document.querySelector("porchlight-chat").shadowRoot.querySelector("dialog p")?.textContent == down, DOWN);
    await settled(page);
    const { note, focus, frame } = await page.evaluate(look);
    assert.deepEqual({ note, focus, frame }, { note: DOWN, focus: "button", frame: "hidden" });

    await page.press("Enter"); // Retry, still down
    await page.until((before) => document.querySelector("porchlight-chat").shadowRoot.querySelectorAll(".down").length && shown > before, await page.evaluate("shown"));
    assert.deepEqual(page.said("warning"), frames == "silent" ? ["[Porchlight] The chat does not start."] : WARNING());
    assert.deepEqual(page.said("exception"), []);

    await page.evaluate("hurry = 1");
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
  await page.until((down) => document.querySelector("porchlight-chat").shadowRoot.querySelector("dialog p")?.textContent == down, DOWN);
  assert.equal((await settled(page)).frame, "hidden");
  await page.evaluate("hurry = 1");
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
  await page.until((down) => document.querySelector("porchlight-chat").shadowRoot.querySelector("dialog p")?.textContent == down, DOWN);
  assert.equal((await settled(page)).focus, "button");
  const frame = await page.frame();
  await page.evaluate("hurry = 1");
  await frame.evaluate("say('pong')");
  await page.until(() => document.querySelector("porchlight-chat").shadowRoot.querySelector(".live"));
  await frame.until("document.hasFocus()");
  await page.close();
});

test("a frame that says it has failed is believed at once", async () => {
  const page = await it.visit("plain");
  const frame = await openChat(page);
  await frame.evaluate("say('failed')");
  await page.until((down) => document.querySelector("porchlight-chat").shadowRoot.querySelector("dialog p")?.textContent == down, DOWN);
  await page.close();
});

test("the panel can be closed while it is loading", async () => {
  const page = await it.visit("plain", { frames: "hang", width: 375, height: 700 });
  await page.click(launcher);
  await page.until(() => document.querySelector("porchlight-chat").shadowRoot.querySelector("dialog").open);
  assert.equal((await page.evaluate(look)).focus, "dialog");
  await page.press("Escape");
  const { panel, launcher: name, focus } = await settled(page);
  assert.deepEqual({ panel, name, focus }, { panel: false, name: "Open chat", focus: "button launcher" });
  await page.close();
});
