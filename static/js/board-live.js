// An open board follows what others do: #board[data-changes][data-since] asks what changed when it hears "board:<pipeline>",
// and puts cards where they belong now. Nothing moves while a card is dragged, its menu is open or a move is on its way;
// focus and scroll stay where they are.
import { $, $$ } from "./dom.js";

const BUSY = ".is-lifted, .htmx-request[data-card], #deal-menu:popover-open, dialog[open]";
const MOST_TOLD = 200; // cards whose versions go into the question
const AGAIN = 3000; // ms after a question that found no answer
let asking = false, late = false, moves = 0;

const boardNow = () => $("#board[data-changes]");
const isBusy = () => Boolean($(BUSY)) || document.body.classList.contains("dragging");
const cardOf = (key) => document.getElementById(`card-${key}`);

function made(html) {
  return document.importNode(new DOMParser().parseFromString(html, "text/html").body.firstElementChild, true);
}

/** Ask what changed and show it; one question at a time, a busy board asks when it is calm again. */
export async function catchUp() {
  const board = boardNow();
  if (!board) return;
  if (asking || isBusy()) { late = true; return; }
  asking = true;
  late = false;
  const before = moves;
  try {
    const address = new URL(board.dataset.changes, location.href);
    address.searchParams.set("since", board.dataset.since);
    const shown = $$("[data-stage]:not([data-drop])", board).map((column) => [column.dataset.stage, $$("[data-card]", column).length, $(".col-h", column)?.dataset.count ?? ""].join(":"));
    address.searchParams.set("shown", shown.join());
    const cards = $$("[data-card]", board);
    if (cards.length <= MOST_TOLD) address.searchParams.set("have", cards.map(({ dataset }) => `${dataset.key}.${dataset.version}`).join());
    const response = await fetch(address, { headers: { "HX-Request": "true", Accept: "application/json" } });
    if (response.status >= 500) throw new Error(response.statusText);
    const told = response.ok && (await response.json());
    if (moves !== before) late = true; // told of before the move: it would take the card back for a moment, and the focus with it
    else if (told) show(board, told);
  } catch { setTimeout(() => { late = true; }, AGAIN); // no network, or a server that starts anew: what was told of would be missed
  } finally { asking = false; }
}

function show(board, told) {
  if (!board.isConnected) return;
  if (isBusy()) { late = true; return; }
  board.dataset.since = told.since;
  if (told.again) return htmx.trigger(board, "opportunity:opened");
  const keep = kept(board), whole = (told.columns ?? []).map((column) => arrange(board, column)).every(Boolean);
  keep();
  if (!whole) return htmx.trigger(board, "opportunity:opened");
  const sum = $("#board-sum");
  if (told.sum && sum) sum.replaceWith(made(told.sum));
  for (const [state, text] of Object.entries(told.folds ?? {})) {
    const number = $(`[data-stage="${state}"] small.num`, board);
    if (number) number.textContent = text;
  }
}

/** Remember focus and scroll; calling the result brings them back. */
function kept(board) {
  const focused = document.activeElement, card = focused?.closest?.("[data-card]");
  const within = card && [...$$("a, button", card)].indexOf(focused);
  const places = [board, ...$$("[data-cards]", board)].map((list) => [list, list.scrollLeft, list.scrollTop]);
  return () => {
    for (const [list, left, top] of places) Object.assign(list, { scrollLeft: left, scrollTop: top });
    const now = card && cardOf(card.dataset.key);
    if (now && document.activeElement !== focused) ($$("a, button", now)[within] ?? $("a", now))?.focus({ preventScroll: true });
  };
}

/** Put a column's cards in their order: changed ones anew, those that left taken out. Tell whether all are there. */
function arrange(board, { stage, keys, cards, head, more }) {
  const list = $(`[data-stage="${stage}"] > [data-cards]`, board), old = document.getElementById(`head-${stage}`);
  if (!list) return false;
  if (old && !old.contains(document.activeElement)) {
    const fresh = made(head);
    old.replaceWith(fresh);
    htmx.process(fresh);
  }
  if ($("a:not([id])", list)?.parentElement === list) return false; // begins further down: the server draws it
  const wanted = new Set(keys.map(String));
  for (const card of $$("[data-card]", list)) if (!wanted.has(card.dataset.key)) card.remove();
  let before = null, whole = true;
  for (const key of keys) {
    const card = place(key, cards[key]);
    if (!card) { whole = false; continue; }
    const next = before ? before.nextElementSibling : list.firstElementChild;
    if (next !== card) list.insertBefore(card, next);
    before = card;
  }
  const link = $(`#more-${stage}`, list), fresh = more && made(more);
  if (link && link === document.activeElement) return whole;
  link?.remove();
  if (fresh) {
    list.append(fresh);
    htmx.process(fresh);
  }
  return whole;
}

function place(key, html) {
  const there = cardOf(key);
  if (!html) return there;
  const fresh = made(html);
  if (!there) return fresh;
  if (there.isEqualNode(fresh)) return there;
  there.replaceWith(fresh);
  return fresh;
}

document.addEventListener("htmx:beforeRequest", ({ detail }) => { if (detail.elt.matches?.("[data-card]")) moves += 1; });
document.addEventListener("live:changed", ({ detail }) => {
  const board = boardNow();
  if (board && (detail.topic === "open" || detail.topic === `board:${board.dataset.pipeline}`)) catchUp();
});
window.addEventListener("online", catchUp);
// A move that was refused: somebody else was quicker, so the card is shown where it is now.
document.addEventListener("htmx:responseError", (event) => {
  if (event.detail.xhr.status === 409 && event.target.closest?.("[data-card]")) setTimeout(catchUp);
});
// A move that went out a second time, after signing in again: the card had been put back meanwhile.
document.addEventListener("opportunity:moved", () => setTimeout(() => {
  const board = boardNow(), isAstray = (card) => board.dataset.by || card.dataset.seen !== card.closest("[data-stage]").dataset.stage;
  if (board && $$("[data-card]", board).some(isAstray)) catchUp();
}));
setInterval(() => { if (late && !asking && !isBusy()) catchUp(); }, 250);
