// The visitor's conversations: which there are stands on Home, what was said comes from the server.

export const MESSAGES_MAX = 20_000; // of all conversations together: what a browser searches at once
const PAGE = 200; // the server's largest

/** The conversations that Home lists, in its order, as it says them: `{id, name, when, preview}`. Hidden ones are not among them. */
export const listed = (document) =>
  [...document.querySelectorAll(".row[data-id]")].map((row) => {
    const said = (part) => row.querySelector(".row__" + part).textContent;
    return { id: row.dataset.id, name: said("name"), when: said("time"), preview: said("words") };
  });

/**
 * Reads a conversation's log: messages, closings and re-openings as `{seq, at, kind, text, author}`, in order. `kind` is
 * "message", "closed" or "reopened"; `author` the name of an agent or bot, or "" for the visitor. Throws what `ask` throws.
 */
export async function read(ask, id, max = MESSAGES_MAX) {
  const entries = [];
  for (let after = 0, head = 1; after < head && entries.length < max; ) {
    const page = await ask(`/conversations/${id}/events?after=${after}&limit=${PAGE}`);
    if (!page.events.length) break;
    entries.push(...page.events.map(entry).filter(Boolean));
    after = page.events.at(-1).seq;
    head = page.head;
  }
  return entries;
}

/** An event as an entry, or null: a newer server may have kinds that nobody here knows. */
function entry({ seq, at, author, body }) {
  const name = author?.agent?.name ?? author?.bot?.name ?? "";
  if (typeof body?.message?.text == "string") return { seq, at, kind: "message", text: body.message.text, author: name };
  if (body == "closed" || body == "reopened") return { seq, at, kind: body, text: "", author: name };
  return null;
}

/**
 * Returns `ask(path)` for a site and the visitor's key, a secret. It gives the answer's JSON, and throws where there is none.
 * A conversation that the server doesn't know has not been sent yet, or is gone: its log is empty.
 */
export const asker = (site, key, signal) => async (path) => {
  const answer = await fetch(`/api/v1/sites/${site}${path}`, { headers: { Authorization: "Bearer " + key }, signal });
  if (answer.status == 404) return { events: [], head: 0 };
  if (!answer.ok) throw new Error(String(answer.status));
  return answer.json();
};
