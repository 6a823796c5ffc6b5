// DOM clobbering: with <img name="body"> on the page, `document.body` is that image, so `ask` reads from the prototype.
// Prototype pollution: a page may have added names to Object.prototype, so objects that we enumerate or hand to the
// browser have no prototype.

/** Returns a property of `document`. */
export const ask = (name) => Reflect.get(Document.prototype, name, document);

export const listen = (target, type, run, options) => addEventListener.call(target, type, run, { __proto__: null, ...options });

export const set = (element, attributes) => {
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  return element;
};
export const make = (name, attributes = {}) => set(ask("createElement").call(document, name), attributes);
export const draw = (name, attributes) => set(ask("createElementNS").call(document, "http://www.w3.org/2000/svg", name), attributes);
