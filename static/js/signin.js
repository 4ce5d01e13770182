// A session that ended answers 401: the sign-in page's own form opens in a dialog, and when it is done the request runs
// again. Nothing typed is lost. [data-signin] marks the part of a page that belongs into the dialog.
import { $, $$ } from "./dom.js";
import { sendAgain } from "./trouble.js";

const waiting = [];
let dialog = null;

document.addEventListener("htmx:responseError", (event) => {
  if (event.detail.xhr.status !== 401) return;
  if (!event.target.closest("[data-poll], [data-quiet]")) waiting.push(event.detail.requestConfig);
  if (dialog) return;
  dialog = $("#signin");
  if (!dialog) return location.reload();
  $("[data-signin-offline]", dialog).hidden = true;
  load(dialog.dataset.url).then(show, () => { dialog = null; });
});

async function load(url, options = {}) {
  const response = await fetch(url, { credentials: "same-origin", ...options });
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  return { page, url: response.url };
}

function show({ page, url }) {
  const part = $("[data-signin]", page);
  if (!part) return finish(page);
  for (const form of $$("form", part)) form.action = new URL(form.getAttribute("action") || url, url);
  $("[data-signin-place]", dialog).replaceChildren(document.importNode(part, true));
  if (!dialog.open) dialog.showModal();
  $("[aria-invalid=true], [autofocus], input:not([type=hidden])", dialog)?.focus();
}

function sorry() {
  $("[data-signin-offline]", dialog).hidden = false;
}

function finish(page) {
  if (!page.body.dataset.person) return sorry();
  const same = page.body.dataset.person === document.body.dataset.person;
  const fresh = $("input[name=csrfmiddlewaretoken]", page)?.value;
  dialog.close();
  $("[data-signin-place]", dialog).replaceChildren();
  dialog = null;
  if (!same || !fresh) return location.reload();
  for (const input of $$("input[name=csrfmiddlewaretoken]")) input.value = fresh;
  for (const request of waiting.splice(0)) sendAgain(request);
}

document.addEventListener("submit", async (event) => {
  if (!dialog || !event.target.closest("[data-signin-dialog]")) return;
  event.preventDefault();
  const body = new FormData(event.target, event.submitter);
  try {
    show(await load(event.target.action, { method: "POST", body }));
  } catch {
    sorry();
  }
}, true);
document.addEventListener("close", (event) => {
  if (event.target === dialog) [dialog, waiting.length] = [null, 0];
}, true);
