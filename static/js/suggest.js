// data-suggest="address" on an input with a datalist: while one types, the list holds what the address finds. Without
// this the field takes what is written out in full.
const PAUSE_MS = 150;
const SHORTEST = 2;

let asking = null;
let timer = 0;

async function suggest(input) {
  asking?.abort();
  asking = new AbortController();
  const response = await fetch(`${input.dataset.suggest}?q=${encodeURIComponent(input.value)}`, { signal: asking.signal });
  if (!response.ok) return;
  const { names } = await response.json();
  const options = names.map((name) => Object.assign(document.createElement("option"), { value: name }));
  input.list.replaceChildren(...options);
}

document.addEventListener("input", ({ target }) => {
  if (!target.matches("[data-suggest]")) return;
  clearTimeout(timer);
  const isChosen = [...target.list.options].some((option) => option.value === target.value);
  if (isChosen || target.value.trim().length < SHORTEST) return;
  timer = // An answer that does not come, or is overtaken, leaves the field as it is.
  timer = setTimeout(() => suggest(target).catch(() => {}), PAUSE_MS);
});
