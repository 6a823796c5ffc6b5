/**
 * Search in one's own conversations, and transcripts to keep. Rarely needed, so the chat's document imports it when a visitor
 * asks for it (index.html). It has its list of conversations from Home, so what the closing rules hide is not in it either.
 */
import { matches, plain, terms } from "./find.js";
import { asker, listed, MESSAGES_MAX, read } from "./log.js";
import { hit, line, link, make } from "./parts.js";
import { asPage, asText, fileName } from "./transcript.js";
import STYLE from "./history.css";

/** The server fills these places, in the language and with the own words of the site that the address names. */
const WORDS = {
  title: "{{home.history}}",
  search: "{{home.search}}",
  close: "{{history.close}}",
  loading: "{{home.loading}}",
  failed: "{{home.errorText}}",
  retry: "{{home.retry}}",
  none: "{{history.none}}",
  found: "{{history.found}}",
  cut: "{{history.cut}}",
  page: "{{history.page}}",
  text: "{{history.text}}",
  you: "{{history.you}}",
  closed: "{{closing.closed}}",
  reopened: "{{closing.isOpen}}",
};
const TYPED_AFTER_MS = 150; // debounce of the search
const HITS_MAX = 100; // shown at once

const fill = (words, values) => words.replace(/{{(\w+)}}/g, (_, name) => values[name]);

const sheet = new CSSStyleSheet();
sheet.replaceSync(STYLE);

/** Opens the dialog. `key` is the visitor's key. */
export default function open(key) {
  if (document.querySelector("dialog")) return;
  const { lang: language, dir: direction } = document.documentElement;
  const { site, name: siteName } = JSON.parse(document.getElementById("porchlight-config").textContent);
  const gone = new AbortController();
  const ask = asker(site, key, gone.signal);
  const day = new Intl.DateTimeFormat(language, { dateStyle: "medium" });
  const number = new Intl.NumberFormat(language);
  const conversations = listed(document);

  const field = make("input", { type: "search", placeholder: WORDS.search, "aria-label": WORDS.search, class: "history__field", dir: "auto" });
  const leave = make("button", { type: "button", class: "icon-btn", "aria-label": WORDS.close });
  const status = make("p", { role: "status", class: "history__status" });
  const again = link(WORDS.retry, WORDS.retry);
  const list = make("ul", { role: "list", class: "card history__list" });
  const heading = make("h2", { id: "history-title" }, WORDS.title);
  const dialog = make(
    "dialog",
    { class: "history", "aria-labelledby": "history-title" },
    make("header", { class: "history__top" }, heading, leave),
    make("p", {}, field),
    make("p", { class: "history__state" }, status, again),
    list,
  );
  leave.append(document.querySelector("template#cross").content.cloneNode(true));
  if (!document.adoptedStyleSheets.includes(sheet)) document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];

  // ── What was said, read once.

  let reading; // the promise of all conversations with their entries
  const readAll = () => (reading ||= readEach().catch((error) => {
    reading = null;
    throw error;
  }));
  const readEach = async () => {
    let left = MESSAGES_MAX;
    for (const conversation of conversations) {
      conversation.entries ||= await read(ask, conversation.id, left);
      left -= conversation.entries.length;
      if (left <= 0) break;
    }
    return left > 0;
  };

  // ── What is shown.

  const say = (words, canRetry) => {
    status.textContent = words;
    again.hidden = !canRetry;
  };

  /** Runs something that reads from the server, and says how it goes; `again` repeats it. */
  const attempt = async (run) => {
    again.onclick = () => {
      field.focus();
      attempt(run);
    };
    say(WORDS.loading);
    try {
      await run();
    } catch (error) {
      if (!gone.signal.aborted) say(WORDS.failed, true);
    }
  };

  const showAll = () => {
    say("");
    const save = (conversation, kind, words) =>
      link(words, `${words}: ${conversation.name}, ${conversation.when}`, () => attempt(() => download(conversation, kind)));
    list.replaceChildren(...conversations.map((it) => line(it, save(it, "html", WORDS.page), save(it, "txt", WORDS.text))));
  };

  const download = async ({ id, name }, kind) => {
    const entries = await read(ask, id);
    say("");
    const of = { site: siteName, name, entries, words: WORDS, language, direction };
    const [type, content] = kind == "html" ? ["text/html", asPage(of)] : ["text/plain", asText(of)];
    const file = URL.createObjectURL(new Blob([content], { type: type + ";charset=utf-8" }));
    make("a", { href: file, download: `${fileName(siteName, name, new Date())}.${kind}` }).click();
    setTimeout(() => URL.revokeObjectURL(file), 60_000);
  };

  const goTo = (id) => {
    dialog.close();
    document.querySelector(`.row[data-id="${CSS.escape(id)}"] [data-do=open]`)?.click();
  };

  const search = (wanted) => attempt(async () => {
    const isWhole = await readAll();
    if (terms(field.value).join(" ") != wanted.join(" ")) return;
    const all = conversations.flatMap(({ id, entries = [] }) => entries.map((entry) => ({ id, entry })));
    const hits = all.filter(({ entry }) => matches((entry.plain ??= plain(entry.text)), wanted));
    hits.sort((a, b) => b.entry.at - a.entry.at);
    const show = ({ id, entry: { author, at, text } }) => hit(author || WORDS.you, day.format(at), text, wanted, () => goTo(id));
    list.replaceChildren(...hits.slice(0, HITS_MAX).map(show));
    const said = hits.length ? fill(WORDS.found, { count: number.format(hits.length) }) : WORDS.none;
    say(isWhole && hits.length <= HITS_MAX ? said : `${said} ${WORDS.cut}`);
  });

  const look = () => {
    const wanted = terms(field.value);
    if (wanted.length) search(wanted);
    else showAll();
  };

  let typed;
  field.oninput = () => {
    clearTimeout(typed);
    typed = setTimeout(look, TYPED_AFTER_MS);
  };
  leave.onclick = () => dialog.close();
  dialog.onclose = () => {
    clearTimeout(typed);
    gone.abort();
    dialog.remove();
  };
  document.body.append(dialog);
  showAll();
  dialog.showModal();
  field.focus();
}
