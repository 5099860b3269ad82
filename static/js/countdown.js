// data-countdown="9": counts the seconds down, then says data-countdown-over and takes the act beside it away; with
// data-countdown-closes the whole form goes a moment later.
// The page's clock may be off, so only what passes since the part was shown is counted.
const SEEN_MS = 3000;

const end = (form) => {
  form?.querySelector("[data-countdown-act]")?.remove();
  if (form?.hasAttribute("data-countdown-closes")) setTimeout(() => form.remove(), SEEN_MS);
};

const count = (element) => {
  const form = element.closest("form");
  const ends_ms = performance.now() + Number(element.dataset.countdown) * 1000;
  const tick = () => {
    if (!element.isConnected) return;
    const left_s = Math.ceil((ends_ms - performance.now()) / 1000);
    element.textContent = left_s > 0 ? `${left_s} s left` : element.dataset.countdownOver;
    if (left_s > 0) setTimeout(tick, 250);
    else end(form);
  };
  tick();
};

const countAll = (part) => { for (const element of part.querySelectorAll("[data-countdown]")) count(element); };
document.addEventListener("live:swapped", (event) => countAll(event.target));
countAll(document);
