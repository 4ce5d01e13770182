// What others do, without reloading: one event stream for all tabs of a browser says what changed, never the data.
// [data-live="notices"] with hx-get and hx-trigger="poll" asks again then, at most once a second, and every 15 s while no
// stream gives a sign of life; other modules listen to "live:changed" {topic} on the document. The tab that holds the lock
// keeps the stream and tells the others; when it goes, another one takes over.
import { $, $$, storage } from "./dom.js";
import { toast } from "./toasts.js";

const GAP = 1000, POLL = 15000, ALIVE = 40000, AGAIN = 60000;
const { events, person } = document.body.dataset;
const channel = person && "BroadcastChannel" in window ? new BroadcastChannel(`live-${person}`) : null;
const asked = new Map(); // topic → when it was last asked for
const waiting = new Set();
let heard = 0, opened = false;

/** Ask again for what a topic shows here, at most once a second; a page nobody sees asks when it is seen. */
function refresh(topic) {
  if (document.hidden) return waiting.add(topic);
  const since = Date.now() - (asked.get(topic) ?? 0);
  if (since < GAP) {
    if (waiting.has(topic)) return;
    waiting.add(topic);
    return setTimeout(() => waiting.delete(topic) && refresh(topic), GAP - since);
  }
  asked.set(topic, Date.now());
  for (const region of $$(`[data-live~="${topic}"]`)) htmx.trigger(region, "poll");
  document.dispatchEvent(new CustomEvent("live:changed", { detail: { topic } }));
}

function hear({ name, topics = [] }) {
  heard = Date.now();
  if (name === "ended") refresh("notices");
  topics.forEach(refresh);
}

function tell(message) {
  hear(message);
  channel?.postMessage(message);
}

function follow() {
  return new Promise((over) => {
    const source = new EventSource(events);
    const give = (name) => (event) => tell({ name, topics: JSON.parse(event.data || "[]") });
    source.addEventListener("open", () => {
      tell({ name: "open", topics: opened ? ["open", "notices"] : ["open"] });
      opened = true;
    });
    source.addEventListener("changed", give("changed"));
    source.addEventListener("alive", give("alive"));
    source.addEventListener("ended", () => { source.close(); tell({ name: "ended" }); });
    source.addEventListener("error", () => {
      if (source.readyState !== EventSource.CLOSED) return; // it tries again by itself
      setTimeout(lead, AGAIN);
      over();
    });
  });
}

const lead = () => navigator.locks.request(`live-${person}`, follow).catch(() => {});

if (person && channel) channel.onmessage = (event) => hear(event.data);
if (person && events && navigator.locks && window.EventSource) setTimeout(lead, 200);
if (person) setInterval(() => { if (Date.now() - heard > ALIVE) topics().forEach(refresh); }, POLL);

const topics = () => new Set(["open", ...$$("[data-live]").flatMap((region) => region.dataset.live.split(" "))]);

document.addEventListener("visibilitychange", () => {
  if (document.hidden) return;
  const late = [...waiting];
  waiting.clear();
  late.forEach(refresh);
});

// The newest notice says itself once in a browser; a link to what it is about marks it as read.
document.addEventListener("htmx:afterSettle", (event) => {
  const bell = event.target.matches?.("#bell") ? event.target : $("#bell");
  const newest = Number(bell?.dataset.newest ?? 0);
  if (!newest || newest <= Number(storage.get(`noticed-${person}`) ?? 0)) return;
  storage.set(`noticed-${person}`, String(newest));
  toast({ text: bell.dataset.said });
});

document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-notice]"), form = link?.closest(".nrow")?.querySelector("form");
  if (!form || $("[name=read]", form)) return;
  fetch(link.dataset.notice, { method: "POST", body: new FormData(form), keepalive: true }).catch(() => {});
});
