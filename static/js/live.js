// Elements with data-live="address" are kept up to date: polled while the tab is seen, slower while it is not, and
// swapped only when nothing in them is in use. A 304 costs nothing; rows whose text changed are highlighted.
const SEEN_MS = 1500;
const HIDDEN_MS = 15000;
const LONGEST_MS = 60000;

const isDirty = (field) => {
  if (field.type === "checkbox" || field.type === "radio") return field.checked !== field.defaultChecked;
  if (field.options) return [...field.options].some((option) => option.selected !== option.defaultSelected && option.defaultSelected);
  return field.type !== "hidden" && field.value !== field.defaultValue;
};

const inUse = (element) =>
  element.contains(document.activeElement) && document.activeElement.matches("input, select, textarea, summary")
  || element.querySelector("dialog[open], details[open][data-keep]")
  || [...element.querySelectorAll("input, select, textarea")].some(isDirty)
  || (String(getSelection()) && element.contains(getSelection().anchorNode));

const rowsOf = (element) => new Map(
  [...element.querySelectorAll("[data-row]")].map((row) => [row.dataset.row, row.textContent.replace(/\s+/g, " ")]),
);

function swap(element, html) {
  const before = rowsOf(element);
  const focused = document.activeElement?.id && element.contains(document.activeElement) && document.activeElement.id;
  element.innerHTML = html;
  if (focused) document.getElementById(focused)?.focus();
  for (const row of element.querySelectorAll("[data-row]")) {
    if (before.get(row.dataset.row) !== row.textContent.replace(/\s+/g, " ")) row.classList.add("is-changed");
  }
  element.dispatchEvent(new CustomEvent("live:swapped", { bubbles: true }));
}

async function keepUp(element) {
  let etag = element.dataset.etag ?? "";
  let failures = 0;
  for (;;) {
    const pause = Math.min((document.hidden ? HIDDEN_MS : SEEN_MS) * 2 ** failures, LONGEST_MS);
    await new Promise((resume) => setTimeout(resume, pause));
    if (!element.isConnected) return;
    try {
      const headers = etag ? { "If-None-Match": etag } : {};
      const response = await fetch(element.dataset.live, { headers, cache: "no-store", redirect: "manual" });
      failures = 0;
      if (response.type === "opaqueredirect" || response.status === 403) return location.reload();
      if (response.status !== 200 || inUse(element)) continue;
      etag = response.headers.get("ETag") ?? "";
      const html = await response.text();
      if (!inUse(element)) swap(element, html);
    } catch {
      failures += 1;
    }
  }
}

for (const element of document.querySelectorAll("[data-live]")) keepUp(element);
