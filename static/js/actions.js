// The register of what can be done here, which shortcuts, palette and the sheet of keys read:
//   [data-key] in the page is what the page or its record offers, and so is all that can be pressed in [data-acts], in its menus
//   too; [data-action] in the shell is what every page does, shown or not (a letter of the page goes before); [data-go] in the
//   navigation are the pages, by G and a letter.
import { $, $$ } from "./dom.js";

const isOffered = (element) => Boolean(element.offsetParent || element.closest("[data-acts]") || element.matches("[data-action]"));
const PRESSED = "[data-acts] a[href]:not([data-key]), [data-acts] button:not([data-key], [popovertarget]), #actions a:not([data-key])";
const keyed = () => $$("[data-key]:not([data-card])").filter(isOffered);

/** Return what a letter presses here. */
export const byKey = (key) => keyed().find((element) => element.dataset.key === key);

/** Return what can be done here, each once: { label, keys, icon, run or url, here }; `here` is what this page adds. */
export function actions() {
  const taken = new Set(), seen = new Set(), off = document.body.dataset.singleKeys === "off";
  const acts = [...keyed(), ...$$(PRESSED), ...$$("[data-action]:not([data-key], #actions *)")].map((element) => {
    const { key } = element.dataset, keys = key && !off && !taken.has(key) ? [key.toUpperCase()] : [];
    if (key) taken.add(key);
    return { label: labelOf(element), keys, icon: $("svg.icon", element), run: () => press(element), here: !element.matches("[data-action]") };
  });
  acts.sort((one, other) => other.here - one.here);
  return acts.filter(({ label }) => label && !seen.has(label) && seen.add(label));
}

/** Return the pages one can go to. */
export const pages = () => $$("[data-go]").map((link) => ({
  label: ownWords(link), url: link.href, keys: document.body.dataset.singleKeys === "off" ? [] : ["G", link.dataset.go.toUpperCase()], icon: $("svg.icon", link),
}));

/** Do what an element offers: fields are gone to, the rest is pressed. What opens a place to write leaves the focus there. */
export function press(element) {
  if (element.matches("input, textarea, select")) return element.focus();
  const place = element.getAttribute("hx-target");
  if (place?.startsWith("#") && place !== "#dialog") {
    document.addEventListener("htmx:afterSettle", () => $(`${place} :is(textarea, input:not([type=hidden]))`)?.focus(), { once: true });
  }
  element.click();
}

const labelOf = (element) => element.labels?.[0]?.textContent.trim() || element.title.replace(/ \(\w\)$/, "") || ownWords(element);

/** The words of a button without its key, its count and what only screen readers say. */
function ownWords(element) {
  const copy = element.cloneNode(true);
  $$(".kbd, .vh, .count, svg", copy).forEach((part) => part.remove());
  return (element.getAttribute("aria-label") ?? copy.textContent).trim();
}
