// When a request fails: say so where the person is, keep what they wrote, and offer to send it again.
import { $, token } from "./dom.js";

let last = null;

/** Send a request of htmx again, with the page's present token. */
export function sendAgain({ verb, path, elt, target, formData }) {
  const values = new FormData();
  for (const [name, value] of formData) if (name !== "csrfmiddlewaretoken") values.append(name, value);
  if (verb !== "get") values.append("csrfmiddlewaretoken", token());
  return htmx.ajax(verb.toUpperCase(), path, { source: elt.isConnected ? elt : document.body, target, values }).catch(() => {});
}

function show(name, config) {
  const dialog = $("dialog.dialog[open]");
  const place = (dialog && $(".dialog-b", dialog)) || $("#trouble");
  const template = $(`#trouble-${name}`);
  if (!place || !template) return;
  clear();
  const notice = template.content.firstElementChild.cloneNode(true);
  notice.dataset.trouble = name;
  if (dialog) notice.setAttribute("role", "alert");
  last = config;
  if (config?.elt.matches("[data-card]")) $("[data-trouble-again]", notice)?.remove(); // the card went back: it is moved anew
  place.prepend(notice);
}

function clear() {
  document.querySelectorAll("[data-trouble]").forEach((notice) => notice.remove());
}

const quiet = (event) => Boolean(event.target.closest?.("[data-poll], [data-quiet]"));

document.addEventListener("htmx:responseError", (event) => {
  const { status } = event.detail.xhr;
  if (status === 401 || quiet(event)) return;
  if (status < 500 && event.detail.xhr.getResponseHeader("HX-Trigger")?.includes('"toast"')) return; // the answer says itself what happened
  show(status >= 500 ? "server" : "refused", event.detail.requestConfig);
});
for (const name of ["htmx:sendError", "htmx:timeout"]) {
  document.addEventListener(name, (event) => {
    if (!quiet(event)) show("offline", event.detail.requestConfig);
  });
}
window.addEventListener("online", () => {
  if ($("[data-trouble=offline]")) show("online", last);
});
document.addEventListener("htmx:afterRequest", (event) => {
  if (event.detail.successful && !quiet(event)) clear();
});
document.addEventListener("click", (event) => {
  if (event.target.closest("[data-trouble-close]")) clear();
  if (event.target.closest("[data-trouble-again]") && last) sendAgain(last);
});
