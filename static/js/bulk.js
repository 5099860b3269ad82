// Selecting rows: "select page" ticks them all, and the bar says how many are chosen. Without it the form works as it is.
const rows = () => [...document.querySelectorAll("[data-bulk-row]")];

const tell = () => {
  const count = rows().filter((row) => row.checked).length;
  const bar = document.querySelector("[data-bulk]");
  if (!bar) return;
  bar.querySelector("[data-bulk-count]").textContent = count ? `${count} selected` : "";
  bar.querySelector("[data-bulk-all]").checked = count > 0 && count === rows().length;
};

document.addEventListener("change", (event) => {
  if (event.target.matches("[data-bulk-all]")) {
    for (const row of rows()) row.checked = event.target.checked;
  }
  if (event.target.matches("[data-bulk-all], [data-bulk-row]")) tell();
});
tell();
