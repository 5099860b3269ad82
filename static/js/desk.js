// Small behaviours attached through data-*; every page works without them.

// data-copy="text": copy it and say so.
document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  const words = button.querySelector("[data-copy-words]") ?? button;
  try {
    await navigator.clipboard.writeText(button.dataset.copy);
    const before = words.textContent;
    words.textContent = "Copied";
    announce("Copied");
    setTimeout(() => { words.textContent = before; }, 2000);
  } catch {
    const text = button.closest(".copy")?.querySelector(".copy__text");
    if (text) getSelection().selectAllChildren(text);
    announce("Select and copy the text");
  }
});

// data-dialog-open="id", data-dialog-close: native dialogs.
document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-dialog-open]");
  if (opener) document.getElementById(opener.dataset.dialogOpen)?.showModal();
  event.target.closest("[data-dialog-close]")?.closest("dialog")?.close();
});

// A form is sent once.
document.addEventListener("submit", (event) => {
  if (event.defaultPrevented || event.target.method !== "post") return;
  if (event.target.dataset.sent) event.preventDefault();
  event.target.dataset.sent = "yes";
});
window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
});

// data-autosubmit: filters apply as they are chosen.
document.addEventListener("change", (event) => {
  event.target.closest("[data-autosubmit]")?.requestSubmit();
});

// data-dismiss: close a message.
document.addEventListener("click", (event) => {
  event.target.closest("[data-dismiss]")?.closest(".toast")?.remove();
});

// data-shows="name": a select that shows the data-for group of its value.
const choose = (select) => {
  for (const group of document.querySelectorAll(`[data-group="${select.dataset.shows}"]`)) {
    group.hidden = group.dataset.for !== select.value;
  }
};
const chooseAll = () => document.querySelectorAll("[data-shows]").forEach(choose);
document.addEventListener("change", (event) => event.target.matches("[data-shows]") && choose(event.target));
document.addEventListener("live:swapped", chooseAll);
chooseAll();

// "/" goes to the search, outside text fields.
document.addEventListener("keydown", (event) => {
  if (event.key !== "/" || event.target.closest("input, textarea, select, [contenteditable]")) return;
  const search = document.querySelector("[data-search]");
  if (search) { event.preventDefault(); search.focus(); }
});

// The browser's zone, unless the viewer chose one; a page rendered in another zone is loaded once more.
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
const cookie = (name) => document.cookie.split("; ").find((item) => item.startsWith(`${name}=`))?.slice(name.length + 1);
if (zone && !cookie("zone_choice") && cookie("zone") !== zone) {
  document.cookie = `zone=${zone}; path=/; max-age=31536000; samesite=lax`;
  if (document.documentElement.dataset.zone !== zone && cookie("zone") === zone && !document.querySelector(".field--bad")) location.reload();
}

// data-opened="address": tell the desk that a person sees the page.
const seen = document.querySelector("[data-opened]");
if (seen) {
  const token = seen.querySelector("input[name=csrfmiddlewaretoken]")?.value ?? "";
  const tell = () => fetch(seen.dataset.opened, { method: "POST", headers: { "X-CSRFToken": token } });
  if (document.visibilityState === "visible") tell();
  else document.addEventListener("visibilitychange", tell, { once: true });
}

function announce(words) {
  const region = document.querySelector("[data-announce]");
  if (region) region.textContent = words;
}
