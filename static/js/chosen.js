// Unticking rows before an act: the heading counts those left, and with none the act waits and says why. Without it the
// server leaves out what is not ticked just the same.
const form = document.querySelector("[data-chosen]");
const boxes = form ? [...form.querySelectorAll("[data-chosen-row]")] : [];

function tell() {
  const count = boxes.filter((box) => box.checked).length;
  const heading = document.querySelector("[data-chosen-count]");
  const noun = count === 1 ? form.dataset.chosenOne : form.dataset.chosenMany;
  heading.textContent = `${heading.dataset.chosenCount}: ${count} ${noun}`;
  for (const act of form.querySelectorAll("[data-chosen-act]")) act.disabled = count === 0;
  form.querySelector("[data-chosen-none]").hidden = count > 0;
}

if (boxes.length) {
  form.addEventListener("change", (event) => {
    if (event.target.matches("[data-chosen-row]")) tell();
  });
  // The browser may have kept what was unticked before it came back.
  tell();
}
