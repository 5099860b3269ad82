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

// In the inline widget's frame the page around it is told that somebody booked.
const scheduled = document.querySelector("[data-scheduled]");
if (scheduled && parent !== window) {
  const uri = scheduled.dataset.scheduled;
  parent.postMessage({ event: "calendly.event_scheduled", payload: { event: { uri }, invitee: { uri } } }, "*");
}
