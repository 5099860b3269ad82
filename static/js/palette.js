// data-palette: a dialog with a combobox over everything. Ctrl-K or Cmd-K opens it outside text fields, unless the
// viewer switched shortcuts off; what was found is put in as text, never as HTML.
import { isOff, isTyping } from "./shortcuts.js";

const PAUSE_MS = 120;

const palette = document.querySelector("[data-palette]");
const form = palette?.querySelector("[data-palette-form]");
const input = palette?.querySelector("[role=combobox]");
const list = palette?.querySelector("[role=listbox]");
const status = palette?.querySelector("[data-palette-status]");

// What the list shows the answer to; null before the first answer.
let shown = null;
let asking = null;
let timer = 0;
// Enter before the answer came: the first result is opened when it does.
let isAwaited = false;

const options = () => [...list.querySelectorAll("[role=option]")];
const active = () => list.querySelector("[aria-selected=true]");
const isCurrent = () => shown === input.value;

function select(option) {
  active()?.setAttribute("aria-selected", "false");
  option?.setAttribute("aria-selected", "true");
  if (option) input.setAttribute("aria-activedescendant", option.id);
  else input.removeAttribute("aria-activedescendant");
  option?.scrollIntoView({ block: "nearest" });
}

function element(tag, className, words) {
  const made = document.createElement(tag);
  made.className = className;
  made.textContent = words;
  return made;
}

function optionOf(result, id) {
  const option = element("a", "palette__option", "");
  option.href = result.address;
  option.id = id;
  option.tabIndex = -1;
  option.setAttribute("role", "option");
  option.setAttribute("aria-selected", "false");
  option.append(element("span", "palette__title", result.title));
  if (result.more) option.append(element("span", "palette__more", result.more));
  return option;
}

function groupOf(group, index) {
  const made = element("div", "palette__group", "");
  const label = element("div", "palette__label", group.label);
  label.id = `palette_group_${index}`;
  made.setAttribute("role", "group");
  made.setAttribute("aria-labelledby", label.id);
  made.append(label, ...group.results.map((result, at) => optionOf(result, `palette_${index}_${at}`)));
  return made;
}

function show(groups) {
  list.replaceChildren(...groups.map(groupOf));
  list.scrollTop = 0;
  const count = options().length;
  input.setAttribute("aria-expanded", String(count > 0));
  status.textContent = count === 1 ? "1 result" : `${count || "No"} results`;
  select(options()[0]);
}

async function ask() {
  const text = input.value;
  asking?.abort();
  const mine = asking = new AbortController();
  try {
    const response = await fetch(`${form.action}?${new URLSearchParams({ q: text })}`, {
      headers: { Accept: "application/json" }, redirect: "manual", signal: mine.signal,
    });
    if (response.type === "opaqueredirect") return location.reload();
    if (!response.ok) throw new Error(`answered ${response.status}`);
    const { groups } = await response.json();
    if (mine !== asking) return;
    show(groups);
    shown = text;
    if (isAwaited) open();
  } catch (error) {
    if (error.name === "AbortError" || mine !== asking) return;
    // The last list stays; Enter goes to the page, which says more.
    status.textContent = "The search does not answer. Enter opens the search page.";
    if (isAwaited) form.submit();
  }
}

function open() {
  isAwaited = false;
  const option = active();
  if (!option) return form.submit();
  palette.close();
  option.click();
}

function step(by) {
  const all = options();
  if (!all.length) return;
  const at = all.indexOf(active());
  select(all[(at + by + all.length) % all.length]);
}

function start() {
  palette.showModal();
  input.select();
  if (!isCurrent()) ask();
}

if (palette) {
  for (const button of document.querySelectorAll("[data-palette-open]")) {
    button.hidden = false;
    button.addEventListener("click", start);
  }

  document.addEventListener("keydown", (event) => {
    const isK = event.key.toLowerCase() === "k" && (event.ctrlKey || event.metaKey) && !event.shiftKey && !event.altKey;
    if (!isK || isOff()) return;
    if (palette.open) { event.preventDefault(); palette.close(); return; }
    if (isTyping(event.target) || document.querySelector("dialog[open]")) return;
    event.preventDefault();
    start();
  });

  input.addEventListener("input", () => {
    isAwaited = false;
    clearTimeout(timer);
    timer = setTimeout(ask, PAUSE_MS);
  });

  input.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    if (event.key === "ArrowDown") step(1);
    else if (event.key === "ArrowUp") step(-1);
    else return;
    event.preventDefault();
  });

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (isCurrent()) return open();
    isAwaited = true;
    clearTimeout(timer);
    ask();
  });

  // A link to the same page only moves there: the palette must not stay in front of it.
  list.addEventListener("click", (event) => event.target.closest("[role=option]") && palette.close());
  palette.addEventListener("close", () => { isAwaited = false; });
}
