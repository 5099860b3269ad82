// Selecting rows: "select page" ticks them all, the bar says how many are chosen and then shows what can be done, and
// with the whole page ticked it offers all that match. Without it the form works as it is.
const rows = () => [...document.querySelectorAll("[data-bulk-row]")];
const bar = () => document.querySelector("[data-bulk]");
const matching = () => bar()?.querySelector("[data-bulk-matching]");

function tell() {
  if (!bar()) return;
  const count = rows().filter((row) => row.checked).length;
  const isPage = count > 0 && count === rows().length;
  const all = matching()?.querySelector("input");
  if (matching()) matching().hidden = !isPage;
  if (all && !isPage) all.checked = false;
  // With all that match, the ticked box beside it says how many.
  bar().querySelector("[data-bulk-count]").textContent = count && !all?.checked ? `${count} selected` : "";
  bar().querySelector("[data-bulk-all]").checked = isPage;
  bar().querySelector("[data-bulk-acts]").hidden = count === 0;
}

document.addEventListener("change", (event) => {
  if (event.target.matches("[data-bulk-all]")) {
    for (const row of rows()) row.checked = event.target.checked;
  }
  if (event.target.closest("[data-bulk]") || event.target.matches("[data-bulk-row]")) tell();
});
document.addEventListener("live:swapped", tell);
tell();
