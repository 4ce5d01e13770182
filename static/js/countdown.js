// The response clock: the server sends the seconds already waited, one timer moves all clocks on. The rule is the one of
// core/wording.py response_clock. Not a live region; it speaks once, at one minute left.
import { $, $$, announce, words } from "./dom.js";

const clocks = new WeakMap();
const two = (n) => String(n).padStart(2, "0");

function duration(seconds) {
  const minutes = Math.floor(seconds / 60), hours = Math.floor(minutes / 60);
  if (seconds < 60) return words("sec", { n: Math.floor(seconds) });
  if (minutes < 60) return words("min", { n: minutes });
  if (hours < 10 && minutes % 60) return words("hourMin", { h: hours, m: two(minutes % 60) });
  if (hours >= 96) return words("days", { n: Math.floor(hours / 24) });
  return words("hour", { n: hours });
}

function reading(waited, goal, limit) {
  const left = goal - waited;
  if (left >= 0) {
    const tone = left > 120 ? "ok" : left > 45 ? "warm" : "bad";
    const time = left < 3600 ? `${Math.floor(left / 60)}:${two(Math.floor(left % 60))}` : duration(left);
    return { tone, percent: (100 * left) / goal, big: words("left", { time }), small: words("of", { time: duration(goal) }) };
  }
  const time = duration(Math.abs(limit - waited)), open = waited < limit;
  const small = words(open ? "leftTo" : "over", { time, limit: duration(limit) });
  return { tone: open ? "warm" : "bad", percent: open ? (100 * (limit - waited)) / limit : 100, big: duration(waited), small };
}

function tick() {
  for (const element of $$("[data-countdown]")) {
    if (!clocks.has(element)) clocks.set(element, { start: Date.now() - element.dataset.countdown * 1000, said: false });
    const clock = clocks.get(element), waited = (Date.now() - clock.start) / 1000;
    draw(element, reading(waited, +element.dataset.goal, +element.dataset.limit));
    speak(element, clock, element.dataset.goal - waited);
  }
}

function draw(element, { tone, percent, big, small }) {
  for (const name of ["ok", "warm", "bad"]) element.classList.toggle(`tone-${name}`, name === tone);
  $(".fill", element).setAttribute("stroke-dasharray", `${percent.toFixed(1)} 100`);
  if ($("b", element).textContent !== big) $("b", element).textContent = big;
  if ($("small", element).textContent !== small) $("small", element).textContent = small;
}

function speak(element, clock, left) {
  if (clock.said || left > 60) return;
  clock.said = true;
  if (left < 55) return;
  announce(words("oneMinute", { name: element.closest("[data-row]")?.querySelector("a")?.textContent.trim() ?? "" }));
}

tick();
setInterval(tick, 1000);
