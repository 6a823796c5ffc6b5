// The visitor's record, in the storage of the page's origin, where the site can clear it:
//
//   localStorage["porchlight:SITE_KEY"] = {key, active, askedAtMs, kept: {name: text}}
//
// `key` is the visitor's key, a secret. `active`: a conversation is open or unread, so the next page loads the frame;
// `askedAtMs`: when a frame last reported that. `kept` holds drafts and the outbox, and is deleted with the key, so that
// the next person at this browser doesn't see them. Tabs share the record, so it is read again before each change. If
// storage is blocked or full, the record lives in porchlight.js's memory until the page is left.

const SETTLED_AFTER_MS = 100; // then two tabs that each stored a key both read the later one

/**
 * Opens a site's record. `tell.key(key)` and `tell.kept({name: text or null})` report changes by other tabs and by the site.
 * If the key was removed or replaced, `tell.left()` comes first: the frame still uses the former one. In `memory` a record
 * that can't be stored outlives the panel.
 */
export function openRecord(site, tell, memory) {
  const slot = "porchlight:" + site;
  let record = memory.record || checked();
  let person = ""; // the key that the frame uses
  let isActive = false;
  let isSettling = false;

  const read = () => {
    if (memory.isUnstored) return;
    try {
      record = checked(localStorage.getItem(slot));
    } catch {
      memory.isUnstored = true;
    }
  };

  const write = () => {
    memory.record = record;
    try {
      if (record.key || Object.keys(record.kept).length) localStorage.setItem(slot, written(record));
      else localStorage.removeItem(slot);
    } catch {
      memory.isUnstored = true;
    }
  };

  /** Reads the record and reports its changes. Returns true if the frame's key was removed or replaced. */
  const look = () => {
    const before = record.kept;
    read();
    const { key } = record;
    if (person && key != person) {
      const theirs = Object.keys(before).filter((name) => record.kept[name] == before[name]);
      for (const name of theirs) delete record.kept[name];
      if (theirs.length) write();
      person = key;
      tell.left();
      tell.key(key);
      return true;
    }
    if (key != person && !isSettling) tell.key((person = key));
    const changes = { __proto__: null };
    for (const name of Object.keys({ ...before, ...record.kept })) {
      if (before[name] != record.kept[name]) changes[name] = record.kept[name] ?? null;
    }
    if (Object.keys(changes).length) tell.kept(changes);
  };

  return {
    look,

    /** Returns the text that is kept under this name. */
    text: (name) => record.kept[name],

    /** Returns the key and the texts for the frame's `init`. */
    begin() {
      look();
      person = record.key;
      return { visitorKey: person || null, kept: { ...record.kept } };
    },

    /** Stores a key that the frame has made, unless there is one already; reports the one that is stored. */
    async propose(key) {
      if (look()) return;
      if (!record.key) {
        isSettling = true;
        Object.assign(record, { key, active: isActive, askedAtMs: Date.now() });
        write();
        await new Promise((resolve) => setTimeout(resolve, SETTLED_AFTER_MS));
        if (!isSettling) return; // forgotten meanwhile
        isSettling = false;
        read();
        if (!record.key) {
          record.key = key;
          write();
        }
      }
      tell.key((person = record.key));
    },

    key: () => record.key,

    keep(name, text) {
      if (look()) return;
      if (record.kept[name] == text) return;
      if (text == null) delete record.kept[name];
      else record.kept[name] = text;
      write();
    },

    active(is) {
      isActive = is;
      if (look() || !record.key) return;
      Object.assign(record, { active: is, askedAtMs: Date.now() });
      write();
    },

    forget() {
      read();
      record = checked();
      person = "";
      isSettling = false;
      write();
    },
  };
}

/** Parses a record. Anything malformed in it is ignored. */
function checked(text) {
  let json;
  try {
    json = JSON.parse(text);
  } catch {}
  const { key, active, askedAtMs, kept } = { __proto__: null, ...json };
  const isText = ([, text]) => typeof text == "string";
  return {
    key: typeof key == "string" ? key : "",
    active: active === true,
    askedAtMs: Number(askedAtMs) || 0,
    kept: { __proto__: null, ...Object.fromEntries(Object.entries({ ...kept }).filter(isText)) },
  };
}

/** Serializes a record. Old libraries define String.prototype.toJSON, which quotes twice; the replacer bypasses it. */
function written({ key, active, askedAtMs, kept }) {
  const json = { ...(key && { key, active, askedAtMs }), ...(Object.keys(kept).length && { kept }) };
  return JSON.stringify(json, function (name) {
    return this[name];
  });
}
