// Theme and density of this device: [data-theme-set], [data-theme-toggle], [data-density-toggle].
import { storage } from "./dom.js";

const root = document.documentElement;

function setTheme(theme) {
  if (theme) root.dataset.theme = theme;
  else delete root.dataset.theme;
  storage.set("theme", theme);
}

function toggleTheme() {
  const system = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
  setTheme((root.dataset.theme || system) === "dark" ? "light" : "dark");
}

export function toggleDensity() {
  root.dataset.density = root.dataset.density === "compact" ? "" : "compact";
  storage.set("density", root.dataset.density);
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-theme-set], [data-theme-toggle], [data-density-toggle]");
  if (!button) return;
  if ("themeSet" in button.dataset) setTheme(button.dataset.themeSet);
  else if ("themeToggle" in button.dataset) toggleTheme();
  else toggleDensity();
});
