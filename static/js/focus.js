// After a swap the focus stays where the work goes on: [autofocus], the same id (htmx does that), else the row that now
// stands in the same place, never the body.
import { $, $$, within } from "./dom.js";

let place = null;

document.addEventListener("htmx:beforeSwap", (event) => {
  const { target } = event.detail, focused = document.activeElement;
  if (!target?.contains?.(focused) || focused === document.body) return;
  const row = focused.closest("[data-row], [data-card]");
  const scope = row?.parentElement;
  place = row ? { scope: scope.id ? `#${CSS.escape(scope.id)}` : "#main", index: $$("[data-row], [data-card]", scope).indexOf(row) } : { scope: target.id ? `#${CSS.escape(target.id)}` : "#main" };
});
document.addEventListener("htmx:afterSettle", (event) => {
  const wanted = within(event.detail.elt, "[autofocus], [data-focus]")[0];
  if (wanted) wanted.focus();
  else if (place && document.activeElement === document.body) stand(place);
  place = null;
});

function stand({ scope, index }) {
  const part = $(scope) ?? $("#main");
  const rows = index === undefined ? [] : $$("[data-row], [data-card]", part);
  const row = rows[Math.min(index, rows.length - 1)];
  const target = (row && $("a[href], button", row)) ?? $("h1, h2, [tabindex]", part) ?? part;
  if (!target) return;
  if (!target.matches("a[href], button, [tabindex]")) target.tabIndex = -1;
  target.focus({ preventScroll: true });
}
