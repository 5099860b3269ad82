// data-opened="address": tell the desk, once, that a person sees the page: somebody moves, touches or types, or looks at it
// for a while. Previews run no scripts, and scanners that do neither stay nor touch.
const LOOK_MS = 1500;
const SIGNS = ["pointermove", "pointerdown", "keydown", "scroll", "touchstart"];
const page = document.querySelector("[data-opened]");
let told = false;
let timer = 0;

function tell() {
  if (told || document.visibilityState !== "visible") return;
  told = true;
  const token = page.querySelector("input[name=csrfmiddlewaretoken]")?.value ?? "";
  fetch(page.dataset.opened, { method: "POST", headers: { "X-CSRFToken": token }, keepalive: true });
}

function look() {
  clearTimeout(timer);
  if (document.visibilityState === "visible") timer = setTimeout(tell, LOOK_MS);
}

if (page) {
  for (const sign of SIGNS) addEventListener(sign, tell, { once: true, passive: true });
  document.addEventListener("visibilitychange", look);
  look();
}
