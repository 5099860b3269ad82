// data-embed="origin": when Calendly's frame says that it booked, go to the page that tells it (data-embed-over).
// The word of a frame changes nothing: the page shows what the delivery or the next comparison brought.
const frame = document.querySelector("[data-embed]");

addEventListener("message", ({ origin, source, data }) => {
  if (!frame || origin !== frame.dataset.embed || source !== frame.contentWindow) return;
  if (data?.event === "calendly.event_scheduled") location.assign(frame.dataset.embedOver);
  if (data?.event === "calendly.page_height") frame.height = parseInt(data.payload?.height, 10) || frame.height;
});
