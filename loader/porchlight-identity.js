/**
 * Who the visitor is, as the page tells it: Porchlight("identify", …) and Porchlight("logout"); and the page that a visitor
 * with a key is on. Most visitors need neither, so porchlight-panel.js imports this file. The page can't ask the server
 * itself, which answers no other origin: `identify`, `logout` and `visit` run on the host page, and `tell` in the frame's
 * document (index.html), with the answer on a port.
 */
import { minted } from "./key.js";

const ANSWER_WITHIN_MS = 20_000;
const SETTLES_AFTER_MS = 500; // the title comes after the address
const VISIT_EVERY_MS = 3000; // a page that changes its address all the time tells it no more often

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

/**
 * Tells the server which page the visitor is on, if they have a key, and if that is news. The frame's document leaves out
 * what the site does not collect. Of a visitor without a conversation the server keeps nothing.
 */
export function visit(panel) {
  const { record, memory } = panel;
  const state = (memory.visit ||= { told: "", at: 0 });
  if (state.timer) return;
  const run = async () => {
    state.timer = 0;
    const key = record.key();
    const visit = { address: location.origin + location.pathname, title: document.title.slice(0, 500), ...cameFrom() };
    const now = JSON.stringify([key, visit]);
    if (!key || now == state.told) return;
    state.told = now;
    state.at = Date.now();
    const { status } = await asked(panel, { key, visit });
    // A key that has written nothing yet is unknown: the next event tells it again.
    if (status != 204 && state.told == now) state.told = "";
  };
  state.timer = setTimeout(run, Math.max(SETTLES_AFTER_MS, state.at + VISIT_EVERY_MS - Date.now()));
}

/** The page that led to the site, without what may be secret in its address; and the time zone. */
const cameFrom = () => {
  const [referrer] = document.referrer.split(/[?#]/);
  const isElsewhere = referrer && !(referrer + "/").startsWith(location.origin + "/");
  return { ...(isElsewhere && { referrer }), time_zone: Intl.DateTimeFormat().resolvedOptions().timeZone };
};

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

/** In the frame: passes on what a page of the site tells of its visitor or of the visit, and answers on the event's port. */
export async function tell({ data, origin, ports: [port] }) {
  const { site, allow_origins: origins, told = [] } = JSON.parse(document.getElementById("porchlight-config").textContent);
  if (!origins.includes(origin)) return;
  try {
    const headers = { authorization: "Bearer " + data.key, "content-type": "application/json" };
    const path = `/api/v1/sites/${site}/visitor`;
    if (data.visit) {
      const known = Object.entries(data.visit).filter(([name]) => told.includes(name));
      const body = JSON.stringify(Object.fromEntries(known));
      const response = known.length && (await fetch(path + "/page", { method: "PUT", headers, body }));
      return port.postMessage({ status: response ? response.status : 204 });
    }
    const response = await fetch(path, { method: "PUT", headers, body: data.person });
    port.postMessage({ status: response.status, body: await response.json() });
  } catch {
    port.postMessage({ status: 0 });
  }
}
