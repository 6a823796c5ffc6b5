// A conversation as a file to keep: plain text, or a page without scripts.

/**
 * Writes a transcript. `of` is `{site, name, entries, words, language, direction}`; `words` has `you`, `closed` and `reopened`.
 * Names and texts are people's: they are text in both forms.
 */
export const asText = (of) => {
  const lines = rows(of).map(({ when, who, text }) => `[${when}] ${who ? who + ": " : ""}${text}`);
  return [`${of.site}: ${of.name}`, "", ...lines, ""].join("\r\n");
};

/** The same as an HTML document. */
export const asPage = (of) => {
  const line = ({ iso, when, who, text }) =>
    `<li><p><b dir="auto">${escaped(who)}</b> <time datetime="${iso}">${escaped(when)}</time></p><p class="text" dir="auto">${escaped(text)}</p></li>`;
  return `<!doctype html>
<html lang="${escaped(of.language)}" dir="${of.direction == "rtl" ? "rtl" : "ltr"}">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${escaped(of.site)}: ${escaped(of.name)}</title>
<style>
:root { color-scheme: light dark; }
body { max-width: 42rem; margin: 2rem auto; padding: 0 1rem; font: 1rem/1.5 system-ui, sans-serif; }
ol { padding: 0; list-style: none; }
li { margin: 1rem 0; }
p { margin: 0; }
time { color: GrayText; font-size: .85em; }
.text { white-space: pre-wrap; overflow-wrap: anywhere; }
</style>
<h1 dir="auto">${escaped(of.name)}</h1>
<ol>
${rows(of).map(line).join("\n")}
</ol>
</html>
`;
};

function rows({ entries, words, language }) {
  const clock = new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "short" });
  return entries.map(({ at, kind, text, author }) => ({
    iso: new Date(at).toISOString(),
    when: clock.format(at),
    who: kind == "message" ? author || words.you : "",
    text: kind == "message" ? text : words[kind],
  }));
}

const NAMES = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };
const escaped = (text) => text.replace(/[&<>"]/g, (letter) => NAMES[letter]);

/** A name for the file: letters and digits of any script from the site's and the conversation's name, and the day. */
export const fileName = (site, name, now) =>
  [site, name, now.toISOString().slice(0, 10)]
    .map((part) => part.replace(/[^\p{L}\p{M}\p{N}]+/gu, "-").replace(/^-+|-+$/g, "").slice(0, 40))
    .filter(Boolean)
    .join("-");
