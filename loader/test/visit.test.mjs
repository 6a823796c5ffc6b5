// The page that a visitor is on, as it is told.

import assert from "node:assert/strict";
import { harness, openChat, test } from "../test-support/harness.mjs";
import { pause } from "../test-support/limits.mjs";

const it = harness();
const ALL = ["address", "title", "referrer", "time_zone"];
const hasKey = (page) => page.evaluate(() => localStorage.setItem("porchlight:shop-1", '{"key":"k1","active":false}'));

const told = async (count) => {
  for (let tries = 0; it.servers.pages.length < count; tries++) {
    assert.ok(tries < 100, `waited for ${count} pages: ${JSON.stringify(it.servers.pages)}`);
    await pause(100);
  }
};

test("nobody is told where a visitor is who has not written", async () => {
  const page = await it.visit("plain", { collects: ALL });
  await openChat(page);
  await page.evaluate(() => history.pushState({}, "", "/elsewhere"));
  await pause(1500);
  assert.deepEqual(it.servers.pages, []);
  assert.ok(!it.servers.requests.includes("/porchlight-identity.js"));
  await page.close();
});

test("the page of a visitor with a key is told without what may be secret, and again once it is another", async () => {
  const page = await it.visit("plain", { collects: ALL });
  await hasKey(page);
  await page.evaluate(() => {
    history.replaceState({}, "", "/shop/lamps?token=secret#part");
    document.title = "Lamps";
  });
  const frame = await openChat(page);
  await told(1);
  const { key, address, title, time_zone: zone, ...more } = it.servers.pages[0];
  assert.deepEqual([key, address, title], ["Bearer k1", it.servers.shop + "/shop/lamps", "Lamps"]);
  assert.ok(zone && !Object.keys(more).length, "no referrer of the site itself");

  // Whatever happens here is no other page.
  for (let times = 0; times < 3; times++) await frame.evaluate("say('event', { name: 'message', detail: { author: 'bot' } })");
  await page.evaluate(() => history.replaceState({}, "", "/shop/lamps?other#part"));
  await pause(4000);
  assert.equal(it.servers.pages.length, 1);

  // A page that changes its address all the time is told once in a while, as it is then.
  await page.evaluate(async () => {
    for (let n = 0; n < 50; n++) {
      history.pushState({}, "", "/step/" + n);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    document.title = "The end";
  });
  await told(2);
  await pause(4000);
  const last = it.servers.pages.at(-1);
  assert.ok(it.servers.pages.length <= 3, JSON.stringify(it.servers.pages));
  assert.deepEqual([last.address, last.title], [it.servers.shop + "/step/49", "The end"]);
  assert.deepEqual(page.said("warning"), []);
  await page.close();
});

test("what the site does not collect does not leave the browser", async () => {
  const page = await it.visit("plain", { collects: ["time_zone"] });
  await hasKey(page);
  await openChat(page);
  await told(1);
  assert.deepEqual(Object.keys(it.servers.pages[0]), ["key", "time_zone"]);
  await page.close();

  const other = await it.visit("plain", { collects: [] });
  await hasKey(other);
  await openChat(other);
  await pause(1500);
  assert.deepEqual(it.servers.pages, []);
  await other.close();
});

test("a key that the server does not know yet is told of with the first message", async () => {
  const page = await it.visit("plain", { collects: ALL, knows: false });
  await hasKey(page);
  const frame = await openChat(page);
  await told(1);
  it.servers.knows = true;
  await frame.evaluate("say('event', { name: 'conversation-started', detail: {} })");
  await told(2);
  assert.equal(it.servers.pages[0].address, it.servers.pages[1].address);
  await page.close();
});

test("what can't be told is no warning, and is told later", async () => {
  const page = await it.visit("plain", { collects: ALL });
  await hasKey(page);
  it.servers.identity = "refuse";
  const frame = await openChat(page);
  const asked = () => it.servers.requests.filter((path) => path == "/porchlight-identity.js").length;
  for (let tries = 0; !asked(); tries++) {
    assert.ok(tries < 100, "waited for the first try");
    await pause(100);
  }
  await pause(500);
  it.servers.identity = "ok";
  await frame.evaluate("say('event', { name: 'message', detail: { author: 'bot' } })");
  await told(1);
  assert.deepEqual(page.said("warning"), []);
  await page.close();
});
