// Toasts: HX-Trigger {"toast": {text, undo, tone}} or rendered by the server. They go after 8 s, wait while the pointer or
// the focus is on them, and Z takes back what the newest one says.
import { $, $$, announce, onLoad, token, within, words } from "./dom.js";

const ICONS = { ok: "circle-check", bad: "circle-alert" };

export function toast({ text, undo = "", tone = "ok" }) {
  const template = $("#toast-template"), region = $("#toasts");
  if (!template || !region || !text) return;
  const box = template.content.firstElementChild.cloneNode(true);
  box.classList.add(`toast-${tone}`);
  $("use", box).setAttribute("href", `${sprite()}#i-${ICONS[tone] ?? ICONS.ok}`);
  $("span", box).textContent = text;
  const button = $("[data-undo-act]", box);
  button.hidden = !undo;
  button.dataset.url = undo;
  while (region.childElementCount > 3) region.firstElementChild.remove();
  region.append(box);
  watch(box);
}

const sprite = () => $("[data-toast-close] use", $("#toast-template").content).getAttribute("href").split("#")[0];

function watch(box) {
  if (box.dataset.watched) return;
  box.dataset.watched = "";
  $(".life", box)?.addEventListener("animationend", () => box.remove());
}

function takeBack(button) {
  const box = button.closest("[data-toast]");
  htmx.ajax("POST", button.dataset.url, { source: "#toasts", swap: "none", values: { csrfmiddlewaretoken: token() } })
    .then(() => announce(words("undone")), () => {});
  box.remove();
}

/** Undo what the newest toast offers to undo. */
export function undoLast() {
  $$("#toasts [data-undo-act]:not([hidden]), #toasts [data-undo] button").at(-1)?.click();
}

document.addEventListener("toast", (event) => toast(event.detail));
document.addEventListener("click", (event) => {
  if (event.target.closest("[data-toast-close]")) event.target.closest("[data-toast]").remove();
  const button = event.target.closest("[data-undo-act]");
  if (button) takeBack(button);
});
onLoad((part) => within(part, "#toasts [data-toast], [data-toast]").forEach(watch));
