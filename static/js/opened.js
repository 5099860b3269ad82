// data-opened="address": tell the desk, once, that a person sees the page; link previews run no scripts.
const page = document.querySelector("[data-opened]");

if (page) {
  const token = page.querySelector("input[name=csrfmiddlewaretoken]")?.value ?? "";
  const tell = () => fetch(page.dataset.opened, { method: "POST", headers: { "X-CSRFToken": token } });
  if (document.visibilityState === "visible") tell();
  else document.addEventListener("visibilitychange", tell, { once: true });
}
