// What the modules share: finding elements, words, the token, the live region.
export const $ = (selector, root = document) => root.querySelector(selector);
export const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];

/** Say a sentence of shell/_words.html: words("moved", { card: "Desks", stage: "Won" }). */
export function words(name, values = {}) {
  const sentence = $("#words")?.dataset[name] ?? "";
  return sentence.replace(/\{(\w+)\}/g, (whole, key) => values[key] ?? whole);
}

/** Return the CSRF token of any form in the page; the cookie is not readable here. */
export const token = () => $("input[name=csrfmiddlewaretoken]")?.value ?? "";

/** Tell screen readers at once. */
export function announce(text) {
  const region = $("#announce");
  if (!region || !text) return;
  region.textContent = "";
  requestAnimationFrame(() => (region.textContent = text));
}

/** Run now for the page and later for every part htmx puts into it. */
export function onLoad(run) {
  run(document);
  document.addEventListener("htmx:load", (event) => run(event.detail.elt));
}

/** Find in a part itself and below it. */
export const within = (part, selector) => [...(part.matches?.(selector) ? [part] : []), ...$$(selector, part)];

/** Tell whether keys belong to a field the person types in. */
export const typing = (target) =>
  Boolean(target.closest?.("input:not([type=checkbox]):not([type=radio]):not([type=button]):not([type=submit]), textarea, select, [contenteditable]"));

export const storage = {
  get(key) {
    try { return localStorage.getItem(key); } catch { return null; }
  },
  set(key, value) {
    try { localStorage.setItem(key, value); } catch { /* full or closed: nothing depends on it */ }
  },
  remove(key) {
    try { localStorage.removeItem(key); } catch { /* as above */ }
  },
  keys() {
    try { return Object.keys(localStorage); } catch { return []; }
  },
};
