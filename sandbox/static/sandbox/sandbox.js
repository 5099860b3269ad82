// The visitor's own zone on the first visit, no button needed to change it, and no double booking by double click.
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
const form = document.querySelector("[data-zone-form]");

if (form) {
  const select = form.elements.timezone;
  select.addEventListener("change", () => form.requestSubmit());
  const chosen = new URLSearchParams(location.search).has("timezone");
  const known = [...select.options].some((option) => option.value === zone);
  if (!chosen && known && select.value !== zone) {
    select.value = zone;
    form.requestSubmit();
  }
}

for (const once of document.querySelectorAll("[data-submit-once]")) {
  once.addEventListener("submit", (event) => {
    if (once.dataset.sent) event.preventDefault();
    once.dataset.sent = "yes";
  });
}
