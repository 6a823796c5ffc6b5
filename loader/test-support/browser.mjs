// A real browser for the loader's tests, driven by puppeteer-core: Chromium, or Firefox by
// PORCHLIGHT_TEST_BROWSER=firefox and PORCHLIGHT_FIREFOX=/path/to/it.
//
//   const browser = await launch();
//   const page = await browser.page({ width: 1280, height: 800 });
//   await page.goto("http://localhost:…/plain.html");
//   await page.evaluate(() => document.title);
//
// Each page has a browser context of its own: nothing is stored from one test to the next.

import { createRequire } from "node:module";
import { join } from "node:path";
import { pause, step, STEP_WITHIN_MS, TEST_WITHIN_MS, within } from "./limits.mjs";

/** Which browser it is: "chrome" or "firefox". */
export const BROWSER = process.env.PORCHLIGHT_TEST_BROWSER || "chrome";

const CHROMIUM_ARGS = [
  "--no-sandbox", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-gpu",
  "--disable-dev-shm-usage", "--hide-scrollbars", "--force-color-profile=srgb", "--site-per-process",
];

export async function launch() {
  const isFirefox = BROWSER == "firefox";
  const executablePath = isFirefox ? process.env.PORCHLIGHT_FIREFOX : process.env.PORCHLIGHT_CHROMIUM || "/usr/bin/chromium";
  const started = puppeteer().launch({
    browser: BROWSER,
    executablePath,
    headless: true,
    args: isFirefox ? [] : CHROMIUM_ARGS,
    pipe: !isFirefox,
    defaultViewport: null,
    protocolTimeout: TEST_WITHIN_MS,
    timeout: TEST_WITHIN_MS,
  });
  const browser = await within(TEST_WITHIN_MS, `${executablePath} to start`, started);
  return {
    page: (options) => step("a new page", Page.open(browser, options)),
    async close() {
      try {
        await step("the browser's end", browser.close());
      } catch (error) {
        browser.process()?.kill("SIGKILL");
        throw error;
      }
    },
  };
}

function puppeteer() {
  const modules = process.env.PORCHLIGHT_NODE_MODULES;
  if (!modules) throw new Error("PORCHLIGHT_NODE_MODULES is not set: run the tests by `cargo xtask test loader`.");
  return createRequire(join(modules, "anything.js"))("puppeteer-core").default;
}

/** The current document of the page, or of the chat's frame. */
class View {
  #find;

  constructor(find) {
    this.#find = find;
  }

  /** Runs a function in the document, with JSON arguments, and returns its JSON result; awaits promises. */
  evaluate(run, ...args) {
    return step(`an answer to ${run}`, this.ask(run, ...args));
  }

  /** Polls until the function returns something truthy, and returns that. */
  async until(run, ...args) {
    const end = Date.now() + STEP_WITHIN_MS;
    for (;;) {
      // A document that is replaced meanwhile fails; the next one may answer.
      let failure = "";
      const value = await this.evaluate(run, ...args).catch((error) => (failure = ` Lastly: ${error.message}`, undefined));
      if (value) return value;
      if (Date.now() > end) throw new Error(`Waited ${STEP_WITHIN_MS} ms in vain for ${run}.${failure}`);
      await pause(20);
    }
  }

  /** Reloads the document from within, right after `first`; resolves when the next one is there. */
  async reload(first = "") {
    // The old document may be gone before it answers, or may still answer.
    await this.evaluate(`${first}; globalThis.isOld = true; location.reload()`).catch(() => {});
    await this.until("typeof isOld == 'undefined'");
  }

  async ask(run, ...args) {
    const document = this.#find();
    if (!document) throw new Error("There is no such document.");
    return document.evaluate(run, ...args);
  }
}

class Page extends View {
  /** The host page's console messages and errors: {level, text}; "exception" for uncaught ones. */
  console = [];
  #page;

  static async open(browser, { width = 1280, height = 800, dark = false, hurry = 1, before } = {}) {
    const context = await browser.createBrowserContext();
    const it = await Page.#of(context);
    it.close = () => step("the page's end", context.close());
    const page = it.#page;

    await page.setViewport({ width, height });
    if (dark) await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: "dark" }]);
    // Divides timeouts of a second and more by `hurry`, until a test sets `hurry = 1`.
    if (hurry > 1) before = `var hurry = ${hurry}; {const later = setTimeout; setTimeout = (run, ms, ...args) => later(run, ms >= 1000 ? ms / hurry : ms, ...args)};${before ?? ""}`;
    if (before) await page.evaluateOnNewDocument(before);
    return it;
  }

  static async #of(context) {
    const page = await context.newPage();
    const it = new Page(() => page.mainFrame());
    it.#page = page;
    const note = (level, text) => it.console.push({ level, text });
    page.on("console", (message) => note(message.type() == "warn" ? "warning" : message.type(), message.text()));
    page.on("pageerror", (error) => note("exception", String(error)));
    page.on("error", (error) => note("crash", String(error)));
    return it;
  }

  /** Opens another tab in the same browser context; it closes with this one. */
  async tab(before) {
    const tab = await step("another tab", Page.#of(this.#page.browserContext()));
    if (before) await tab.#page.evaluateOnNewDocument(before);
    return tab;
  }

  /** Returns the console's texts of one level. */
  said(level) {
    return this.console.filter((entry) => entry.level == level).map((entry) => entry.text);
  }

  /** Loads a page and waits for its `load` event. */
  goto(url) {
    return step(`${url} to load`, this.#page.goto(url));
  }

  /** The chat's frame, once its document is there. After a reload it is the new one. */
  async frame() {
    const frame = new View(() => this.#frames().at(-1));
    await frame.until(() => location.protocol == "http:" && document.readyState == "complete");
    return frame;
  }

  #frames() {
    return this.#page.frames().filter((frame) => frame != this.#page.mainFrame() && !frame.detached);
  }

  get frameCount() {
    return this.#frames().length;
  }

  /** Moves the mouse to the middle of what the function returns. */
  async hover(find) {
    const [x, y] = await this.evaluate(`(() => {
      const box = (${find})().getBoundingClientRect();
      return [box.x + box.width / 2, box.y + box.height / 2];
    })()`);
    await step("the mouse to move", this.#page.mouse.move(x, y));
    return [x, y];
  }

  async click(find) {
    const [x, y] = await this.hover(find);
    await this.clickAt(x, y);
  }

  /** Clicks without `evaluate`, which would count as user activation. */
  clickAt(x, y) {
    return step("a click", this.#page.mouse.click(x, y));
  }

  /** Presses a key where the focus is, in whatever frame that may be. */
  press(key) {
    return step(`the key ${key}`, this.#page.keyboard.press(key));
  }

  /** Types a text where the focus is. */
  type(text) {
    return step("typing", this.#page.keyboard.type(text));
  }

  resize(width, height) {
    return step("another size", this.#page.setViewport({ width, height }));
  }

  /** Sends a command of the Chrome DevTools Protocol, for example to emulate a medium. */
  async send(method, params) {
    this.session ??= await step("a session", this.#page.createCDPSession());
    return step(method, this.session.send(method, params));
  }

  /** Returns a PNG, in base64, of the viewport or of a part of it: {x, y, width, height}. */
  screenshot(clip) {
    return step("a picture", this.#page.screenshot({ clip, encoding: "base64", captureBeyondViewport: false }));
  }
}
