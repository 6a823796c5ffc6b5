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

for (const [what, open, isStillOpen] of [
  ["a popover of the page", () => {
    document.body.insertAdjacentHTML("beforeend", "<div popover id=over>Over</div>");
    document.querySelector("#over").showPopover();
  }, () => document.querySelector("#over").matches(":popover-open")],
  ["a dialog of the page", () => {
    document.body.insertAdjacentHTML("beforeend", "<dialog id=over><button>Yes</button></dialog>");
    document.querySelector("#over").showModal();
  }, () => document.querySelector("#over").open],
  ["a dialog of the page's own making", () => {
    document.body.insertAdjacentHTML("beforeend", "<div role=dialog aria-modal=true id=over>Over</div>");
    document.addEventListener("keydown", ({ key }) => key == "Escape" && document.querySelector("#over")?.remove());
  }, () => !!document.querySelector("#over")],
  ["a popover in a component of the page", () => {
    const root = document.body.appendChild(document.createElement("shop-menu")).attachShadow({ mode: "open" });
    root.innerHTML = "<div popover>Over</div>";
    root.firstChild.showPopover();
  }, () => document.querySelector("shop-menu").shadowRoot.firstChild.matches(":popover-open")],
]) {
  test(`Escape is for ${what} first`, async () => {
    const page = await it.visit("plain");
    await openChat(page);
    await page.evaluate(open);
    await page.evaluate(() => document.activeElement == document.querySelector("porchlight-chat") && document.querySelector("input").focus());
    await page.press("Escape");
    await page.until(`!(${isStillOpen})()`);
    assert.equal((await page.evaluate(look)).panel, true);
    await page.evaluate(() => document.querySelector("input").focus());
    await page.press("Escape");
    assert.equal((await page.evaluate(look)).panel, false);
    await page.close();
  });
}

test("nor is it for the chat while an input method composes, in full screen, or in a search field that it clears", async () => {
  const page = await it.visit("plain");
  await openChat(page);
  const press = (more) => page.evaluate((more) => {
    const field = document.querySelector("input");
    field.focus();
    field.dispatchEvent(new KeyboardEvent("keydown", { key: "Escape", bubbles: true, composed: true, ...more }));
  }, more);
  await press({ isComposing: true });
  await press({ keyCode: 229 });
  await page.evaluate(() => document.querySelector("h1").requestFullscreen());
  await press();
  await page.evaluate(() => document.exitFullscreen());
  await page.evaluate(() => Object.assign(document.querySelector("input"), { type: "search", value: "lamp" }));
  await press();
  assert.equal((await page.evaluate(look)).panel, true);
  await page.evaluate(() => { document.querySelector("input").value = ""; });
  await press();
  assert.equal((await page.evaluate(look)).panel, false);
  await page.close();
});

test("opened by the page, nobody's focus moves: what is typed stays where it was meant to go", async () => {
  for (const width of [1280, 375]) {
    const page = await it.visit("plain", { width });
    await page.evaluate(() => document.querySelector("input").focus());
    await page.type("12 High");
    await page.evaluate(() => Porchlight("open"));
    await page.type(" Str");
    const frame = await page.frame();
    await frame.until("heard.length");
    await page.until(() => document.querySelector("porchlight-chat").shadowRoot.querySelector(".live"));
    await page.type("eet");
    const { panel, frame: shown, focus } = await settled(page);
    assert.deepEqual({ panel, shown, focus }, { panel: true, shown: "shown", focus: "input" }, `at ${width}`);
    assert.equal(await page.evaluate(() => document.querySelector("input").value), "12 High Street");
    assert.equal(await frame.evaluate("heard[0].focus"), false);
    assert.equal(await frame.evaluate("document.hasFocus()"), false);

    await page.evaluate(() => Porchlight("close"));
    await page.evaluate(() => Porchlight("open"));
    await frame.until("heard.some((it) => it.type == 'opened' && it.focus == false)");
    assert.equal((await settled(page)).focus, "input");
    await page.close();
  }
});

test("a visitor who opens it and goes on elsewhere before it is there is left in peace", async () => {
  const page = await it.visit("plain", { frames: "late" });
  await page.click(launcher);
  await page.evaluate(() => document.querySelector("input").focus());
  await page.until(() => document.querySelector("porchlight-chat").shadowRoot.querySelector(".live"));
  assert.equal((await settled(page)).focus, "input");
  await page.close();
});

test("closed by Escape in it, the focus goes back to where the visitor came from", async () => {
  for (const width of [1280, 375]) {
    const page = await it.visit("plain", { width });
    await page.evaluate(() => Porchlight("open")); // with the focus on nothing
    const frame = await page.frame();
    await page.until(() => document.querySelector("porchlight-chat").shadowRoot.querySelector(".live"));
    await page.evaluate(() => document.querySelector("porchlight-chat").shadowRoot.querySelector("iframe").focus());
    await frame.until("document.hasFocus()");
    await page.press("Escape");
    await page.until(() => !document.querySelector("porchlight-chat").shadowRoot.querySelector("dialog").open);
    assert.equal((await settled(page)).focus, "button launcher", `at ${width}`);
    await page.close();
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

test("the words of the page's language come with the panel", async () => {
  const page = await it.visit("plain", { hasGerman: true });
  assert.equal((await page.evaluate(look)).launcher, "Open chat");
  const frame = await openChat(page);
  await frame.evaluate("say('unread', { count: 3 })");
  await page.until(() => document.querySelector("porchlight-chat").shadowRoot.querySelector("b").textContent == "3");
  const seen = await settled(page);
  assert.equal(seen.launcher, "Chat schließen");
  assert.equal(seen.unread, "Ungelesene Nachrichten: 3");
  const words = await page.evaluate(() => {
    const panel = document.querySelector("porchlight-chat").shadowRoot.querySelector("dialog");
    const [again, leave] = panel.querySelectorAll("button");
    return [again.textContent, leave.textContent, panel.ariaLabel, new URL(panel.querySelector("iframe").src).search];
  });
  assert.deepEqual(words, ["Noch einmal versuchen", "Chat schließen", "Chat", "?lang=de&site=shop-1"]);
  await page.evaluate(() => Porchlight("close"));
  assert.equal((await page.evaluate(look)).launcher, "Chat öffnen");
  await page.close();
});

test("a script whose address names a language has its words at once", async () => {
  const page = await it.visit("plain", { hasGerman: true, launcher: false });
  await page.evaluate(() => {
    Porchlight("destroy");
    const tag = Object.assign(document.createElement("script"), { src: document.scripts[0].src + "?lang=de" });
    tag.dataset.site = "shop-1";
    document.body.append(tag);
  });
  await page.until(() => document.querySelector("porchlight-chat"));
  assert.equal((await page.evaluate(look)).launcher, "Chat öffnen");
  await page.close();
});

test("a page may say anything of its language", async () => {
  for (const lang of ["", "-", "constructor", "\u0000", '"><b>&lang=de#', "x".repeat(1000)]) {
    const page = await it.visit("plain", { launcher: false });
    await page.evaluate((lang) => {
      Porchlight("destroy");
      const tag = Object.assign(document.createElement("script"), { src: document.scripts[0].src });
      Object.assign(tag.dataset, { site: "shop-1", locale: lang });
      document.body.append(tag);
    }, lang);
    await page.until(() => document.querySelector("porchlight-chat"));
    await openChat(page);
    assert.equal((await settled(page)).launcher, "Close chat");
    const query = await page.evaluate(() => new URL(document.querySelector("porchlight-chat").shadowRoot.querySelector("iframe").src).searchParams.get("lang"));
    assert.equal(query, lang || "de");
    assert.deepEqual(page.said("exception"), []);
    await page.close();
  }
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
