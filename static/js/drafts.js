// Nothing typed is lost: [data-draft="lead-7-note"] keeps its text on this device until it is sent; form[data-guard] asks
// before the page is left with changes. Signing out removes all drafts.
import { $$, onLoad, storage, within, words } from "./dom.js";

const PREFIX = "draft:", SENT = "draft-sent:";
const keyOf = (field) => `${PREFIX}${document.body.dataset.person ?? ""}:${field.dataset.draft}`;

function restore(field) {
  const key = keyOf(field);
  if (storage.get(SENT + key) && !field.value) storage.remove(key);
  storage.remove(SENT + key);
  const kept = storage.get(key);
  if (!kept || field.value) return;
  field.value = kept;
  field.dispatchEvent(new Event("input", { bubbles: true }));
  field.title = words("draft");
}

function keep(field) {
  if (field.value.trim()) storage.set(keyOf(field), field.value);
  else storage.remove(keyOf(field));
}

function forget(form) {
  for (const field of $$("[data-draft]", form)) storage.remove(keyOf(field));
  clean(form);
}

const clean = (form) => form.removeAttribute("data-dirty");
const dirty = () => $$("form[data-guard][data-dirty]");

document.addEventListener("input", (event) => {
  if (event.target.matches("[data-draft]")) keep(event.target);
  event.target.closest("form[data-guard]")?.setAttribute("data-dirty", "");
});
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.matches("[data-sign-out]")) {
    for (const key of storage.keys()) if (key.startsWith(PREFIX) || key.startsWith(SENT)) storage.remove(key);
  }
  if (event.defaultPrevented || form.matches("[hx-post]")) return;
  clean(form);
  for (const field of $$("[data-draft]", form)) storage.set(SENT + keyOf(field), "1");
});
document.addEventListener("htmx:afterRequest", (event) => {
  const { elt, verb } = event.detail.requestConfig, form = elt.closest("form");
  if (form && event.detail.successful && verb !== "get") forget(form);
});
window.addEventListener("beforeunload", (event) => {
  if (!dirty().length) return;
  event.preventDefault();
  event.returnValue = words("leave");
});
onLoad((part) => within(part, "[data-draft]").forEach(restore));
