// A form is sent once, data-autosubmit sends it as soon as a choice is made, and data-problems has the focus.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.method !== "post") return;
  if (form.dataset.sent) event.preventDefault();
  form.dataset.sent = "yes";
});

// Going back shows the page as it was left: its forms may be sent again.
window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
});

// What is wrong comes first for everybody: a form that came back is begun at its summary.
document.querySelector("[data-problems]")?.focus();

document.addEventListener("change", (event) => {
  event.target.closest("[data-autosubmit]")?.requestSubmit();
});
