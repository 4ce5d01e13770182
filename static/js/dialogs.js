// Dialogs are <dialog>, opened by command="show-modal". #dialog shows what a link with hx-target="#dialog" fetched.
// [data-dialog-close] closes the dialog around it; dialog[data-autoopen] opens with the page; "dialog:close" from the
// server closes the one its request came from. On a dialog's own page (.dialog-page) the answer stays in its place, and
// the server, told so by a header, leads on when it is done.
import { $, $$, onLoad, within } from "./dom.js";

const host = $("#dialog");

export function open(dialog) {
  if (!dialog || dialog.open) return;
  dialog.showModal();
  first(dialog)?.focus();
}

/** Where work begins: the first error, what asks for it, the chosen option, the first field; else the browser's choice. */
function first(dialog) {
  const field = ".dialog-b :is(input:not([type=hidden]), select, textarea)";
  return $("[aria-invalid=true]", dialog) ?? $("[autofocus]", dialog) ?? chosen($(field, dialog));
}

function chosen(field) {
  const group = field?.type === "radio" && field.form?.elements[field.name];
  return (group && [...(group.length ? group : [group])].find((radio) => radio.checked)) || field;
}

if (!("commandForElement" in HTMLButtonElement.prototype)) {
  document.addEventListener("click", (event) => {
    const button = event.target.closest("button[commandfor]");
    const target = button && document.getElementById(button.getAttribute("commandfor"));
    if (!target) return;
    if (button.getAttribute("command") === "show-modal") open(target);
    if (button.getAttribute("command") === "close") target.close();
  });
}

document.addEventListener("click", (event) => {
  const dialog = event.target.closest("[data-dialog-close]")?.closest("dialog");
  if (!dialog) return; // on a page of its own a link with data-dialog-close simply leads back
  event.preventDefault();
  dialog.close();
});
// A press on the backdrop closes, unless something typed in the dialog would be lost.
document.addEventListener("pointerdown", (event) => {
  const dialog = event.target;
  if (dialog.matches?.("dialog.dialog[open]") && outside(dialog, event) && !$("[data-dirty]", dialog)) dialog.close();
});

function outside(dialog, { clientX, clientY }) {
  const box = dialog.getBoundingClientRect();
  return clientX < box.left || clientX > box.right || clientY < box.top || clientY > box.bottom;
}

// What a menu offers is done: the menu goes, the focus returns to its button.
document.addEventListener("htmx:beforeRequest", (event) => {
  const menu = event.target.closest?.(".menu[popover]:popover-open");
  if (menu && event.detail.requestConfig.verb !== "get") menu.hidePopover();
});

const pageOf = (element) => element?.closest?.(".dialog-page");

document.addEventListener("htmx:configRequest", (event) => {
  if (pageOf(event.target)) event.detail.headers["HX-Own-Page"] = "true";
});
document.addEventListener("htmx:beforeSwap", (event) => {
  const page = event.detail.target === host && pageOf(event.detail.requestConfig.elt);
  if (page) event.detail.target = page;
});
document.addEventListener("htmx:afterSwap", (event) => {
  const page = event.detail.target;
  if (page.matches?.(".dialog-page") && event.detail.xhr.status === 422) ($("[data-focus], [aria-invalid=true]", page) ?? first(page))?.focus();
});

document.addEventListener("htmx:afterSwap", (event) => {
  if (!host || event.detail.target !== host || !host.childElementCount) return;
  open(host);
  if (event.detail.xhr.status === 422) $("[data-focus], [aria-invalid=true]", host)?.focus();
});
document.addEventListener("dialog:close", (event) => {
  const around = event.target.closest?.("dialog[open]");
  for (const dialog of around ? [around] : $$("dialog.dialog[open]:not([data-signin-dialog])")) dialog.close();
});
host?.addEventListener("close", () => host.replaceChildren());

onLoad((part) => within(part, "dialog[data-autoopen]").forEach(open));

// A choice that only means something together with another one makes that one too: before anybody asks what the form says now.
document.addEventListener("change", ({ target }) => {
  const [name, value] = target.dataset?.sets?.split("=") ?? [];
  const other = name && $(`[name="${CSS.escape(name)}"][value="${CSS.escape(value)}"]`, target.form);
  if (other) other.checked = true;
}, true);

// [data-picks="owner=7"] chooses for the person what it suggests.
document.addEventListener("click", ({ target }) => {
  const button = target.closest?.("[data-picks]");
  const [name, value] = button?.dataset.picks.split("=") ?? [];
  const field = name && button.form?.elements[name];
  if (!field) return;
  field.value = value;
  field.dispatchEvent(new Event("change", { bubbles: true }));
  field.focus();
});

// Enter in a search box inside a form that does something looks for what is typed: it does not send the form.
document.addEventListener("keydown", (event) => {
  const { target } = event;
  if (event.key === "Enter" && !event.ctrlKey && !event.metaKey && target.matches?.("form[method=post] input[type=search]")) event.preventDefault();
});
