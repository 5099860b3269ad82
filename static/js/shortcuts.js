// What every keyboard shortcut asks before it fires.
const NO_TEXT = ["checkbox", "radio", "button", "submit", "reset", "image", "color", "range", "file"];

// Whether keys pressed here mean text, or a choice in a select.
export const isTyping = (target) => {
  if (!(target instanceof Element)) return false;
  const field = target.closest("input, textarea, select, [contenteditable]:not([contenteditable=false])");
  return Boolean(field) && !(field.matches("input") && NO_TEXT.includes(field.type));
};

// The viewer may switch all of them off.
export const isOff = () => document.documentElement.dataset.shortcuts === "off";
