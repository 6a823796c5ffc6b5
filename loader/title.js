// The unread count in the page's title, "(2) A shop", while the page is hidden. The title is restored to the letter; after
// a change by the page meanwhile, it is left alone until the next load (`isGivenUp`).

import { ask, listen } from "./dom.js";

let isGivenUp;

/** Returns a function to call with the number of unread messages. */
export function titled(signal) {
  let count = 0;
  let element;
  let plain;
  let ours;

  // The element, because a page may have redefined `document.title`.
  const find = () => [...ask("getElementsByTagName").call(document, "title")].find((it) => it instanceof HTMLTitleElement);

  const look = () => {
    if (element && (element.textContent != ours || find() != element)) {
      isGivenUp = true;
      watch.disconnect();
      element = null;
    }
  };
  const watch = new MutationObserver(look);

  const paint = () => {
    look();
    if (element) {
      watch.disconnect();
      element.textContent = plain;
    }
    element = ask("hidden") && count && !isGivenUp && !signal.aborted ? find() : null;
    if (!element) return;
    plain = element.textContent;
    ours = element.textContent = `(${count > 9 ? "9+" : count}) ${plain}`;
    const all = { __proto__: null, subtree: true, childList: true, characterData: true };
    for (const node of [element, ask("head")]) if (node) watch.observe(node, all);
  };

  listen(document, "visibilitychange", paint, { signal });
  listen(signal, "abort", paint);
  return (number) => {
    count = number;
    paint();
  };
}
