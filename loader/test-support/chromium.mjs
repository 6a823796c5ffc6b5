// A real Chromium for the loader's tests, over its debugging pipe. No driver, no dependency, no download.
//
//   const browser = await launch();
//   const page = await browser.page({ width: 1280, height: 800 });
//   await page.goto("http://localhost:…/plain.html");
//   await page.evaluate(() => document.title);
//
// Each page has a browser context of its own: nothing is stored from one test to the next.

import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const PATIENCE_MS = 10_000;

export async function launch() {
  const binary = process.env.PORCHLIGHT_CHROMIUM || "chromium";
  const profile = mkdtempSync(join(tmpdir(), "porchlight-chromium-"));
  const child = spawn(
    binary,
    [
      "--headless=new", "--remote-debugging-pipe", `--user-data-dir=${profile}`, "--no-sandbox", "--no-first-run",
      "--disable-background-networking", "--disable-component-update", "--disable-gpu", "--disable-dev-shm-usage",
      "--hide-scrollbars", "--force-color-profile=srgb", "--site-per-process",
    ],
    { stdio: ["ignore", "ignore", "ignore", "pipe", "pipe"] },
  );
  const connection = new Connection(child.stdio[3], child.stdio[4]);
  child.once("error", (error) => connection.end(
    new Error(`Can't start ${binary} (${error.message}). Install chromium, or set PORCHLIGHT_CHROMIUM to one.`),
  ));
  const exited = new Promise((resolve) => child.once("exit", resolve));
  child.once("exit", () => connection.end(new Error("Chromium has ended.")));
  await connection.send("Browser.getVersion");

  return {
    page: (options) => Page.open(connection, options),
    async close() {
      await connection.send("Browser.close").catch(() => {});
      await exited;
      rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

/** The debugging protocol: one JSON message per NUL-ended frame. */
class Connection {
  #waiting = new Map();
  #listeners = new Map(); // session → listener
  #next = 1;
  #out;
  #ended;

  constructor(out, input) {
    this.#out = out;
    out.on("error", () => {});
    let rest = "";
    input.setEncoding("utf8").on("data", (data) => {
      const frames = (rest + data).split("\0");
      rest = frames.pop();
      for (const frame of frames) this.#receive(JSON.parse(frame));
    });
  }

  send(method, params = {}, sessionId) {
    if (this.#ended) return Promise.reject(this.#ended);
    const id = this.#next++;
    this.#out.write(JSON.stringify({ id, method, params, sessionId }) + "\0");
    return new Promise((resolve, reject) => this.#waiting.set(id, { resolve, reject, method }));
  }

  listen(sessionId, listener) {
    this.#listeners.set(sessionId, listener);
  }

  end(error) {
    this.#ended ??= error;
    for (const { reject } of this.#waiting.values()) reject(this.#ended);
    this.#waiting.clear();
  }

  #receive(message) {
    if (!message.id) return this.#listeners.get(message.sessionId)?.(message);
    const { resolve, reject, method } = this.#waiting.get(message.id) ?? {};
    this.#waiting.delete(message.id);
    if (message.error) reject?.(new Error(`${method}: ${message.error.message}`));
    else resolve?.(message.result);
  }
}

/** A document that expressions can be evaluated in: the page, or a frame that lives in a process of its own. */
class Target {
  constructor(connection, session) {
    this.send = (method, params) => connection.send(method, params, session);
  }

  /** Runs a function there, with JSON arguments, and gives back its JSON result; awaits promises. */
  async evaluate(run, ...args) {
    const expression = typeof run == "string" ? run : `(${run})(...${JSON.stringify(args)})`;
    const { result, exceptionDetails } = await this.send("Runtime.evaluate", {
      expression, awaitPromise: true, returnByValue: true, userGesture: true,
    });
    if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
    return result.value;
  }

  /** Waits until the function gives something truthy, and gives it back. */
  async until(run, ...args) {
    const end = Date.now() + PATIENCE_MS;
    for (;;) {
      // A document that is replaced while it is asked has not answered yet; the next one may.
      const value = await this.evaluate(run, ...args).catch((error) => {
        if (!/navigated or closed|context/.test(error.message)) throw error;
      });
      if (value) return value;
      if (Date.now() > end) throw new Error(`Waited ${PATIENCE_MS} ms in vain for ${run}`);
      await pause(20);
    }
  }
}

class Page extends Target {
  /** What the host page's console and error handlers saw: {level, text}; "exception" for uncaught ones. */
  console = [];
  #frames = [];

  static async open(connection, { width = 1280, height = 800, dark = false, hurry = 1, before } = {}) {
    const { browserContextId } = await connection.send("Target.createBrowserContext");
    const { targetId } = await connection.send("Target.createTarget", { url: "about:blank", browserContextId });
    const { sessionId } = await connection.send("Target.attachToTarget", { targetId, flatten: true });
    const page = new Page(connection, sessionId);
    page.close = () => connection.send("Target.disposeBrowserContext", { browserContextId });

    const watch = (session) => connection.listen(session, ({ method, params }) => {
      if (method == "Target.attachedToTarget") {
        const child = new Target(connection, params.sessionId);
        child.id = params.targetInfo.targetId;
        watch(params.sessionId);
        page.#frames.push(child);
        for (const method of ["Runtime.enable", "Runtime.runIfWaitingForDebugger"]) {
          child.send(method).catch(() => {}); // gone again already
        }
      } else if (method == "Target.detachedFromTarget") {
        page.#frames = page.#frames.filter((frame) => frame.id != params.targetId);
      } else if (session == sessionId) {
        page.#note(method, params);
      }
    });
    watch(sessionId);

    await page.send("Target.setAutoAttach", { autoAttach: true, waitForDebuggerOnStart: true, flatten: true });
    await page.send("Page.enable");
    await page.send("Runtime.enable");
    await page.send("Log.enable");
    await page.send("Emulation.setDeviceMetricsOverride", { width, height, deviceScaleFactor: 1, mobile: false });
    await page.send("Emulation.setEmulatedMedia", {
      features: [{ name: "prefers-color-scheme", value: dark ? "dark" : "light" }],
    });
    // Deadlines of seconds, in a fraction of the time.
    if (hurry > 1) before = `{const later = setTimeout; setTimeout = (run, ms, ...args) => later(run, ms >= 1000 ? ms / ${hurry} : ms, ...args)};${before ?? ""}`;
    if (before) await page.send("Page.addScriptToEvaluateOnNewDocument", { source: before });
    return page;
  }

  #note(method, params) {
    if (method == "Runtime.consoleAPICalled") {
      this.console.push({ level: params.type, text: params.args.map((arg) => arg.value ?? arg.description).join(" ") });
    } else if (method == "Runtime.exceptionThrown") {
      const { text, exception } = params.exceptionDetails;
      this.console.push({ level: "exception", text: exception?.description ?? text });
    } else if (method == "Log.entryAdded") {
      this.console.push({ level: `log ${params.entry.level}`, text: params.entry.text });
    }
  }

  /** What was said at one level. */
  said(level) {
    return this.console.filter((entry) => entry.level == level).map((entry) => entry.text);
  }

  /** Loads a page and waits for its `load` event. */
  async goto(url) {
    await this.send("Page.navigate", { url });
    await this.until((url) => location.href == url && document.readyState == "complete", url);
  }

  /** The frame that was attached last, once its document answers. */
  async frame() {
    const end = Date.now() + PATIENCE_MS;
    while (!this.#frames.length) {
      if (Date.now() > end) throw new Error("There is no frame.");
      await pause(20);
    }
    const frame = this.#frames.at(-1);
    await frame.until(() => document.readyState == "complete");
    return frame;
  }

  get frameCount() {
    return this.#frames.length;
  }

  /** Moves the mouse to the middle of what the function returns. */
  async hover(find) {
    const [x, y] = await this.evaluate(`(() => {
      const box = (${find})().getBoundingClientRect();
      return [box.x + box.width / 2, box.y + box.height / 2];
    })()`);
    await this.send("Input.dispatchMouseEvent", { type: "mouseMoved", x, y });
    return { x, y };
  }

  async click(find) {
    const at = { ...(await this.hover(find)), button: "left", clickCount: 1 };
    await this.send("Input.dispatchMouseEvent", { type: "mousePressed", ...at });
    await this.send("Input.dispatchMouseEvent", { type: "mouseReleased", ...at });
  }

  /** Presses a key where the focus is, in whatever frame that may be. */
  async press(key) {
    const code = { Escape: 27, Enter: 13, Tab: 9 }[key];
    const event = { key, code: key, windowsVirtualKeyCode: code, text: key == "Enter" ? "\r" : undefined };
    await this.send("Input.dispatchKeyEvent", { type: "keyDown", ...event });
    await this.send("Input.dispatchKeyEvent", { type: "keyUp", ...event });
  }

  resize(width, height) {
    return this.send("Emulation.setDeviceMetricsOverride", { width, height, deviceScaleFactor: 1, mobile: false });
  }

  /** A PNG, in base64, of the window or of a part of it: {x, y, width, height}. */
  async screenshot(part) {
    const clip = part && { ...part, scale: 1 };
    return (await this.send("Page.captureScreenshot", { format: "png", clip })).data;
  }
}

export const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
