// The browser's time zone goes into a cookie, unless the viewer chose one. A page that was rendered in another zone is
// loaded once more, but never one that holds somebody's rejected input.
const cookie = (name) => document.cookie.split("; ").find((item) => item.startsWith(`${name}=`))?.slice(name.length + 1);
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;

if (zone && !cookie("zone_choice") && cookie("zone") !== zone) {
  const secure = location.protocol === "https:" ? "; secure" : "";
  document.cookie = `zone=${zone}; path=/; max-age=31536000; samesite=lax${secure}`;
  const isShown = document.documentElement.dataset.zone === zone;
  // Where cookies are refused, loading again would change nothing, for ever.
  if (!isShown && cookie("zone") === zone && !document.querySelector(".field--bad")) location.reload();
}
