/**
 * Who the visitor is, as the page tells it: Porchlight("identify", …) and Porchlight("logout"). Few pages call them, so
 * porchlight-panel.js imports this file when one does. The page can't ask the server itself, which answers no other origin:
 * `identify` and `logout` run on the host page, and `tell` in the frame's document (index.html), with the answer on a port.
 */
const ANSWER_WITHIN_MS = 20_000;

/**
 * Tells the server who the visitor is, under their key or under a new one, which becomes theirs. `panel` is
 * porchlight-panel.js's side: {server, record, memory, frame(), anew(), warn(what)}.
 */
export async function identify(panel, person) {
  const { record, warn } = panel;
  if (!person || typeof person != "object") return warn('"identify" needs an object, such as { id, name, email, hash }.');
  // A copy, because the page may change the object; what JSON can't say is left out.
  const told = JSON.stringify(person);
  const key = record.key() || minted();
  const { status, body } = await asked(panel, { key, person: told });
  if (status != 200) return warn(`"identify": ${(body && body.message) || panel.server + " does not answer."}`);
  if (!record.key()) await record.propose(key);
  // Another tab, or the visitor's first message, was faster with a key of its own.
  if (record.key() != key) return identify(panel, JSON.parse(told));
  // The key opens the conversations of all of this person's devices from now on.
  if (body.anew) panel.anew();
}

/** Forgets the visitor on this browser: key, drafts and messages that are not sent yet. */
export function logout({ record, memory, anew }) {
  record.forget();
  memory.place = null;
  anew();
}

/** A visitor's key: 256 random bits in hexadecimal, as the chat makes them. */
const minted = () => Array.from(crypto.getRandomValues(new Uint8Array(32)), (byte) => byte.toString(16).padStart(2, "0")).join("");

const asked = ({ server, frame: current }, request) =>
  new Promise((resolve) => {
    setTimeout(resolve, ANSWER_WITHIN_MS, { status: 0 });
    const frame = current();
    const ask = () => {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = ({ data }) => resolve(data);
      frame.contentWindow.postMessage({ porchlight: 1, type: "identify", ...request }, server, [port2]);
    };
    // Its document listens from its `load` on.
    if (frame.isLoaded) ask();
    else frame.addEventListener("load", ask, { once: true });
  });

/** In the frame: passes on what a page of the site tells, and answers on the event's port. */
export async function tell({ data, origin, ports: [port] }) {
  const { site, allow_origins: origins } = JSON.parse(document.getElementById("porchlight-config").textContent);
  if (!origins.includes(origin)) return;
  try {
    const headers = { authorization: "Bearer " + data.key, "content-type": "application/json" };
    const response = await fetch(`/api/v1/sites/${site}/visitor`, { method: "PUT", headers, body: data.person });
    port.postMessage({ status: response.status, body: await response.json() });
  } catch {
    port.postMessage({ status: 0 });
  }
}
