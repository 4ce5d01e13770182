// While htmx asks: the line at the top of main, and the pressed button disabled but as wide as before.
import { $ } from "./dom.js";

const open = new Set();

function show() {
  $("#main")?.classList.toggle("htmx-request", open.size > 0);
}

const buttonOf = (event) => {
  const { elt, triggeringEvent } = event.detail.requestConfig;
  return triggeringEvent?.submitter ?? (elt.matches("button, .btn") ? elt : null);
};

document.addEventListener("htmx:beforeRequest", (event) => {
  if (event.target.closest("[data-poll], [data-quiet]")) return;
  open.add(event.detail.xhr);
  buttonOf(event)?.setAttribute("aria-disabled", "true");
  show();
});
document.addEventListener("htmx:afterRequest", (event) => {
  open.delete(event.detail.xhr);
  buttonOf(event)?.removeAttribute("aria-disabled");
  show();
});
document.addEventListener("click", (event) => {
  if (event.target.closest('button[aria-disabled="true"], .btn[aria-disabled="true"]')) event.preventDefault();
}, true);
