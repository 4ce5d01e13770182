// After a swap the focus stays where the work goes on: [autofocus], the same id (htmx does that), else the same control of
// the same row, or of the row that now stands in its place, else the control that is called the same; after a choice in a menu
// the button that opens it. Never the body.
import { $, $$, within } from "./dom.js";

const ROWS = "[data-row], [data-card]", CONTROLS = "a[href], button, input:not([type=hidden]), select, textarea, summary";
let place = null;

document.addEventListener("htmx:beforeSwap", (event) => {
  const { target } = event.detail, focused = document.activeElement;
  if (!target?.contains?.(focused) || focused === document.body) return;
  const row = focused.closest(ROWS), inside = (row ?? focused).parentElement.closest("[id]");
  const scope = row || target.contains(inside) ? inside : target;
  place = { scope: addressOf(scope), around: addressOf(target), name: nameOf(focused), menu: focused.closest("[popover]")?.id };
  if (row) place.row = { id: row.id, index: $$(ROWS, $(place.scope)).indexOf(row), control: $$(CONTROLS, row).indexOf(focused) };
});
document.addEventListener("htmx:afterSettle", (event) => {
  const wanted = within(event.detail.elt, "[autofocus], [data-focus]")[0];
  if (wanted) wanted.focus();
  else if (place && document.activeElement === document.body) stand(place);
  place = null;
});

const addressOf = (part) => (part?.id ? `#${CSS.escape(part.id)}` : "#main");
const nameOf = (control) => control.getAttribute("aria-label") ?? control.textContent.trim();

function stand({ scope, around, row, name, menu }) {
  const opener = menu && $(`[popovertarget="${CSS.escape(menu)}"]`);
  if (opener?.offsetParent) return opener.focus({ preventScroll: true });
  const part = [$(scope), $(around), $("#main")].find((one) => one?.offsetParent);
  const now = row && rowNow(part, row);
  const same = !row && name && $$(CONTROLS, part).find((control) => nameOf(control) === name && control.offsetParent);
  const target = same || ((now && ($$(CONTROLS, now)[row.control] ?? $("a[href], button", now))) ?? $("h1, h2, [tabindex]", part) ?? part);
  if (!target) return;
  if (!target.matches(`${CONTROLS}, [tabindex]`)) target.tabIndex = -1;
  target.focus({ preventScroll: true });
}

function rowNow(part, { id, index }) {
  const rows = $$(ROWS, part);
  return (id && document.getElementById(id)) || rows[Math.min(index, rows.length - 1)];
}
