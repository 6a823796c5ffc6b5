// Opening, closing, focus and full screen.

import assert from "node:assert/strict";
import { harness, launcher, look, openChat, settled, test } from "../test-support/harness.mjs";

const it = harness();
const OPEN = { launcher: "Close chat", expanded: "true", panel: true, frame: "shown", note: false, unread: "", focus: "iframe" };
const CLOSED = { launcher: "Open chat", expanded: "false", panel: false, frame: "hidden", note: false, unread: "", focus: "button launcher" };

test("a click opens the chat and puts the focus into its field", async () => {
  const page = await it.visit("plain");
  const frame = await openChat(page);
  await frame.until(() => document.hasFocus() && document.activeElement.localName == "input");
  assert.deepEqual(await settled(page), OPEN);

  await page.click(launcher);
  assert.deepEqual(await settled(page), CLOSED);
  await page.close();
});

test("Escape in the frame closes it, and the focus returns to the launcher", async () => {
  const page = await it.visit("plain");
  const frame = await openChat(page);
  await frame.until(() => document.hasFocus());
  await page.press("Escape");
  await page.until(() => !document.querySelector("porchlight-chat").shadowRoot.querySelector("dialog").open);
  assert.deepEqual(await settled(page), CLOSED);

  await page.press("Enter");
  await frame.until(() => document.hasFocus());
  assert.deepEqual(await settled(page), OPEN);
  assert.deepEqual(await frame.evaluate("heard.map((it) => it.type).filter((it) => it != 'ping')"), ["init", "closed", "opened"]);
  await page.close();
});

test("Escape on the page closes it too, but takes no focus from where the visitor is, and none that the page has used", async () => {
  const page = await it.visit("plain");
  await openChat(page);
  await page.evaluate(() => {
    const search = document.querySelector("input");
    search.focus();
    search.addEventListener("keydown", (event) => event.preventDefault(), { once: true });
  });
  await page.press("Escape");
  assert.equal((await page.evaluate(look)).panel, true);
  await page.press("Escape");
  const { panel, focus } = await page.evaluate(look);
  assert.deepEqual({ panel, focus }, { panel: false, focus: "input" });
  await page.close();
});

test("opened from elsewhere on the page, the focus returns there; from nowhere, it comes to the launcher", async () => {
  for (const [opener, focus] of [["#contact", "button"], ["body", "button launcher"]]) {
    for (const width of [1280, 375]) {
      const page = await it.visit("plain", { width });
      await page.evaluate((opener) => {
        document.querySelector(opener).focus();
        Porchlight("open");
      }, opener);
      const frame = await page.frame();
      await frame.until("document.hasFocus()");
      await page.press("Escape");
      await page.until(() => !document.querySelector("porchlight-chat").shadowRoot.querySelector("dialog").open);
      assert.equal((await settled(page)).focus, focus, `${opener} at ${width}`);
      await page.close();
    }
  }
});

test("the panel is 380 × 640 above the launcher, and smaller where the window is", async () => {
  const page = await it.visit("plain");
  await openChat(page);
  await settled(page);
  const box = () => page.evaluate(() => {
    const { x, y, width, height } = document.querySelector("porchlight-chat").shadowRoot.querySelector("dialog").getBoundingClientRect();
    return [x, y, width, height];
  });
  assert.deepEqual(await box(), [1280 - 20 - 380, 800 - 88 - 640, 380, 640]);
  await page.resize(600, 500);
  assert.deepEqual(await box(), [600 - 20 - 380, 20, 380, 500 - 108]);
  await page.close();
});

test("on a phone it fills the screen, is modal, and hides the launcher; the frame knows", async () => {
  const page = await it.visit("plain", { width: 375, height: 700 });
  const frame = await openChat(page);
  assert.deepEqual(await settled(page), { ...OPEN, launcher: false });
  assert.deepEqual(
    await page.evaluate(() => {
      const panel = document.querySelector("porchlight-chat").shadowRoot.querySelector("dialog");
      const { x, y, width, height } = panel.getBoundingClientRect();
      return [x, y, width, height, panel.matches(":modal")];
    }),
    [0, 0, 375, 700, true],
  );
  assert.equal(await frame.evaluate("heard[0].fullscreen"), true);

  await page.resize(800, 700);
  await frame.until("heard.some((it) => it.type == 'layout' && it.fullscreen == false)");
  assert.deepEqual(await settled(page), OPEN);
  await page.resize(375, 700);

  await frame.evaluate("say('close')");
  await page.until(() => !document.querySelector("porchlight-chat").shadowRoot.querySelector("dialog").open);
  assert.deepEqual(await settled(page), CLOSED);
  await page.close();
});

test("attributes: side, stacking, words, language, colour with a readable icon", async () => {
  const page = await it.visit("plain", { launcher: false });
  await page.evaluate(() => {
    Porchlight("destroy");
    const tag = Object.assign(document.createElement("script"), { src: document.scripts[0].src });
    Object.assign(tag.dataset, {
      site: "shop-1", position: "left", zIndex: "42", locale: "fr", color: "rgb(20, 40, 90)",
      openLabel: "Ouvrir la discussion", unreadLabel: "Messages non lus : ",
    });
    document.body.append(tag);
  });
  await page.until(() => document.querySelector("porchlight-chat"));
  const frame = await openChat(page);
  const [{ locale, color }] = await frame.evaluate("heard");
  assert.deepEqual({ locale, color }, { locale: "fr", color: "rgb(20, 40, 90)" });
  await frame.evaluate("say('unread', { count: 12 })");
  await page.until(() => document.querySelector("porchlight-chat").shadowRoot.querySelector("b").textContent == "9+");
  await page.evaluate(() => Porchlight("close"));
  await settled(page);

  const seen = await page.evaluate(look);
  assert.equal(seen.launcher, "Ouvrir la discussion");
  assert.equal(seen.unread, "Messages non lus : 12");
  const style = await page.evaluate(() => {
    const shadow = document.querySelector("porchlight-chat").shadowRoot;
    const { left } = shadow.querySelector("button").getBoundingClientRect();
    const { backgroundColor, color } = getComputedStyle(shadow.querySelector("button"));
    return { left, backgroundColor, color, zIndex: getComputedStyle(shadow.querySelector("div")).zIndex };
  });
  assert.equal(style.left, 20);
  assert.equal(style.zIndex, "42");
  assert.equal(style.backgroundColor, "rgb(20, 40, 90)");
  assert.match(style.color, /^oklch\(1 /, "white on dark blue");
  await page.close();
});

test("the page can hide it, and paper never shows it", async () => {
  const page = await it.visit("plain");
  assert.equal((await page.evaluate(look)).launcher, "Open chat");
  await page.evaluate(() => { document.querySelector("porchlight-chat").hidden = true; });
  assert.equal((await page.evaluate(look)).launcher, false);
  await page.evaluate(() => { document.querySelector("porchlight-chat").hidden = false; });
  await page.send("Emulation.setEmulatedMedia", { media: "print" });
  assert.equal((await page.evaluate(look)).launcher, false);
  await page.close();
});
