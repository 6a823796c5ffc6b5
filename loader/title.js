// The page's title begins with the number of unread messages, "(2) A shop", as long as nobody sees the page and something is unread. It
// is the page's: it is put back to the letter, and given up for as long as the page lives once something else changes it meanwhile.

import { ask, listen } from "./dom.js";

let isGivenUp;

/** A function to call with the number of unread messages. */
export function titled(signal) {
  let count = 0;
  let element;
  let plain;
  let ours;

  // Asked of the element, for a page may have made something else of `document.title`.
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
