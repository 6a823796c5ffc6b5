// The parts of the dialog. What people wrote becomes text nodes only.

import { make as bare } from "../dom.js";
import { excerpt, ranges } from "./find.js";

export const make = (name, attributes, ...content) => {
  const element = bare(name, attributes);
  element.append(...content);
  return element;
};

/** A button that looks like a link; `label` is its whole name, where its words alone don't say what it is about. */
export const link = (words, label, run) => {
  const button = make("button", { type: "button", class: "link", "aria-label": label }, words);
  button.onclick = run;
  return button;
};

/** A conversation as Home says it, with what can be done with it. */
export const line = ({ name, when, preview }, ...links) =>
  make(
    "li",
    { class: "history__line" },
    make("b", { dir: "auto" }, name),
    make("span", { class: "history__where" }, when),
    make("span", { class: "history__preview", dir: "auto" }, preview),
    make("span", { class: "history__files" }, ...links),
  );

/** A message that was found: who, when, and where the terms are. */
export const hit = (who, when, text, terms, run) => {
  const words = excerpt(text, ranges(text, terms)).map(({ text, isHit }) => (isHit ? make("mark", {}, text) : text));
  const where = make("span", { class: "history__where" }, make("bdi", {}, who), " · ", when);
  const button = make("button", { type: "button", class: "history__hit" }, where, make("span", { dir: "auto" }, ...words));
  button.onclick = run;
  return make("li", {}, button);
};
