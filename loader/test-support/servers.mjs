// Two sites: the shop's (localhost), and the chat server's (127.0.0.1), a fake that serves the real, minified loader, and
// fixtures/frame.html in place of the widget.

import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "../build.mjs";

const words = (tag) => JSON.parse(readFileSync(new URL(`../../words/${tag}.json`, import.meta.url), "utf8"));
const ENGLISH = words("en");
const GERMAN = words("de");
const FIXTURES = new URL("../test/fixtures/", import.meta.url);
const PUBLIC = { "access-control-allow-origin": "*", "cross-origin-resource-policy": "cross-origin" };
const ISOLATED = { "cross-origin-embedder-policy": "require-corp", "cross-origin-resource-policy": "cross-origin" };
export const WELL = { problem: null, message: "" };

export async function serve() {
  const folder = mkdtempSync(join(tmpdir(), "porchlight-loader-"));
  await build(folder, { minify: true });
  const files = Object.fromEntries(
    ["/porchlight.js", "/porchlight-panel.js", "/porchlight-identity.js"].map((path) => [path, readFileSync(join(folder, path), "utf8")]),
  );
  rmSync(folder, { recursive: true });

  /**
   * How the chat server answers: for the frame a mode, see fixtures/frame.html; for its files "ok", "refuse" or "hang"; for
   * check.js its result, "refuse" or "hang". With `hasGerman` it has words for pages in German; else English for all.
   */
  const servers = { frames: "ok", script: "ok", panel: "ok", identity: "ok", check: WELL, requests: [], told: [], answers: [], collects: [], pages: [] };

  const chat = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url, "http://chat");
    servers.requests.push(pathname);
    if (servers.isDown) return request.socket.destroy();
    const modes = { "/porchlight.js": servers.script, "/porchlight-panel.js": servers.panel, "/porchlight-identity.js": servers.identity };
    const mode = modes[pathname];
    if (mode == "refuse") return request.socket.destroy();
    if (mode == "hang") return;
    if (mode) {
      const lang = searchParams.get("lang");
      return answer(response, "text/javascript", filled(files[pathname], lang == "de" && servers.hasGerman ? GERMAN : ENGLISH), PUBLIC);
    }
    if (pathname.endsWith("/visitor") || pathname.endsWith("/visitor/page")) return hear(request, response);
    if (pathname.endsWith("/check.js")) {
      if (servers.check == "refuse") return request.socket.destroy();
      if (servers.check == "hang") return;
      return answer(response, "text/javascript", `export default ${JSON.stringify(servers.check)}`, PUBLIC);
    }
    if (pathname.startsWith("/chat/")) {
      if (servers.frames == "refuse") return request.socket.destroy();
      if (servers.frames == "hang") return;
      if (servers.frames == "elsewhere" && request.headers.host.startsWith("127.")) {
        return response.writeHead(302, { location: `http://localhost:${port(chat)}${pathname}` }).end();
      }
      const html = readFileSync(new URL("frame.html", FIXTURES), "utf8");
      const filled = html.replaceAll("{{mode}}", servers.frames).replaceAll("{{shop}}", servers.shop).replace("{{told}}", JSON.stringify(servers.collects));
      const send = () => answer(response, "text/html", filled, ISOLATED);
      if (servers.frames != "slow") return send();
      servers.release = send;
      return;
    }
    response.writeHead(404).end();
  });

  /** What a page has told of its visitor, and what `servers.answers` says to it: [status, body], the last one over and over. */
  const hear = async (request, response) => {
    let body = "";
    for await (const part of request) body += part;
    if (request.url.endsWith("/page")) {
      servers.pages.push({ key: request.headers.authorization, ...JSON.parse(body) });
      return response.writeHead(servers.knows ? 204 : 202).end();
    }
    servers.told.push({ method: request.method, key: request.headers.authorization, person: JSON.parse(body) });
    const [status, answer] = servers.answers.length > 1 ? servers.answers.shift() : servers.answers[0];
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(answer));
  };

  const shop = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url, "http://shop");
    if (pathname == "/favicon.ico") return response.writeHead(204).end();
    try {
      const html = readFileSync(new URL("." + pathname, FIXTURES), "utf8");
      const filled = html.replaceAll("{{server}}", servers.chat).replaceAll("{{integrity}}", integrity);
      // The parameters of the query become response headers.
      answer(response, "text/html", filled, Object.fromEntries(searchParams));
    } catch {
      response.writeHead(404).end();
    }
  });

  const integrity = "sha384-" + createHash("sha384").update(filled(files["/porchlight.js"], ENGLISH)).digest("base64");
  for (const server of [chat, shop]) await new Promise((resolve) => server.listen(0, resolve));
  servers.chat = `http://127.0.0.1:${port(chat)}`;
  servers.shop = `http://localhost:${port(shop)}`;
  servers.close = () => {
    for (const server of [chat, shop]) {
      server.closeAllConnections();
      server.close();
    }
  };
  return servers;
}

/** Words in their places, as the real server puts them there. */
const filled = (script, words) => script.replace(/{{loader\.(\w+)}}/g, (_, name) => JSON.stringify(words.loader[name]).slice(1, -1));

const port = (server) => server.address().port;

function answer(response, type, body, headers = {}) {
  response.writeHead(200, { "content-type": `${type}; charset=utf-8`, "cache-control": "no-store", ...headers }).end(body);
}
