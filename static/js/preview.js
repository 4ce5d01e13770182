// The preview beside a list: [data-peek] of a row opens it, and that row is [aria-current] then. Asked for once more it takes
// the focus, so that nobody walks through all rows to it; Escape leads back to its row, and from there closes it.
import { $ } from "./dom.js";

const drawer = () => [$(".has-drawer > .drawer")].find((found) => found?.offsetParent);
const ownRow = () => $("[data-row][aria-current]");

/** Tell whether a row is the one that is previewed. */
export const isPreviewed = (row) => Boolean(drawer() && row?.matches("[aria-current]"));

document.addEventListener("click", (event) => {
  const link = event.target.closest?.("[data-row] [data-peek]");
  if (!link || event.ctrlKey || event.metaKey || !isPreviewed(link.closest("[data-row]"))) return;
  event.preventDefault();
  event.stopPropagation();
  drawer().tabIndex = -1;
  drawer().focus();
}, true);

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || event.defaultPrevented || $("dialog[open], [popover]:popover-open")) return;
  const back = drawer()?.contains(document.activeElement) && ownRow();
  if (back) $("a[href]", back).focus();
  else $("[data-drawer-close]")?.click();
});
