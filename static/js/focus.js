// After a swap the focus stays where the work goes on: [autofocus], the same id (htmx does that), else the same control of
// the same row, or of the row that now stands in its place, never the body.
import { $, $$, within } from "./dom.js";

const ROWS = "[data-row], [data-card]", CONTROLS = "a[href], button, input:not([type=hidden]), select, textarea, summary";
let place = null;

document.addEventListener("htmx:beforeSwap", (event) => {
  const { target } = event.detail, focused = document.activeElement;
  if (!target?.contains?.(focused) || focused === document.body) return;
  const row = focused.closest(ROWS);
  const scope = row ? row.parentElement.closest("[id]") : target;
  place = { scope: scope?.id ? `#${CSS.escape(scope.id)}` : "#main" };
  if (row) place.row = { id: row.id, index: $$(ROWS, $(place.scope)).indexOf(row), control: $$(CONTROLS, row).indexOf(focused) };
});
document.addEventListener("htmx:afterSettle", (event) => {
  const wanted = within(event.detail.elt, "[autofocus], [data-focus]")[0];
  if (wanted) wanted.focus();
  else if (place && document.activeElement === document.body) stand(place);
  place = null;
});

function stand({ scope, row }) {
  const part = $(scope) ?? $("#main");
  const now = row && rowNow(part, row);
  const target = (now && ($$(CONTROLS, now)[row.control] ?? $("a[href], button", now))) ?? $("h1, h2, [tabindex]", part) ?? part;
  if (!target) return;
  if (!target.matches(`${CONTROLS}, [tabindex]`)) target.tabIndex = -1;
  target.focus({ preventScroll: true });
}

function rowNow(part, { id, index }) {
  const rows = $$(ROWS, part);
  return (id && document.getElementById(id)) || rows[Math.min(index, rows.length - 1)];
}
