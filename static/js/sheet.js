// The sheet of keys (? or a menu) tells what the page it is opened on can do: [data-keys-here], [data-keys-everywhere] and
// [data-keys-pages] are filled from the register of actions; a [data-when] group or line shows where its selector finds something.
import { $, $$ } from "./dom.js";
import { actions, pages } from "./actions.js";

const sheet = $("#keys");

function line(label, keys) {
  const term = Object.assign(document.createElement("dt"), { className: "line line-1" });
  term.append(...keys.map((text) => Object.assign(document.createElement("kbd"), { className: "kbd", textContent: text })));
  return [term, Object.assign(document.createElement("dd"), { textContent: label })];
}

function fill(place, found) {
  const list = $(place, sheet);
  list.replaceChildren(...found.filter(({ keys }) => keys.length).flatMap(({ label, keys }) => line(label, keys)));
  list.closest("section").hidden = !$("dd", list.closest("section"));
}

const seen = (selector) => $$(selector).some((element) => element === document.body || element.offsetParent);

function draw() {
  const all = actions();
  fill("[data-keys-here]", all.filter(({ here }) => here));
  fill("[data-keys-everywhere]", all.filter(({ here }) => !here));
  fill("[data-keys-pages]", pages());
  for (const part of $$("[data-when]", sheet)) part.hidden = !seen(part.dataset.when);
}

if (sheet) new MutationObserver(() => sheet.open && draw()).observe(sheet, { attributeFilter: ["open"] });
