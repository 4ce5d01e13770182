// The chosen one of a row of tabs that is wider than the screen is brought into sight; the page itself stays where it is.
import { onLoad, within } from "./dom.js";

function bringIntoSight(tab) {
  const row = tab.parentElement, { left, right } = tab.getBoundingClientRect(), box = row.getBoundingClientRect();
  if (left < box.left || right > box.right) row.scrollLeft += left - box.left - (box.width - (right - left)) / 2;
}

onLoad((part) => within(part, ".tabs > [aria-current=page]").forEach(bringIntoSight));
