// Search without a server: every word has to occur, in any case and with or without accents.

const EXCERPT = 60; // characters on either side of the first occurrence

// Letters that Unicode does not take apart.
const LETTERS = { ß: "ss", ı: "i", ł: "l", ø: "o", đ: "d", æ: "ae", œ: "oe", þ: "th", ς: "σ" };
const APART = new RegExp(`[${Object.keys(LETTERS).join("")}]`, "g");

/** Returns a text without case and accents. */
export const plain = (text) =>
  text.normalize("NFKD").toLowerCase().replace(/\p{M}/gu, "").replace(APART, (letter) => LETTERS[letter]);

/** Splits what somebody searches for into words, each plain. */
export const terms = (query) => plain(query).split(/\s+/).filter(Boolean);

/** True if all terms occur in a plain text. */
export const matches = (plain, terms) => terms.every((term) => plain.includes(term));

/** Returns the ranges `[begin, end]` of the terms in a text, in order and joined where they touch. */
export function ranges(text, terms) {
  // The plain text letter by letter, and for each of its characters the range of the original.
  let all = "";
  const from = [];
  const to = [];
  let at = 0;
  for (const letter of text) {
    const bare = plain(letter);
    for (let n = 0; n < bare.length; n++) {
      from.push(at);
      to.push(at + letter.length);
    }
    // A combining mark belongs to the letter before.
    if (!bare && to.length) to[to.length - 1] = at + letter.length;
    all += bare;
    at += letter.length;
  }
  const found = [];
  for (const term of terms) {
    for (let at = all.indexOf(term); at >= 0; at = all.indexOf(term, at + term.length)) found.push([from[at], to[at + term.length - 1]]);
  }
  found.sort(([a, b], [c, d]) => a - c || b - d);
  const joined = [];
  for (const [begin, end] of found) {
    const last = joined.at(-1);
    if (last && begin <= last[1]) last[1] = Math.max(last[1], end);
    else joined.push([begin, end]);
  }
  return joined;
}

/** Cuts a text around its first range, for a line of results: parts `{text, isHit}`, with "…" where something is left out. */
export function excerpt(text, ranges) {
  const begin = edge(text, ranges[0][0] - EXCERPT);
  const end = edge(text, ranges[0][1] + EXCERPT);
  const parts = [];
  let at = begin;
  for (const [from, to] of ranges.filter(([from]) => from < end)) {
    parts.push({ text: text.slice(at, from), isHit: false }, { text: text.slice(from, Math.min(to, end)), isHit: true });
    at = Math.min(to, end);
  }
  parts.push({ text: text.slice(at, end), isHit: false });
  if (begin > 0) parts[0].text = "…" + parts[0].text;
  if (end < text.length) parts.at(-1).text += "…";
  return parts.filter(({ text }) => text);
}

/** A place within the text that splits no pair of surrogates. */
function edge(text, at) {
  const within = Math.min(Math.max(at, 0), text.length);
  return /[\uDC00-\uDFFF]/.test(text.charAt(within)) ? within + 1 : within;
}
