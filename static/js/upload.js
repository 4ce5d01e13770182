// form[data-upload] sends its file in parts that go on after a broken line; without this module the form posts it whole.
// data-upload is where an upload begins, which is told the size first: what is too large is refused before a byte of it is sent.
// data-part is the bytes of one part.
import { $, token } from "./dom.js";

const form = $("form[data-upload]");
const input = $("input[type=file]", form);
const drop = $("[data-drop]", form);
const box = $("[data-upload-progress]", form);
const bar = $("progress", box);
const said = $("[data-upload-words]", box);
const TRIES = 5;

const fields = (more) => {
  const data = new FormData(form);
  data.delete("file");
  data.delete("rows");
  for (const [name, value] of Object.entries(more)) data.set(name, value);
  return new URLSearchParams(data);
};

async function post(url, body, headers = {}) {
  const response = await fetch(url, { method: "POST", body, headers: { "X-CSRFToken": token(), ...headers }, redirect: "error" });
  const answer = await response.json().catch(() => ({}));
  if (response.ok || response.status === 409) return answer;
  throw Object.assign(new Error(answer.error ?? ""), { final: Boolean(answer.error) });
}

function show(share, words) {
  box.hidden = false;
  bar.value = Math.round(share * 100);
  said.textContent = words.replace("{percent}", bar.value);
}

async function again(send) {
  for (let tried = 1; ; tried += 1) {
    try {
      return await send();
    } catch (error) {
      if (error.final || tried === TRIES) throw error;
      await new Promise((next) => setTimeout(next, 500 * 2 ** tried));
    }
  }
}

async function send(file) {
  const begun = await again(() => post(form.dataset.upload, fields({ name: file.name, size: file.size })));
  let at = begun.received;
  while (at < file.size) {
    const part = file.slice(at, at + Number(form.dataset.part));
    const type = { "Content-Type": "application/octet-stream" };
    const answer = await again(() => post(`${begun.url}?at=${at}`, part, type));
    at = answer.received;
    show(at / file.size, said.dataset.sent);
  }
  show(1, said.dataset.reading);
  return (await again(() => post(begun.url, fields({})))).url;
}

let busy = false;

async function start(file) {
  if (busy || !file) return;
  busy = true;
  $("[data-upload-name]", form).textContent = file.name;
  drop.setAttribute("aria-busy", "true");
  said.classList.remove("fg-bad");
  show(0, said.dataset.sent);
  try {
    const url = await send(file);
    if (url) location.assign(url);
  } catch (error) {
    said.classList.add("fg-bad");
    said.textContent = error.message || said.dataset.broken;
    input.value = "";
  } finally {
    busy = false;
    drop.removeAttribute("aria-busy");
  }
}

form.addEventListener("submit", (event) => {
  if (!input.files[0]) return;
  event.preventDefault();
  start(input.files[0]);
});
input.addEventListener("change", () => input.files[0] && ($("[data-upload-name]", form).textContent = input.files[0].name));

for (const name of ["dragenter", "dragover"]) drop.addEventListener(name, (event) => { event.preventDefault(); drop.classList.add("is-over"); });
for (const name of ["dragleave", "drop"]) drop.addEventListener(name, () => drop.classList.remove("is-over"));
drop.addEventListener("drop", (event) => {
  event.preventDefault();
  const file = event.dataTransfer.files[0];
  if (!file) return;
  const list = new DataTransfer();
  list.items.add(file);
  input.files = list.files;
  input.dispatchEvent(new Event("change"));
});
