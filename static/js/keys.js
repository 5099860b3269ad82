// Keys for people who rather not reach for the mouse: "/" goes to the search, j and k move through the rows, Enter
// opens one, x ticks its box, g and a letter go to a page, "?" shows all of this. None fires while somebody types, with
// a modifier, while a dialog is open, or when the viewer switched them off.
import { isOff, isTyping } from "./shortcuts.js";

const SEQUENCE_MS = 1500;
const ROWS = "main tbody tr[data-row], main .list > [data-row], main .need[data-row], main .agenda__item[data-row], main .timeline > [data-row]";

// The row the keys are at, by its id: a live update replaces the element.
let current = null;
let isSequence = false;
let timer = 0;

const isSeen = (row) => row.getClientRects().length > 0;
const rows = () => [...document.querySelectorAll(ROWS)].filter(isSeen);
const rowNow = () => rows().find((row) => row.dataset.row === current);

function leave() {
  for (const row of document.querySelectorAll("[data-row][aria-current]")) row.removeAttribute("aria-current");
}

function go(row, options = {}) {
  leave();
  current = row.dataset.row;
  row.setAttribute("aria-current", "true");
  row.tabIndex = -1;
  row.focus(options);
}

function move(by) {
  const all = rows();
  const at = all.findIndex((row) => row.dataset.row === current);
  const next = all[at < 0 ? (by > 0 ? 0 : all.length - 1) : Math.min(Math.max(at + by, 0), all.length - 1)];
  if (next) go(next);
}

function toSearch() {
  const search = document.querySelector("[data-search]");
  search?.focus();
  search?.select();
}

function endSequence() {
  isSequence = false;
  clearTimeout(timer);
}

function beginSequence() {
  isSequence = true;
  timer = setTimeout(endSequence, SEQUENCE_MS);
}

function goTo(letter) {
  endSequence();
  const link = document.querySelector(`[data-go="${CSS.escape(letter)}"]`);
  link?.click();
  return Boolean(link);
}

const KEYS = {
  "/": toSearch,
  "?": () => document.getElementById("keys")?.showModal(),
  j: () => move(1),
  k: () => move(-1),
  x: () => rowNow()?.querySelector("[data-bulk-row]")?.click(),
  g: beginSequence,
};
const REPEATS = ["j", "k"];

// What the key does; false when it does nothing here.
function press(event) {
  if (isSequence) return goTo(event.key);
  if (event.key === "Enter") {
    const row = rowNow();
    if (!row || event.target !== row) return false;
    const link = row.querySelector(".person__name[href]") ?? row.querySelector("a[href]");
    link?.click();
    return Boolean(link);
  }
  if (!Object.hasOwn(KEYS, event.key) || (event.repeat && !REPEATS.includes(event.key))) return false;
  KEYS[event.key]();
  return true;
}

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "Shift" || isOff() || isTyping(event.target) || document.querySelector("dialog[open]")) return;
  if (press(event)) event.preventDefault();
});

// Whoever goes on by mouse or Tab starts from there: a row with the focus in it is the row the keys are at.
document.addEventListener("focusin", (event) => {
  const row = event.target.closest(ROWS);
  if (row && row.dataset.row !== current) {
    leave();
    current = row.dataset.row;
  }
});

// An update replaced the row: the new one has the focus again, when the old one had it.
document.addEventListener("live:swapped", () => {
  const row = rowNow();
  if (row && document.activeElement === document.body) go(row, { preventScroll: true });
});
