// Messages: announced when the page opens, since a live region only speaks of changes; data-dismiss closes one.
const words = [...document.querySelectorAll(".toast__text")].map((toast) => toast.textContent.trim());
if (words.length) document.dispatchEvent(new CustomEvent("announce", { detail: words.join(" ") }));

document.addEventListener("click", (event) => {
  event.target.closest("[data-dismiss]")?.closest(".toast")?.remove();
});
