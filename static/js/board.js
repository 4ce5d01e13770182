// The board: [data-board] > [data-stage][data-stage-name] > [data-cards] > [data-card][data-key][data-seen].
// Dragging, arrow keys, digits and the menu all send one form, form[data-move] with a field "stage": the card's own, or the
// one in the menu that all cards share (#deal-menu, opened by a card's [data-card-menu]), where 0 stands for the card's key.
// On a board by owner, month or source ([data-by]) a column's key stands for "stage", and "seen" is the column it was in.
// A card that can't move goes back. A column with data-drop="lost" opens that dialog instead. Shift with arrows is left to
// the browser.
import { $, $$, announce, onLoad, typing, within, words } from "./dom.js";
import { isGoing } from "./keys.js";
import { toast } from "./toasts.js";
import "../vendor/sortable.min.js";

const nameOf = (card) => card.dataset.name ?? $("h3", card).textContent.trim();
const columns = (board) => $$("[data-stage]", board);
const columnOf = (card) => card.closest("[data-stage]");
const menuOf = (board) => $("#deal-menu", board);
const addressOf = (card, address) => address.replace("/0/", `/${card.dataset.key}/`);

function send(card, { stage, name, from, back, ...more }) {
  const board = card.closest("[data-board]");
  const form = $("form[data-move]", card) ?? $("form[data-move]", menuOf(board));
  const seen = board.dataset.by ? from : card.dataset.seen;
  const done = (event) => {
    if (event.detail.requestConfig.elt !== card) return;
    document.removeEventListener("htmx:afterRequest", done);
    if (event.detail.successful) settled(card, stage, name);
    else refused(card, back, event.detail.xhr.status);
  };
  document.addEventListener("htmx:afterRequest", done);
  const values = { ...Object.fromEntries(new FormData(form)), ...(seen && { seen }), ...more, stage };
  htmx.ajax("POST", addressOf(card, form.getAttribute("action")), { source: card, swap: "none", values }).catch(() => {});
}

function settled(card, stage, name) {
  const choice = $("form[data-move]", card)?.elements.stage;
  if (choice?.matches?.("select")) choice.value = stage;
  announce(words("moved", { card: nameOf(card), stage: name }));
}

/** Put the card back and say so; a refusal's own words say why, no answer at all or a fault has none. */
function refused(card, back, status) {
  back();
  const text = words("putBack", { card: nameOf(card) });
  announce(text);
  if (!status || status >= 500) toast({ text, tone: "bad" });
}

/** Remember where a card stands; calling the result puts it back there. */
function placeOf(card) {
  const list = card.parentElement, next = card.nextElementSibling;
  return () => list.insertBefore(card, next?.parentElement === list ? next : null);
}

const named = (column) => ({ stage: column.dataset.stage, name: column.dataset.stageName });

/** Move a card the keyboard's way: at once on the screen, then at the server. */
function move(card, column, more = {}) {
  if (!column || column === columnOf(card)) return;
  if (column.dataset.drop) return act(card, column.dataset.drop);
  const back = placeOf(card), focused = document.activeElement, from = columnOf(card).dataset.stage;
  $("[data-cards]", column).prepend(card);
  focused?.focus();
  card.scrollIntoView({ block: "nearest", inline: "nearest" });
  send(card, { ...named(column), from, ...more, back: () => { back(); focused?.focus(); } });
}

/** The card's menu moves it as the keyboard does; without this module its form is sent as it is. */
document.addEventListener("submit", (event) => {
  const form = event.target.closest("[data-board] form[data-move]");
  if (!form) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  const board = form.closest("[data-board]"), card = form.closest("[data-card]") ?? chosen(), { stage } = form.elements;
  form.closest("[popover]")?.hidePopover();
  if (!card) return;
  $("a[href]", card).focus();
  const column = columns(board).find((one) => one.dataset.stage === stage.value);
  if (column) return move(card, column, { chosen: 1 });
  const name = stage.selectedOptions[0]?.textContent ?? "";
  send(card, { stage: stage.value, name, from: columnOf(card).dataset.stage, chosen: 1, elsewhere: 1, back: () => {} });
}, true);

let opened = ""; // the card whose menu is open, by its id: the server may draw it anew meanwhile
const chosen = () => document.getElementById(opened);

document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-card-menu]");
  if (opener && !event.ctrlKey && !event.metaKey && !event.shiftKey) return openMenu(event, opener);
  const way = event.target.closest("#deal-menu :is([data-close-as], [data-in-dialog])");
  if (!way || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  way.closest("[popover]").hidePopover();
  if (!chosen()) return;
  if (way.dataset.closeAs) act(chosen(), way.dataset.closeAs);
  else htmx.ajax("GET", way.getAttribute("href"), { source: chosen(), target: "#dialog" }).catch(() => {});
});

function openMenu(event, opener) {
  event.preventDefault();
  const menu = menuOf(opener.closest("[data-board]")), card = opener.closest("[data-card]"), column = columnOf(card);
  opened = card.id;
  menu.setAttribute("aria-labelledby", $("h3 a", card).id);
  $("form[data-move]", menu).elements.stage.value = column.dataset.stage;
  for (const link of $$("a[data-address]", menu)) link.href = addressOf(card, link.dataset.address);
  menu.showPopover({ source: opener });
  $("select", menu).focus();
}

/** Ask how the deal ended: the dialog of its closing, begun as won or lost. */
function act(card, name) {
  const address = menuOf(card.closest("[data-board]"))?.dataset.closing;
  if (address) htmx.ajax("GET", `${addressOf(card, address)}?as=${name}`, { source: card, target: "#dialog" }).catch(() => {});
}

const { Sortable } = window;

function sortable(list) {
  if (list.dataset.sortable === "on") return;
  list.dataset.sortable = "on";
  let back = null;
  Sortable.create(list, {
    group: "cards", draggable: "[data-card]", sort: false, animation: 120, delay: 200, delayOnTouchOnly: true,
    touchStartThreshold: 5, ghostClass: "is-lifted", filter: "button, select, input, form, [popover]", preventOnFilter: false,
    scroll: true, bubbleScroll: true,
    onStart: ({ item }) => { back = placeOf(item); document.body.classList.add("dragging"); },
    onMove: ({ to }) => over(to.closest("[data-stage]")),
    onEnd: (event) => dropped(event, back),
  });
}

function over(column) {
  $$("[data-stage].is-over").forEach((one) => one !== column && one.classList.remove("is-over"));
  column?.classList.add("is-over");
}

function dropped({ item, from, to }, back) {
  over(null);
  document.body.classList.remove("dragging");
  if (from === to) return;
  const column = to.closest("[data-stage]");
  if (!column.dataset.drop) return send(item, { ...named(column), from: from.closest("[data-stage]").dataset.stage, back });
  back();
  act(item, column.dataset.drop);
}

function step(card, key) {
  const board = card.closest("[data-board]"), all = columns(board), at = all.indexOf(columnOf(card));
  const cards = $$("[data-card]", columnOf(card)), i = cards.indexOf(card);
  const beside = (by) => {
    for (let n = at + by; all[n]; n += by) {
      const found = $$("[data-card]", all[n]);
      if (found.length) return found[Math.min(i, found.length - 1)];
    }
  };
  return { j: cards[i + 1], ArrowDown: cards[i + 1], k: cards[i - 1], ArrowUp: cards[i - 1], h: beside(-1), l: beside(1) }[key];
}

document.addEventListener("keydown", (event) => {
  const board = $("[data-board]");
  if (!board || typing(event.target) || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
  if (isGoing() || $("dialog[open], [popover]:popover-open")) return;
  if (document.body.dataset.singleKeys === "off" && event.key.length === 1) return;
  const card = event.target.closest("[data-card]");
  if (!card) return enter(event, board);
  const all = columns(board), at = all.indexOf(columnOf(card));
  const column = { ArrowLeft: all[at - 1], ArrowRight: all[at + 1] }[event.key] ?? (/^[1-9]$/.test(event.key) ? all[event.key - 1] : null);
  const next = step(card, event.key);
  if (!column && !next) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  if (column) move(card, column);
  else $("a[href]", next).focus();
}, true);

/** J, K, H or L from outside the cards goes to the first one. */
function enter(event, board) {
  if (!["j", "k", "h", "l"].includes(event.key) || event.target.closest("[data-row]")) return;
  event.preventDefault();
  $("[data-card] a[href]", board)?.focus();
}

onLoad((part) => within(part, "[data-cards]").forEach(sortable));
