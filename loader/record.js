// What the visitor's browser keeps, on the page's origin, where the site can clear it and no other person meets it:
//
//   localStorage["porchlight:SITE_KEY"] = {key, active, askedAtMs, kept: {name: text}}
//
// `key` is the visitor's, a secret. `active`: something is open or unread, so the next page wakes a frame; `askedAtMs`: when
// a frame has last said so. `kept` holds drafts and the outbox. They go with the key: what one person
// has typed never stands before the next. Tabs share the record, so it is read anew before each change. Where storage
// is blocked or full, memory serves until the page is left.

const SETTLED_AFTER_MS = 100; // by then two tabs that found no key at once see whose was written last

/**
 * The record of a site. `tell.key(key)` and `tell.kept({name: text or null})` are called with what others have changed;
 * a key that is lost or another's also with `tell.left()` first: the frame is somebody else's then.
 */
export function openRecord(site, tell) {
  const slot = "porchlight:" + site;
  let record = checked();
  let isStored = true; // else memory serves
  let person = ""; // the key that the frame goes by
  let isActive = false;
  let isSettling = false;

  const read = () => {
    if (!isStored) return;
    try {
      record = checked(localStorage.getItem(slot));
    } catch {
      isStored = false;
    }
  };

  const write = () => {
    try {
      if (record.key || Object.keys(record.kept).length) localStorage.setItem(slot, written(record));
      else localStorage.removeItem(slot);
    } catch {
      isStored = false;
    }
  };

  /** Reads the record, and tells what others have changed. True if the frame is somebody else's by now. */
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

    /** What is kept under this name. */
    text: (name) => record.kept[name],

    /** What the frame begins with. */
    begin() {
      look();
      person = record.key;
      return { visitorKey: person || null, kept: { ...record.kept } };
    },

    /** Keeps a key that the frame has made, unless there is one: the first one wins. Tells which stands. */
    async propose(key) {
      if (look()) return;
      if (!record.key) {
        isSettling = true;
        Object.assign(record, { key, active: isActive, askedAtMs: Date.now() });
        write();
        await new Promise((resolve) => setTimeout(resolve, SETTLED_AFTER_MS));
        isSettling = false;
        read();
        if (!record.key) {
          record.key = key;
          write();
        }
      }
      tell.key((person = record.key));
    },

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
      write();
    },
  };
}

/** The record that a text holds; what is not ours in it is passed over. */
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

/** As JSON. Pages with old libraries give texts a `toJSON` that would quote them twice; the replacer passes it by. */
function written({ key, active, askedAtMs, kept }) {
  const json = { ...(key && { key, active, askedAtMs }), ...(Object.keys(kept).length && { kept }) };
  return JSON.stringify(json, function (name) {
    return this[name];
  });
}
