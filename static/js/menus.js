// data-menu on details: Escape closes it, and what opened it has the focus again.
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || event.defaultPrevented || document.querySelector("dialog[open]")) return;
  const menus = [...document.querySelectorAll("details[data-menu][open]")];
  const menu = menus.find((one) => one.contains(document.activeElement)) ?? menus.at(-1);
  if (!menu) return;
  menu.open = false;
  menu.querySelector("summary").focus();
});
