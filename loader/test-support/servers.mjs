// Two sites, as in life: the shop's (localhost), and the chat server's (127.0.0.1), which is a fake that
// serves the real loader and a frame without a program behind it.

import { readFileSync } from "node:fs";
import { createServer } from "node:http";

const FIXTURES = new URL("../test/fixtures/", import.meta.url);
const LOADER = new URL("../porchlight.js", import.meta.url);

export async function serve() {
  /** How the chat server answers for the frame; see fixtures/frame.html for what each mode does there. */
  const servers = { frames: "ok", script: true, requests: [] };

  const chat = createServer((request, response) => {
    const { pathname } = new URL(request.url, "http://chat");
    servers.requests.push(pathname);
    if (pathname == "/porchlight.js") {
      if (!servers.script) return request.socket.destroy();
      return answer(response, "text/javascript", readFileSync(LOADER));
    }
    if (pathname.startsWith("/chat/")) {
      if (servers.frames == "refuse") return request.socket.destroy();
      if (servers.frames == "hang") return;
      if (servers.frames == "elsewhere" && request.headers.host.startsWith("127.")) {
        return response.writeHead(302, { location: `http://localhost:${port(chat)}${pathname}` }).end();
      }
      const html = readFileSync(new URL("frame.html", FIXTURES), "utf8");
      return answer(response, "text/html", html.replaceAll("{{mode}}", servers.frames).replaceAll("{{shop}}", servers.shop));
    }
    response.writeHead(404).end();
  });

  const shop = createServer((request, response) => {
    const { pathname } = new URL(request.url, "http://shop");
    if (pathname == "/favicon.ico") return response.writeHead(204).end();
    try {
      const html = readFileSync(new URL("." + pathname, FIXTURES), "utf8");
      answer(response, "text/html", html.replaceAll("{{server}}", servers.chat));
    } catch {
      response.writeHead(404).end();
    }
  });

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

const port = (server) => server.address().port;

function answer(response, type, body) {
  response.writeHead(200, { "content-type": `${type}; charset=utf-8`, "cache-control": "no-store" }).end(body);
}
