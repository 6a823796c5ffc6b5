// The parts of search and transcripts that need no browser.

import assert from "node:assert/strict";
import { test } from "node:test";
import { excerpt, matches, plain, ranges, terms } from "../history/find.js";
import { asker, read } from "../history/log.js";
import { asPage, asText, fileName } from "../history/transcript.js";

/** The parts of a text that a query finds. */
const hits = (text, query) =>
  matches(plain(text), terms(query)) ? ranges(text, terms(query)).map(([begin, end]) => text.slice(begin, end)) : [];

test("a search knows neither case nor accents, in any script", () => {
  for (const [text, query, expected] of [
    ["Is the Lantern oak?", "lantern", ["Lantern"]],
    ["Écoute, le café est fermé", "ecoute CAFE", ["Écoute", "café"]],
    ["cafe\u0301 noir", "café", ["cafe\u0301"]],
    ["Straße 12", "strasse", ["Straße"]],
    ["Łódź", "lodz", ["Łódź"]],
    ["İstanbul ve Isparta, ılık", "istanbul ilik", ["İstanbul", "ılık"]],
    ["Ο δρόμος ΔΡΟΜΟΣ", "δρομος", ["δρόμος", "ΔΡΟΜΟΣ"]],
    ["مُحَمَّد هنا", "محمد", ["مُحَمَّد"]],
    ["注文番号は１０４１７です", "10417", ["１０４１７"]],
    ["한글 메시지", "메시", ["메시"]],
    ["a 👩‍👩‍👧 b", "b", ["b"]],
    ["oak oak", "oak", ["oak", "oak"]],
    ["lanterns", "lan tern", ["lantern"]],
    ["(a+b)*", "(a+b)*", ["(a+b)*"]],
  ]) assert.deepEqual(hits(text, query), expected, `${query} in ${text}`);
});

test("every word has to occur", () => {
  assert.deepEqual(hits("an oak lantern", "oak brass"), []);
  assert.deepEqual(terms("  \n "), []);
  assert.deepEqual(terms("\u0301"), []);
});

test("a text is plain as its letters are, so what matches has a place", () => {
  const letters = [];
  for (let code = 0; code < 0x20000; code++) if (code < 0xd800 || code > 0xdfff) letters.push(String.fromCodePoint(code));
  assert.equal(plain(letters.join("")), letters.map(plain).join(""));
  // Some letters are written otherwise at the end of a word.
  assert.equal(plain(letters.join("a ")), letters.map(plain).join("a "));
});

test("an excerpt shows the first occurrence, and says where something is left out", () => {
  const text = "a".repeat(200) + " oak " + "b".repeat(200);
  const parts = excerpt(text, ranges(text, terms("oak")));
  assert.deepEqual(parts.map(({ isHit }) => isHit), [false, true, false]);
  assert.equal(parts[1].text, "oak");
  assert.ok(parts[0].text.startsWith("…a") && parts[2].text.endsWith("b…"));
  assert.ok(parts.every(({ text }) => text.length <= 62));
  assert.deepEqual(excerpt("oak", [[0, 3]]), [{ text: "oak", isHit: true }]);

  // No half of an emoji, wherever it is cut.
  for (let n = 50; n < 70; n++) {
    const text = "🪔".repeat(n) + "x" + "🪔".repeat(n);
    const whole = excerpt(text, ranges(text, terms("x"))).map(({ text }) => text).join("");
    assert.ok(whole.isWellFormed?.() ?? !/[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/.test(whole), `${n}: ${whole}`);
  }
});

test("a log is read page by page to its end, and unknown kinds are passed over", async () => {
  const log = Array.from({ length: 450 }, (_, n) => ({
    seq: n + 1, at: n, author: n % 2 ? "visitor" : { agent: { id: "a", name: "Ann" } }, body: { message: { text: `m${n}` } },
  }));
  log[3].body = "closed";
  log[4].body = { assigned: { to: null } };
  log[5].body = { stickers: [1] };
  log[6].body = { message: { text: 7 } };
  log[7].body = null;
  const asked = [];
  const ask = async (path) => {
    asked.push(path);
    const after = Number(path.match(/after=(\d+)/)[1]);
    return { events: log.slice(after, after + 200), head: log.length };
  };
  const entries = await read(ask, "c1");
  assert.equal(asked.length, 3);
  assert.equal(entries.length, 446);
  assert.deepEqual(entries[0], { seq: 1, at: 0, kind: "message", text: "m0", author: "Ann" });
  assert.deepEqual(entries[3], { seq: 4, at: 3, kind: "closed", text: "", author: "" });

  // A limit, a log that says it has more than it gives, and an error.
  assert.equal((await read(ask, "c1", 10)).length, 196);
  assert.deepEqual(await read(async () => ({ events: [], head: 9 }), "c1"), []);
  await assert.rejects(read(async () => { throw new Error("503"); }, "c1"), /503/);
});

test("the server is asked as the visitor, and what it does not know is empty", async (t) => {
  const asked = t.mock.method(globalThis, "fetch", async (path) => new Response("{}", { status: path.includes("gone") ? 404 : path.includes("busy") ? 429 : 200 }));
  const ask = asker("shop-1", "k", undefined);
  assert.deepEqual(await ask("/conversations/c1/events?after=0"), {});
  const [path, { headers }] = asked.mock.calls[0].arguments;
  assert.deepEqual([path, headers], ["/api/v1/sites/shop-1/conversations/c1/events?after=0", { Authorization: "Bearer k" }]);
  assert.deepEqual(await read(ask, "gone"), []);
  await assert.rejects(ask("/busy"), /429/);
});

const OF = {
  site: "Lantern & Oak", name: "Ann", language: "en-GB", direction: "ltr",
  words: { you: "You", closed: "Conversation closed", reopened: "Open again" },
  entries: [
    { seq: 1, at: Date.UTC(2026, 10, 26, 12), kind: "message", text: "Is it <b>oak</b>?\nAnd \"waterproof\" & more", author: "" },
    { seq: 2, at: Date.UTC(2026, 10, 26, 12, 1), kind: "message", text: "Yes.", author: "<script>alert(1)</script>" },
    { seq: 3, at: Date.UTC(2026, 10, 26, 12, 2), kind: "closed", text: "", author: "Ann" },
  ],
};

test("a transcript as text has who said what when", () => {
  const text = asText(OF);
  assert.match(text, /^Lantern & Oak: Ann\r\n\r\n\[26 Nov 2026, \d\d:00\] You: Is it <b>oak<\/b>\?/);
  assert.match(text, /\] Conversation closed\r\n$/);
});

test("a transcript as a page runs nothing that people wrote", () => {
  const page = asPage(OF);
  assert.ok(!/<script|<b>oak/.test(page), page);
  assert.match(page, /&lt;script&gt;alert\(1\)&lt;\/script&gt;/);
  assert.match(page, /Is it &lt;b&gt;oak&lt;\/b&gt;\?\nAnd &quot;waterproof&quot; &amp; more/);
  assert.match(page, /<html lang="en-GB" dir="ltr">/);
  assert.match(page, /<time datetime="2026-11-26T12:00:00.000Z">/);
  assert.match(asPage({ ...OF, direction: '"><script>', language: "ar" }), /<html lang="ar" dir="ltr">/);
});

test("a file has a name that every system takes", () => {
  const now = new Date("2026-11-26T12:00:00Z");
  assert.equal(fileName("Lantern & Oak", "Ann", now), "Lantern-Oak-Ann-2026-11-26");
  assert.equal(fileName("../../etc", "a/b\\c:*?\u202E\u0000", now), "etc-a-b-c-2026-11-26");
  assert.equal(fileName("", "", now), "2026-11-26");
  assert.equal(fileName("آلو", "한글", now), "آلو-한글-2026-11-26");
});
