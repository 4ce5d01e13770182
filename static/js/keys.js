// Single keys do nothing while typing, with a modifier, in a dialog, or when body[data-single-keys=off].
//   G then a letter: [data-go] in the navigation    / : [data-list-search]    ? : the list of keys    Z : undo
//   J K X Enter Space on [data-row]                 any other: what actions.js says of that letter
import { byKey, press } from "./actions.js";
import { toggleDensity } from "./appearance.js";
import { turn } from "./bulk.js";
import { open } from "./dialogs.js";
import { $, $$, typing } from "./dom.js";
import { isPreviewed } from "./preview.js";
import { undoLast } from "./toasts.js";

let went = 0, following = 0;

const rows = () => $$("[data-row]").filter((row) => row.offsetParent);
const active = () => $("[data-row].is-active");

function step(by) {
  const all = rows();
  if (!all.length) return pressKey(by > 0 ? "j" : "k"); // on a record: the next one of its list
  const now = all.indexOf(active());
  select(all[now < 0 ? 0 : Math.max(0, Math.min(all.length - 1, now + by))]);
}

function select(row) {
  active()?.classList.remove("is-active");
  row.classList.add("is-active");
  $("a[href]", row)?.focus();
  row.scrollIntoView({ block: "nearest" });
}

function mark(range) {
  const check = active() && $(".row-check", active());
  if (!check) return;
  check.checked = !check.checked;
  turn(check, range);
}

/** Go one row on; an open preview follows once the keys rest. */
function walk(by) {
  step(by);
  clearTimeout(following);
  if ($(".has-drawer")) following = setTimeout(() => isPreviewed(active()) || preview(), 150);
}

function preview() {
  clearTimeout(following);
  if (active()) $("[data-peek]", active())?.click();
}

const keys = {
  "?": () => open($("#keys")),
  "/": () => $("[data-list-search]")?.focus(),
  "\\": toggleDensity,
  z: undoLast,
  j: () => walk(1),
  k: () => walk(-1),
  x: () => mark(false),
  X: () => mark(true),
  " ": preview,
};

function pressKey(key) {
  const target = byKey(key);
  if (target) press(target);
  return Boolean(target);
}

/** Tell whether G was just pressed: the next letter names a page, whatever it does here else. */
export const isGoing = () => Boolean(went && Date.now() - went < 1000);

function single(event) {
  if (isGoing()) {
    went = 0;
    const link = $(`[data-go="${CSS.escape(event.key.toLowerCase())}"]`);
    if (link) return link.click() ?? true;
  }
  went = event.key === "g" ? Date.now() : 0;
  if (event.key === " " && !(active() && $("[data-peek]", active()))) return false;
  if (!keys[event.key]) return pressKey(event.key);
  keys[event.key]();
  return true;
}

document.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) return event.target.closest("form")?.requestSubmit();
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
  if (document.body.dataset.singleKeys === "off" || $("dialog[open], [popover]:popover-open")) return;
  if (event.key === " " && event.target.closest("button, a, summary, input")) {
    if (!event.target.closest("[data-row] a")) return;
  }
  if (single(event)) event.preventDefault();
});
document.addEventListener("focusin", (event) => {
  const row = event.target.closest?.("[data-row]");
  if (row && row !== active()) {
    active()?.classList.remove("is-active");
    row.classList.add("is-active");
  }
});
