// The palette (Ctrl K, or [data-palette]): what the server finds in [data-palette-found], and what can be done here by
// the register of actions (actions.js), which menus, shortcuts and the sheet of keys read too. With nothing typed, the
// records looked at last come first; signing out forgets them. A ">" in front shows commands only.
import { actions, pages } from "./actions.js";
import { $, $$, storage } from "./dom.js";
import { open } from "./dialogs.js";

const palette = $("#palette");
const input = palette && $("input", palette);
const RECORD = /^\/(leads|opportunities|customers)\/.*\d+\/$/;
const key = `recent:${document.body.dataset.person ?? ""}`;
const KEPT = 6;
let at = 0, offered = [];

const iconOf = (url) => $(`[data-go][href="/${url.split("/")[1]}/"] svg.icon`);
const recent = () => { try { return JSON.parse(storage.get(key)) ?? []; } catch { return []; } };

function remember() {
  if (!RECORD.test(location.pathname)) return;
  const entry = { url: location.pathname, name: $("main h1")?.textContent.trim() ?? "" };
  if (entry.name) storage.set(key, JSON.stringify([entry, ...recent().filter(({ url }) => url !== entry.url)].slice(0, KEPT)));
}

function option(label, { url, keys = [], run, icon }) {
  const made = document.createElement(url ? "a" : "button");
  if (url) made.href = url;
  else made.type = "button";
  made.className = "pal-o";
  const sign = icon?.cloneNode(true) ?? document.createElement("span");
  sign.setAttribute("class", "icon");
  made.append(sign);
  made.append(Object.assign(document.createElement("span"), { textContent: label }));
  if (run) made.addEventListener("click", () => { palette.close(); run(); });
  const hints = Object.assign(document.createElement("span"), { className: "keys" });
  hints.append(...keys.map((text) => Object.assign(document.createElement("kbd"), { className: "kbd", textContent: text })));
  if (keys.length) made.append(hints);
  return made;
}

function commands(text) {
  return [...actions(), ...pages()].filter(({ label }) => label.toLowerCase().includes(text.toLowerCase()));
}

function fill(place, options) {
  const group = $(place, palette);
  group.hidden = !options.length;
  $("div:last-child", group).replaceChildren(...options);
}

function draw() {
  const raw = input.value.trim(), only = raw.startsWith(">"), text = only ? raw.slice(1).trim() : raw;
  $("[data-palette-found]", palette).hidden = only || !text;
  fill("[data-palette-recent]", text || only ? [] : recent().filter(({ url }) => url !== location.pathname)
    .map(({ name, url }) => option(name, { url, icon: iconOf(url) })));
  fill("[data-palette-commands]", commands(text).map(({ label, ...what }) => option(label, what)));
  number();
}

/** Number what can be chosen now and choose the first. */
function number() {
  offered = $$(".pal-o", palette).filter((one) => !one.closest("[hidden]"));
  offered.forEach((one, n) => { one.id = `pal-${n}`; one.setAttribute("role", "option"); one.tabIndex = -1; });
  choose(0);
}

function choose(n) {
  at = offered.length ? (n + offered.length) % offered.length : 0;
  offered.forEach((one, m) => one.setAttribute("aria-selected", String(m === at)));
  if (offered[at]) input.setAttribute("aria-activedescendant", offered[at].id);
  else input.removeAttribute("aria-activedescendant");
  offered[at]?.scrollIntoView({ block: "nearest" });
}

function show() {
  if (palette.open || $("dialog[open]")) return;
  input.value = "";
  $("[data-palette-found]", palette).replaceChildren();
  open(palette);
  input.focus();
  draw();
}

if (palette) {
  remember();
  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && !event.shiftKey && !event.altKey && event.key.toLowerCase() === "k") {
      event.preventDefault();
      if (palette.open) palette.close();
      else show();
    }
  });
  document.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-palette]");
    if (!opener || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    show();
  });
  input.addEventListener("input", draw);
  input.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown") choose(at + 1);
    else if (event.key === "ArrowUp") choose(at - 1);
    else if (event.key === "Enter" && offered[at]) press(offered[at], event);
    else return;
    event.preventDefault();
  });
  palette.addEventListener("htmx:afterSwap", draw);
  document.addEventListener("submit", (event) => event.target.matches("[data-sign-out]") && storage.remove(key));
}

function press(chosen, event) {
  if (chosen.href && (event.ctrlKey || event.metaKey)) return window.open(chosen.href, "_blank", "noopener");
  chosen.click();
}
