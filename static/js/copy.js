// data-copy="text": copy it and say so; where the browser refuses, select the text beside the button.
const SHOWN_MS = 2000;
const announce = (words) => document.dispatchEvent(new CustomEvent("announce", { detail: words }));

function confirmOn(label) {
  if (label.dataset.before) return;
  label.dataset.before = label.textContent;
  label.textContent = "Copied";
  setTimeout(() => {
    label.textContent = label.dataset.before;
    delete label.dataset.before;
  }, SHOWN_MS);
}

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  try {
    await navigator.clipboard.writeText(button.dataset.copy);
    confirmOn(button.querySelector("[data-copy-words]") ?? button);
    announce("Copied");
  } catch {
    const text = button.closest(".copy")?.querySelector(".copy__text");
    if (text) getSelection().selectAllChildren(text);
    announce("Select and copy the text");
  }
});
