// [data-poll="15"] with hx-get and hx-trigger="poll" asks again every 15 s while the page is seen, no dialog is open and
// nobody works inside it; the moment the page is seen again it asks at once.
import { $, $$ } from "./dom.js";

const asked = new WeakMap();

function due(region, now) {
  if (!asked.has(region)) asked.set(region, now);
  return now - asked.get(region) >= region.dataset.poll * 1000;
}

function ask() {
  if (document.hidden || $("dialog[open], [popover]:popover-open, .is-lifted")) return;
  const now = Date.now();
  for (const region of $$("[data-poll]")) {
    if (!due(region, now) || (region.contains(document.activeElement) && !region.matches("[data-poll-always]"))) continue;
    asked.set(region, now);
    htmx.trigger(region, "poll");
  }
}

setInterval(ask, 1000);
document.addEventListener("visibilitychange", ask);
