// Says to screen readers what the page shows: other modules dispatch `announce` on the document with the words.
const region = document.querySelector("[data-announce]");

document.addEventListener("announce", ({ detail: words }) => {
  if (!region) return;
  // The same words twice are only read twice when the region was empty in between.
  region.textContent = "";
  setTimeout(() => { region.textContent = words; }, 50);
});
