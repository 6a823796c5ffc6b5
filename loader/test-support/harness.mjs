// The setup of the loader's tests: two servers, a browser, and helpers that read the page.

import { after, before, test as nodeTest } from "node:test";
import { launch } from "./browser.mjs";
import { TEST_WITHIN_MS, within } from "./limits.mjs";
import { serve, WELL } from "./servers.mjs";

/** A test with a timeout. Node's own is the longer one, and catches code that starves the other's timer. */
export const test = (name, run) =>
  nodeTest(name, { timeout: 2 * TEST_WITHIN_MS }, () => within(TEST_WITHIN_MS, "the whole test", run()));

/** Starts everything before a file's tests and stops it after them. */
export function harness() {
  const it = {
    /** Opens a host page in a new browser context and waits until the launcher is there. */
    async visit(fixture, { frames = "ok", script = "ok", panel = "ok", check = WELL, hasGerman = false, launcher = true, collects = [], knows = true, headers, ...options } = {}) {
      Object.assign(it.servers, { frames, script, panel, check, hasGerman, collects, knows });
      it.servers.requests.length = it.servers.told.length = it.servers.pages.length = 0;
      it.servers.answers = [[200, {}]];
      const page = await it.browser.page(options);
      await page.goto(`${it.servers.shop}/${fixture}.html${headers ? "?" + new URLSearchParams(headers) : ""}`);
      if (launcher) await page.until(() => document.querySelector("porchlight-chat"));
      return page;
    },
  };
  const limit = { timeout: 2 * TEST_WITHIN_MS };
  before(async () => {
    it.servers = await serve();
    it.browser = await launch();
  }, limit);
  after(async () => {
    it.servers?.close();
    await it.browser?.close();
  }, limit);
  return it;
}

/** Functions that run in the page: for `evaluate`, `until`, `hover` and `click`. */
export const launcher = () => document.querySelector("porchlight-chat").shadowRoot.querySelector("button");
export const retry = () => document.querySelector("porchlight-chat").shadowRoot.querySelector("dialog button");

/** Describes what the loader shows. */
export const look = () => {
  const shadow = document.querySelector("porchlight-chat").shadowRoot;
  const [launcher, panel, frame, note] = ["button", "dialog", "iframe", "dialog p"].map((name) => shadow.querySelector(name));
  const seen = (element) => !!element && element.checkVisibility({ visibilityProperty: true, opacityProperty: true });
  const focus = shadow.activeElement;
  return {
    launcher: seen(launcher) && launcher.ariaLabel,
    expanded: launcher.ariaExpanded,
    panel: panel.open,
    frame: !frame ? "none" : seen(frame) ? "shown" : "hidden",
    note: seen(note) && note.textContent,
    unread: shadow.querySelector("#unread").textContent,
    focus: focus ? focus.localName + (focus == launcher ? " launcher" : "") : document.activeElement.localName,
  };
};

/** Returns `look`'s description, once the panel's animations have ended. */
export const settled = async (page) => {
  await page.evaluate(() => {
    const all = document.querySelector("porchlight-chat").shadowRoot.getAnimations();
    const ends = all.filter((it) => it.effect.getComputedTiming().endTime < Infinity);
    return Promise.allSettled(ends.map((it) => it.finished));
  });
  return page.evaluate(look);
};

/** Opens the panel as a visitor does, and waits until the frame has answered. */
export const openChat = async (page) => {
  await page.click(launcher);
  return shownChat(page);
};

/** Waits until the panel, which a call opens, shows the frame. */
export const shownChat = async (page) => {
  await page.until(() => document.querySelector("porchlight-chat").shadowRoot.querySelector(".live"));
  return page.frame();
};

/** Returns what the host page's origin has stored. */
export const storage = async () => ({
  local: { ...localStorage },
  session: { ...sessionStorage },
  cookies: document.cookie,
  databases: (await indexedDB.databases()).length,
});
export const NOTHING = { local: {}, session: {}, cookies: "", databases: 0 };

/** Adds another script tag to the page. */
export const load = (page, attributes) => page.evaluate((attributes) => {
  const tag = document.createElement("script");
  tag.src = [...document.querySelectorAll("script")].find((tag) => tag.src).src;
  for (const [name, value] of Object.entries(attributes)) tag.setAttribute(name, value);
  document.querySelector("body").append(tag);
}, attributes);

/** Returns the loader's record on the page's origin. */
export const record = (page) => page.evaluate(() => JSON.parse(localStorage.getItem("porchlight:shop-1")));
