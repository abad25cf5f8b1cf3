// Light or dark, as the system says or as somebody chose.

import { say, set } from "./dom.js";

const THEMES = ["auto", "light", "dark"];
const LABELS = { auto: "Auto", light: "Light", dark: "Dark" };

export function turnTheme() {
  const now = document.documentElement.dataset.theme || "auto";
  theme(THEMES[(THEMES.indexOf(now) + 1) % THEMES.length]);
}

function theme(name) {
  document.documentElement.dataset.theme = name;
  const button = document.querySelector('[data-part="theme"]');
  say(button, LABELS[name]);
  set(button, "aria-label", `Theme: ${name}. Change`);
  try {
    localStorage.setItem("ivskit theme", name);
  } catch {
    // A file that is opened from disk may have no storage.
  }
}

function rememberedTheme() {
  try {
    return localStorage.getItem("ivskit theme");
  } catch {
    return null;
  }
}

export function startTheme() {
  const before = rememberedTheme();
  theme(THEMES.includes(before) ? before : "auto");
}
