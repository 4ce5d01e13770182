// Selecting rows: .row-check in rows, .check-all in the head, [data-bulk] the bar with [data-n] and [data-bulk-clear]; [data-every] means
// every row of the list, on other pages too, and hides [data-not-every].
// The checkboxes belong to a form (form="bulk"), so the bar's buttons work without this module too.
import { $, $$, onLoad } from "./dom.js";

let lastChecked = null;

export function sync() {
  const checks = $$(".row-check"), n = checks.filter((check) => check.checked).length;
  const all = $(".check-all"), bar = $("[data-bulk]");
  if (bar) {
    bar.hidden = n === 0;
    const count = $("[data-n]", bar);
    if (count) count.textContent = n;
    const every = $("[data-every]", bar)?.checked;
    for (const part of $$("[data-not-every]", bar)) part.hidden = every;
  }
  if (all) {
    all.checked = n > 0 && n === checks.length;
    all.indeterminate = n > 0 && n < checks.length;
  }
}

/** Turn one row's mark; with `range` all rows from the last one turned to this. */
export function turn(check, range = false) {
  const checks = $$(".row-check"), from = checks.indexOf(lastChecked), to = checks.indexOf(check);
  if (range && from >= 0) {
    for (const one of checks.slice(Math.min(from, to), Math.max(from, to) + 1)) one.checked = check.checked;
  }
  lastChecked = check;
  sync();
}

document.addEventListener("click", (event) => {
  if (event.target.matches?.(".row-check")) turn(event.target, event.shiftKey);
  if (event.target.closest("[data-bulk-clear]")) {
    for (const check of $$(".row-check:checked")) check.checked = false;
    sync();
  }
});
document.addEventListener("change", (event) => {
  if (event.target.matches("[data-every]")) return sync();
  if (!event.target.matches(".check-all")) return;
  for (const check of $$(".row-check")) check.checked = event.target.checked;
  sync();
});
document.addEventListener("htmx:afterSettle", sync);
window.addEventListener("pageshow", sync);
onLoad(() => sync());
