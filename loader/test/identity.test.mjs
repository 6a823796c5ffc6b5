// Porchlight("identify", …) and Porchlight("logout").

import assert from "node:assert/strict";
import { harness, NOTHING, openChat, record, shownChat, storage, test } from "../test-support/harness.mjs";
import { pause } from "../test-support/limits.mjs";

const it = harness();
const BO = { id: "user-42", name: "Bo Lee", attributes: { plan: "gold", orders: 3 } };

const until = async (what, holds) => {
  for (let tries = 0; !holds(); tries++) {
    assert.ok(tries < 100, "waited for " + what);
    await pause(100);
  }
};

test("who a visitor is waits until they show interest, and costs the page nothing before", async () => {
  const page = await it.visit("plain");
  await page.evaluate((bo) => Porchlight("identify", bo), BO);
  await pause(500);
  assert.deepEqual(it.servers.requests, ["/porchlight.js"]);
  assert.deepEqual(await page.evaluate(storage), NOTHING);

  await openChat(page);
  await until("the server to hear of it", () => it.servers.told.length);
  const [{ method, key, person }] = it.servers.told;
  assert.deepEqual([method, person], ["PUT", BO]);
  assert.match(key, /^Bearer [0-9a-f]{64}$/);
  const kept = () => JSON.parse(localStorage.getItem("porchlight:shop-1") || "{}").key;
  await page.until(kept);
  assert.equal("Bearer " + (await record(page)).key, key, "a new visitor has this key from now on");
  assert.deepEqual(page.said("warning"), []);

  await page.evaluate(() => Porchlight("identify", { name: "Bo" }));
  await until("the second", () => it.servers.told.length == 2);
  assert.deepEqual([it.servers.told[1].key, it.servers.told[1].person], [key, { name: "Bo" }]);
  await page.close();
});

test("a person whom the server knows from another device gets a chat that begins anew", async () => {
  const page = await it.visit("plain");
  it.servers.answers = [[200, { proved: true, anew: true }]];
  const before = await openChat(page);
  await before.evaluate("window.isFormer = true");
  await page.evaluate((bo) => Porchlight("identify", { ...bo, hash: "5f" }), BO);
  await until("another frame", () => it.servers.requests.filter((path) => path.startsWith("/chat/")).length == 2);
  const frame = await shownChat(page);
  await frame.until("heard.length");
  assert.equal(await frame.evaluate("heard[0].visitorKey"), (await record(page)).key);
  await page.close();
});

test("what the server refuses is one warning, in its own words", async () => {
  const page = await it.visit("plain");
  it.servers.answers = [[422, { code: "hash_wrong", message: "The hash is wrong." }]];
  await openChat(page);
  await page.evaluate((bo) => Porchlight("identify", { ...bo, hash: "no" }), BO);
  await until("the warning", () => page.said("warning").length);
  assert.deepEqual(page.said("warning"), ['[Porchlight] "identify": The hash is wrong.']);
  assert.deepEqual(await page.evaluate(storage), NOTHING, "and makes nobody");
  await page.close();
});

test("what is no person is told, and asks for nothing", async () => {
  const page = await it.visit("plain");
  await openChat(page);
  await page.evaluate(() => {
    const loop = {};
    loop.loop = loop;
    for (const wrong of [undefined, null, "Bo", 7, loop]) Porchlight("identify", wrong);
  });
  await until("the warning", () => page.said("warning").length);
  await pause(300);
  assert.deepEqual(page.said("warning"), ['[Porchlight] "identify" needs an object, such as { id, name, email, hash }.']);
  assert.deepEqual(it.servers.told, []);
  await page.close();
});

test("logout leaves nothing behind", async () => {
  const page = await it.visit("plain");
  const frame = await openChat(page);
  await page.evaluate((bo) => Porchlight("identify", bo), BO);
  await page.until(() => localStorage.getItem("porchlight:shop-1"));
  await frame.evaluate("say('keep', { name: 'draft:1', text: 'My card is' })");
  await page.until(() => localStorage.getItem("porchlight:shop-1").includes("card"));
  await page.evaluate(() => Porchlight("logout"));
  await page.until(() => !localStorage.getItem("porchlight:shop-1"));
  await until("another frame", () => it.servers.requests.filter((path) => path.startsWith("/chat/")).length == 2);
  const anew = await shownChat(page);
  await anew.until("heard.length");
  assert.deepEqual(await anew.evaluate("[heard[0].visitorKey, heard[0].kept]"), [null, {}]);
  assert.deepEqual(await page.evaluate(storage), NOTHING);
  await page.close();
});
