/**
 * The chat as a page of its own, /c/SITE_KEY on the server: for links in e-mails. As on any page, the visitor's key is stored
 * on the page's origin. A secret in the address's fragment leads back to a conversation; the fragment is not sent with a
 * request, and is removed once the server has answered.
 */
import { openRecord } from "../record.js";
import { minted } from "../key.js";

const WORDS = {
  expiredTitle: "{{page.expiredTitle}}",
  usedTitle: "{{page.usedTitle}}",
  lostText: "{{page.lostText}}",
  open: "{{loader.open}}",
  loading: "{{loader.loading}}",
  down: "{{loader.down}}",
  retry: "{{loader.retry}}",
};
const ANSWER_WITHIN_MS = 20_000;

const site = new URL(import.meta.url).searchParams.get("site");
const main = document.querySelector("main");
const [title, text, button] = main.children;

const say = (heading, more = "", action = "", run = null) => {
  main.hidden = false;
  title.textContent = heading;
  text.textContent = more;
  button.textContent = action;
  button.hidden = !action;
  button.onclick = run;
};

/** Loads the chat, in this conversation if it is one of the visitor's. */
const show = (conversation) => {
  main.hidden = true;
  const tag = document.createElement("script");
  Object.assign(tag.dataset, { site, layout: "page" }, conversation && { conversation });
  tag.src = "/porchlight.js";
  window.Porchlight = (...call) => window.Porchlight.q.push(call);
  window.Porchlight.q = [["open"]];
  document.head.append(tag);
};

/** Asks the server to let the holder of a key come back by a link. */
const ask = async (key, link) => {
  const response = await fetch(`/api/v1/sites/${site}/visitor/return`, {
    method: "PUT",
    headers: { authorization: "Bearer " + key, "content-type": "application/json" },
    body: JSON.stringify({ link }),
    signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
  });
  return response.json();
};

const comeBack = async (link) => {
  const record = openRecord(site, { key() {}, kept() {}, left() {} }, {});
  const key = record.key() || minted();
  const { code, conversation } = await ask(key, link);
  // Somebody else has chatted in this browser before: their chats are theirs.
  if (code == "other_person" || code == "visitor_key_revoked") {
    record.forget();
    return comeBack(link);
  }
  const why = { link_expired: WORDS.expiredTitle, link_used: WORDS.usedTitle }[code];
  if (!conversation && !why) throw new Error(code);
  if (conversation && !record.key()) await record.propose(key);
  // Another tab was faster with a key of its own.
  if (conversation && record.key() != key) return comeBack(link);
  history.replaceState({ conversation }, "", location.pathname);
  if (conversation) show(conversation);
  else say(why, WORDS.lostText, WORDS.open, () => show());
};

const begin = () => {
  const link = location.hash.slice(1);
  if (!link) return show((history.state || {}).conversation);
  say(WORDS.loading);
  comeBack(link).catch(() => say(WORDS.down, "", WORDS.retry, begin));
};

addEventListener("hashchange", () => location.reload());
begin();
