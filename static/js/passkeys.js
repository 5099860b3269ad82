// data-passkey: shown where the browser has passkeys; data-passkey-problem: says what went wrong with one.
const words = {
  NotAllowedError: "The passkey was not used: it was canceled, it took too long, or this browser has none for this site.",
  InvalidStateError: "This passkey is registered already.",
  SecurityError: "Passkeys work only at this site’s own secure address.",
};

if (window.PublicKeyCredential) {
  for (const element of document.querySelectorAll("[data-passkey]")) element.hidden = false;
}

document.addEventListener("allauth.error", (event) => {
  event.preventDefault();
  const place = document.querySelector("[data-passkey-problem]");
  if (!place) return;
  place.textContent = words[event.detail.exception?.name] ?? "The passkey could not be used. Try again.";
  place.hidden = false;
});
