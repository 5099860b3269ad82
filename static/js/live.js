// Elements with data-live="address" are kept up to date: polled while the tab is seen, slower while it is not, and
// swapped only when nothing in them is in use. A 304 costs nothing. Rows whose text changed are highlighted, unless all
// that changed is how far away a time is (data-relative); a row whose state changed is announced.
const SEEN_MS = 1500;
const HIDDEN_MS = 15000;
const LONGEST_MS = 60000;
const FOCUSABLE = "a[href], button, input, select, textarea, summary";

const isDirty = (field) => {
  if (field.type === "checkbox" || field.type === "radio") return field.checked !== field.defaultChecked;
  if (field.options) return [...field.options].some((option) => option.selected !== option.defaultSelected && option.defaultSelected);
  return field.type !== "hidden" && field.value !== field.defaultValue;
};

const inUse = (element) =>
  element.contains(document.activeElement) && document.activeElement.matches("input, select, textarea, summary")
  || element.querySelector("dialog[open], details[open][data-keep], form[data-sent], [data-problems], [data-bulk-row]:checked, :active")
  || [...element.querySelectorAll("input, select, textarea")].some(isDirty)
  || (String(getSelection()) && element.contains(getSelection().anchorNode));

const textOf = (element) => element?.textContent.replace(/\s+/g, " ").trim() ?? "";

function lastingTextOf(row) {
  const copy = row?.cloneNode(true);
  copy?.querySelectorAll("[data-relative]").forEach((distance) => distance.remove());
  return textOf(copy);
}

const rowsOf = (element) => new Map([...element.querySelectorAll("[data-row]")].map((row) => [row.dataset.row, row]));
// Nothing of the kind has an id of its own: what it is, says and leads to tells it from its neighbours in the row.
const nameOf = (control) => `${control.tagName} ${textOf(control)} ${control.getAttribute("href") ?? ""}`;

function focusIn(element) {
  const control = element.contains(document.activeElement) ? document.activeElement.closest(FOCUSABLE) : null;
  return control && { row: control.closest("[data-row]")?.dataset.row, name: nameOf(control) };
}

function focusAgain(element, focused) {
  const scope = focused.row ? rowsOf(element).get(focused.row) : element;
  const controls = [...(scope?.querySelectorAll(FOCUSABLE) ?? [])];
  // Never another button in its place: a key pressed now would do something else.
  controls.find((control) => nameOf(control) === focused.name)?.focus({ preventScroll: true });
}

function showChanges(element, before) {
  const news = [];
  for (const [id, row] of rowsOf(element)) {
    const old = before.get(id);
    if (lastingTextOf(old) === lastingTextOf(row)) continue;
    row.classList.add("is-changed");
    const state = textOf(row.querySelector(".badge span:last-child"));
    if (state && state !== textOf(old?.querySelector(".badge span:last-child"))) {
      const name = row.querySelector(".person__name") ?? row.querySelector("strong, a");
      news.push(`${textOf(name)}: ${state}`);
    }
  }
  if (news.length) document.dispatchEvent(new CustomEvent("announce", { detail: news.slice(0, 3).join(". ") }));
}

function swap(element, html) {
  const before = rowsOf(element);
  const focused = focusIn(element);
  element.innerHTML = html;
  if (focused) focusAgain(element, focused);
  showChanges(element, before);
  element.dispatchEvent(new CustomEvent("live:swapped", { bubbles: true }));
}

// Coming back to the tab ends the pause.
const pause = (duration_ms) => new Promise((resume) => {
  const wake = () => {
    if (document.hidden) return;
    document.removeEventListener("visibilitychange", wake);
    resume();
  };
  document.addEventListener("visibilitychange", wake);
  setTimeout(() => { document.removeEventListener("visibilitychange", wake); resume(); }, duration_ms);
});

async function ask(address, etag) {
  const headers = etag ? { "If-None-Match": etag } : {};
  const response = await fetch(address, { headers, cache: "no-store", redirect: "manual" });
  const isSignedOut = response.type === "opaqueredirect" || response.status === 401 || response.status === 403;
  if (!isSignedOut && ![200, 304].includes(response.status)) throw new Error(`answered ${response.status}`);
  return { response, isSignedOut };
}

async function keepUp(element) {
  let etag = element.dataset.etag ?? "";
  let failures = 0;
  for (;;) {
    await pause(Math.min((document.hidden ? HIDDEN_MS : SEEN_MS) * 2 ** failures, LONGEST_MS));
    if (!element.isConnected) return;
    try {
      const { response, isSignedOut } = await ask(element.dataset.live, etag);
      failures = 0;
      if (isSignedOut) return location.reload();
      if (response.status === 304) continue;
      const html = await response.text();
      // What could not be shown now is asked for again: its ETag is only kept once it is seen.
      if (inUse(element)) continue;
      etag = response.headers.get("ETag") ?? "";
      swap(element, html);
    } catch {
      failures += 1;
    }
  }
}

for (const element of document.querySelectorAll("[data-live]")) keepUp(element);
