// "/" outside text fields, unless the viewer switched single keys off, and Ctrl-K or Cmd-K anywhere go to the search.
const hasShortcuts = "shortcuts" in document.documentElement.dataset;
const isTyping = (target) => target.closest("input, textarea, select, [contenteditable]");

document.addEventListener("keydown", (event) => {
  const isSlash = hasShortcuts && event.key === "/" && !event.ctrlKey && !event.metaKey && !event.altKey && !isTyping(event.target);
  const isK = event.key === "k" && (event.ctrlKey || event.metaKey) && !event.shiftKey && !event.altKey;
  const search = document.querySelector("[data-search]");
  if (!search || !(isSlash || isK) || document.querySelector("dialog[open]")) return;
  event.preventDefault();
  search.focus();
  search.select();
});
