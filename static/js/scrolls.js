// Elements with data-scrolls="name" that are wider or higher than their place are reached by the keyboard under that name,
// and stay where they were scrolled to when a live part around them is swapped.
const boxes = () => document.querySelectorAll("[data-scrolls]");
const places = new Map();
let focused = "";

function mark(box) {
  const isScrolled = box.scrollWidth > box.clientWidth || box.scrollHeight > box.clientHeight;
  if (!isScrolled || getComputedStyle(box).overflowX !== "auto") return ["tabindex", "role", "aria-label"].forEach((name) => box.removeAttribute(name));
  box.tabIndex = 0;
  box.setAttribute("role", "region");
  box.setAttribute("aria-label", box.dataset.scrolls);
}

const watcher = new ResizeObserver((entries) => entries.forEach(({ target }) => mark(target)));

function watch() {
  watcher.disconnect();
  for (const box of boxes()) {
    mark(box);
    watcher.observe(box);
  }
}

document.addEventListener("scroll", ({ target }) => {
  if (target.dataset?.scrolls) places.set(target.dataset.scrolls, [target.scrollLeft, target.scrollTop]);
}, { capture: true, passive: true });
document.addEventListener("focusin", ({ target }) => { focused = target.dataset.scrolls ?? ""; });
document.addEventListener("live:swapped", () => {
  watch();
  for (const box of boxes()) {
    box.scrollTo(...(places.get(box.dataset.scrolls) ?? [0, 0]));
    if (focused === box.dataset.scrolls && document.activeElement === document.body) box.focus({ preventScroll: true });
  }
});
watch();
