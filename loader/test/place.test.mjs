// The host's place on the page, and its return there.

import assert from "node:assert/strict";
import { harness, launcher, load, look, openChat, settled, test } from "../test-support/harness.mjs";
import { pause } from "../test-support/limits.mjs";

const it = harness();
const isThere = () => document.querySelectorAll("porchlight-chat").length == 1;
const box = (selector) => {
  const { left, top, right, bottom } = document.querySelector("porchlight-chat").shadowRoot.querySelector(selector).getBoundingClientRect();
  return { left, top, right, bottom };
};

test("it comes last in <body>, and only when the page has been parsed: what hydrates a document finds what it expects", async () => {
  const page = await it.visit("plain", {
    before: `
      window.states = [];
      new MutationObserver((records) => {
        for (const { addedNodes } of records) for (const node of addedNodes) {
          if (node.localName == "porchlight-chat") states.push(document.readyState, node.parentNode.localName, node.nextSibling);
        }
      }).observe(document, { childList: true, subtree: true });
    `,
  });
  const [state, parent, next] = await page.evaluate("states");
  assert.notEqual(state, "loading");
  assert.deepEqual([parent, next], ["body", null]);
  await page.close();
});

for (const [how, remove] of [
  ["taken off the page", () => document.querySelector("porchlight-chat").remove()],
  ["lost with what was in the body", () => { document.body.innerHTML = "<h1>Another page</h1>"; }],
  ["lost with the body", () => document.body.replaceWith(document.createElement("body"))],
  ["lost with the whole document", () => {
    const html = document.createElement("html");
    html.append(document.createElement("head"), document.createElement("body"));
    document.documentElement.replaceWith(html);
  }],
  ["lost to document.open", () => {
    document.open();
    document.write("<title>x</title><h1>Another page</h1>");
    document.close();
  }],
]) {
  test(`${how}, it comes back as it was, and works`, async () => {
    const page = await it.visit("plain");
    const frame = await openChat(page);
    await frame.evaluate("say('unread', { count: 2 })");
    await page.until(() => document.querySelector("porchlight-chat").shadowRoot.querySelector("b").textContent == "2");
    await page.evaluate(remove);
    await page.until(isThere);
    await page.until(() => document.querySelector("porchlight-chat").shadowRoot.querySelector(".live"));
    const { panel, frame: shown, unread } = await settled(page);
    assert.deepEqual({ panel, shown, unread }, { panel: true, shown: "shown", unread: "Unread messages: 2" });

    await page.press("Escape");
    await page.until(() => !document.querySelector("porchlight-chat").shadowRoot.querySelector("dialog").open);
    await page.click(launcher);
    await frame.until("document.hasFocus()");
    assert.equal((await settled(page)).panel, true);
    assert.deepEqual(page.console, []);
    await page.close();
  });
}

test("a page that takes it off again and again is not fought with", async () => {
  const page = await it.visit("plain");
  await page.evaluate(() => {
    window.times = 0;
    new MutationObserver(() => {
      const chat = document.querySelector("porchlight-chat");
      if (chat) times++, chat.remove();
    }).observe(document, { childList: true, subtree: true });
    document.querySelector("porchlight-chat").remove();
  });
  await pause(1500);
  assert.equal(await page.evaluate("times"), 1);
  await page.close();
});

test("a script that comes when ours is gone for good starts anew; so does another site's", async () => {
  for (const site of ["shop-1", "shop-2"]) {
    const page = await it.visit("plain");
    await page.evaluate(() => {
      // The page has replaced MutationObserver, so the loader is not notified.
      MutationObserver.prototype.observe = () => {};
      Porchlight("destroy");
    });
    await load(page, { "data-site": "shop-1" });
    await page.until(isThere);
    await page.evaluate(() => document.querySelector("porchlight-chat").remove());
    await load(page, { "data-site": site });
    await page.until(isThere);
    await openChat(page);
    assert.ok(it.servers.requests.includes("/chat/" + site));
    assert.deepEqual(page.console, []);
    await page.close();
  }
});

for (const style of [
  "transform: translateX(0)", "perspective: 100px", "will-change: transform", "contain: layout", "contain: paint",
  "container-type: inline-size", "filter: grayscale(1)", "translate: 1px", "backdrop-filter: blur(1px)",
]) {
  for (const root of ["html", "body"]) {
    test(`${root} { ${style} }: launcher and panel are in their corner`, async () => {
      const page = await it.visit("plain");
      await page.evaluate((root, style) => {
        document.querySelector(root).style.cssText = `height: 3000px; ${style}`;
      }, root, style);
      await page.evaluate(() => document.querySelector("porchlight-chat").remove()); // it comes back, and is placed under this style
      await page.until(() => {
        const { right, bottom } = document.querySelector("porchlight-chat")?.shadowRoot.querySelector("button").getBoundingClientRect() ?? {};
        return Math.abs(right - (innerWidth - 20)) < 20 && bottom == innerHeight - 20;
      });
      await openChat(page);
      await settled(page);
      const { top, bottom } = await page.evaluate(box, "dialog");
      assert.deepEqual([top, bottom], [72, 712]);
      await page.close();
    });
  }
}

test("it leaves its z-index its meaning where nothing carries it away", async () => {
  const page = await it.visit("plain");
  await openChat(page);
  assert.equal(await page.evaluate(() => document.querySelector("porchlight-chat").shadowRoot.querySelector(":popover-open")), null);
  await page.close();
});

for (const [zoom, width, height] of [[1.5, 1280, 800], [2, 1280, 800], [1.5, 375, 700], [0.5, 1280, 800]]) {
  test(`html { zoom: ${zoom} } at ${width} × ${height}: the panel is within the window`, async () => {
    const page = await it.visit("plain", { width, height });
    await page.evaluate((zoom) => { document.documentElement.style.zoom = zoom; }, zoom);
    await openChat(page);
    await settled(page);
    const { left, top, right, bottom } = await page.evaluate(box, "dialog");
    assert.ok(left >= 0 && top >= 0 && right <= width && bottom <= height, JSON.stringify({ left, top, right, bottom }));
    if (width == 375) assert.deepEqual([left, top, right, bottom], [0, 0, width, height]);
    await page.close();
  });
}

test("with forced colours the panel has an edge", async () => {
  const page = await it.visit("plain");
  await page.send("Emulation.setEmulatedMedia", { features: [{ name: "forced-colors", value: "active" }] });
  await openChat(page);
  await settled(page);
  const edge = await page.evaluate(() => {
    const { outlineColor, outlineStyle, outlineWidth } = getComputedStyle(document.querySelector("porchlight-chat").shadowRoot.querySelector("dialog"));
    return { outlineColor, outlineStyle, outlineWidth };
  });
  assert.deepEqual(edge, { outlineColor: "rgb(0, 0, 0)", outlineStyle: "solid", outlineWidth: "1px" });
  await page.close();
});
