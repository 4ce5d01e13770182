// A list to choose many from: what is chosen stands on top, a plain click adds or takes away, typing narrows a long one.
import { $, $$, onLoad, within } from "./dom.js";

const LONG = 12;

function tell(select) {
  for (const type of ["input", "change"]) select.dispatchEvent(new Event(type, { bubbles: true }));
}

function chosenFirst(select) {
  const chosen = $$("option:checked", select);
  select.prepend(...chosen.filter((option) => option.parentElement === select));
  select.scrollTop = 0;
}

/** Return a field that hides the options its text is not part of; its keys are nobody else's. */
function finder(select) {
  const field = $("#many-find")?.content.firstElementChild.cloneNode(true);
  field?.addEventListener("input", () => {
    const text = field.value.trim().toLowerCase();
    for (const option of select.options) option.hidden = !option.selected && !option.text.toLowerCase().includes(text);
  });
  for (const type of ["input", "change", "keyup"]) field?.addEventListener(type, (event) => event.stopPropagation());
  field?.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown") select.focus();
    if (event.key !== "Enter") return;
    event.preventDefault();
    const first = [...select.options].find((option) => !option.hidden && !option.selected);
    if (!first || !field.value.trim()) return;
    first.selected = true;
    field.value = "";
    field.dispatchEvent(new Event("input"));
    chosenFirst(select);
    tell(select);
  });
  return field;
}

function enhance(select) {
  if (select.dataset.many !== undefined) return;
  select.dataset.many = "";
  chosenFirst(select);
  if (select.options.length > LONG) {
    const field = finder(select);
    if (field) {
      const both = Object.assign(document.createElement("span"), { className: "many" });
      select.replaceWith(both);
      both.append(field, select);
    }
  }
  select.addEventListener("mousedown", (event) => {
    const option = event.target.closest("option");
    if (!option || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    const top = select.scrollTop;
    option.selected = !option.selected;
    select.focus({ preventScroll: true });
    requestAnimationFrame(() => (select.scrollTop = top));
    tell(select);
  });
}

onLoad((part) => within(part, "select[multiple]").forEach(enhance));
