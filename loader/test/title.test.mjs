// The unread count in the page's title while the page is hidden, and the title's restoration.

import assert from "node:assert/strict";
import { harness, load, openChat, test } from "../test-support/harness.mjs";
import { pause } from "../test-support/limits.mjs";

const it = harness();

// In a headless browser no tab is hidden.
const HIDEABLE = `var isHidden = false; Object.defineProperty(Document.prototype, "hidden", { get: () => isHidden })`;
const hide = (page, hidden = true) => page.evaluate((hidden) => {
  isHidden = hidden;
  document.dispatchEvent(new Event("visibilitychange", { bubbles: true }));
}, hidden);

const title = () => document.querySelector("title")?.textContent;
const badge = () => document.querySelector("porchlight-chat").shadowRoot.querySelector("b").textContent;

/** Sends the frame's unread count, and waits until the badge shows it. */
const unread = async (page, frame, count) => {
  await frame.evaluate(`say("unread", { count: ${count} })`);
  await page.until(`(${badge})() == "${count > 9 ? "9+" : count || ""}"`);
};

const begin = async (prepare = () => {}, options) => {
  const page = await it.visit("plain", { before: HIDEABLE, ...options });
  await page.evaluate(prepare);
  const frame = await openChat(page);
  return { page, frame };
};

test("the title tells of unread messages while the page is hidden, and is put back to the letter", async () => {
  const { page, frame } = await begin(() => { document.querySelector("title").textContent = " A \n shop  "; });
  await unread(page, frame, 1);
  assert.equal(await page.evaluate(title), " A \n shop  ", "the page is seen");
  await hide(page);
  assert.equal(await page.evaluate(title), "(1)  A \n shop  ");
  for (const [count, told] of [[2, "(2) "], [12, "(9+) "], [0, ""], [3, "(3) "]]) {
    await unread(page, frame, count);
    assert.equal(await page.evaluate(title), `${told} A \n shop  `);
  }
  await hide(page, false);
  assert.equal(await page.evaluate(title), " A \n shop  ");
  await hide(page);
  await page.evaluate(() => Porchlight("destroy"));
  assert.equal(await page.evaluate(title), " A \n shop  ");
  assert.deepEqual(page.console, []);
  await page.close();
});

test("a title that the page has changed before is taken as it is", async () => {
  const { page, frame } = await begin();
  await unread(page, frame, 1);
  await page.evaluate(() => { document.title = "Lamps"; });
  await hide(page);
  assert.equal(await page.evaluate(title), "(1) Lamps");
  await page.close();
});

for (const [what, change, left] of [
  ["writes another title", () => { document.title = "Come back!"; }, "Come back!"],
  ["writes into the title's text", () => { document.querySelector("title").firstChild.data = "Sale"; }, "Sale"],
  ["puts another title element in", () => { document.querySelector("title").replaceWith(Object.assign(document.createElement("title"), { textContent: "New" })); }, "New"],
  ["takes the title away", () => { document.querySelector("title").remove(); }, undefined],
]) {
  test(`a page that ${what} meanwhile keeps it, for as long as it lives`, async () => {
    const { page, frame } = await begin();
    await unread(page, frame, 1);
    await hide(page);
    assert.equal(await page.evaluate(title), "(1) A shop");
    await page.evaluate(change);
    for (const step of [() => hide(page, false), () => hide(page), () => unread(page, frame, 2), () => hide(page, false)]) {
      await step();
      assert.equal(await page.evaluate(title) ?? undefined, left);
    }
    assert.deepEqual(page.console, []);
    await page.close();
  });
}

test("a page that changes its title again and again has its own way", async () => {
  const { page, frame } = await begin(() => {
    let number = 0;
    window.titles = [];
    setInterval(() => { document.title = `Offer ${++number}`; }, 50);
    new MutationObserver(() => titles.push(document.title)).observe(document.head, { subtree: true, childList: true, characterData: true });
  });
  await unread(page, frame, 1);
  await hide(page);
  await page.until(() => titles.length > 10);
  const told = await page.evaluate(() => titles.filter((title) => title.startsWith("(")));
  assert.ok(told.length <= 1, String(told));
  assert.match(await page.evaluate(title), /^Offer \d+$/);
  assert.deepEqual(page.console, []);
  await page.close();
});

test("a page that puts its title back at once is not fought with", async () => {
  const { page, frame } = await begin(() => {
    window.writes = 0;
    new MutationObserver(() => {
      if (document.title == "A shop") return;
      document.title = "A shop";
      writes++;
    }).observe(document.head, { subtree: true, childList: true });
  });
  await unread(page, frame, 1);
  await hide(page);
  await unread(page, frame, 2);
  await pause(100);
  assert.deepEqual(await page.evaluate(() => [document.title, writes]), ["A shop", 1]);
  assert.deepEqual(page.console, []);
  await page.close();
});

for (const [what, prepare, told] of [
  ["has frozen document.title", () => Object.defineProperty(document, "title", { value: "A shop", writable: false }), "(1) A shop"],
  ["has frozen its head", () => Object.freeze(document.head), "(1) A shop"],
  ["has an element named title", () => document.body.append(Object.assign(document.createElement("img"), { name: "title" })), "(1) A shop"],
  ["has no title", () => document.querySelector("title").remove(), undefined],
]) {
  test(`a page that ${what} is no trouble`, async () => {
    const { page, frame } = await begin(prepare);
    const before = await page.evaluate(title);
    await unread(page, frame, 1);
    await hide(page);
    assert.equal(await page.evaluate(title) ?? undefined, told);
    await hide(page, false);
    assert.equal(await page.evaluate(title), before);
    assert.deepEqual(page.console, []);
    await page.close();
  });
}

test('data-title="off" leaves it alone', async () => {
  const { page } = await begin();
  await page.evaluate(() => Porchlight("destroy"));
  await load(page, { "data-site": "shop-1", "data-title": "off" });
  await page.until(() => document.querySelector("porchlight-chat"));
  const frame = await openChat(page);
  await unread(page, frame, 1);
  await hide(page);
  assert.equal(await page.evaluate(title), "A shop");
  await page.close();
});
