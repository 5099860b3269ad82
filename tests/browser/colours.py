"""What cannot be seen on a page."""

# Texts in the colour of what is behind them: of the page where the browser paints that, else of the block they are in.
UNSEEN = """() => {
  const colour = (block, name) => getComputedStyle(block)[name];
  const probe = document.body.appendChild(document.createElement("i"));
  probe.style.color = "Canvas";
  const paper = colour(probe, "color");
  probe.remove();
  const behind = block => {
    if (colour(block, "forcedColorAdjust") !== "none") return paper;
    for (let one = block; one; one = one.parentElement) {
      const found = colour(one, "backgroundColor");
      if (!found.endsWith(", 0)")) return found;
    }
    return paper;
  };
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT), unseen = [];
  while (texts.nextNode()) {
    const block = texts.currentNode.parentElement;
    if (texts.currentNode.data.trim() && block.checkVisibility() && colour(block, "color") === behind(block))
      unseen.push(texts.currentNode.data.trim());
  }
  return unseen;
}"""
