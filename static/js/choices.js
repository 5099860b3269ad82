// data-shows="name" on a select: of the elements with data-group="name", only those whose data-for is its value are shown.
const show = (select) => {
  for (const group of document.querySelectorAll(`[data-group="${select.dataset.shows}"]`)) {
    group.hidden = group.dataset.for !== select.value;
  }
};
const showAll = () => document.querySelectorAll("[data-shows]").forEach(show);

document.addEventListener("change", (event) => event.target.matches("[data-shows]") && show(event.target));
document.addEventListener("live:swapped", showAll);
showAll();
