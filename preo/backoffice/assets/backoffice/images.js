"use strict";
// Comfort only: the tiles can be chosen without this file, there is just no box to find one by its name.
for (const box of document.querySelectorAll("input[data-filters]")) {
  const tiles = [...document.querySelectorAll(`#${CSS.escape(box.dataset.filters)} > li[data-words]`)];
  box.closest("[hidden]").hidden = false;
  box.addEventListener("input", () => {
    const words = box.value.toLowerCase().split(/\s+/);
    for (const tile of tiles) {
      const isChosen = tile.querySelector("input").checked;
      tile.hidden = !isChosen && !words.every((word) => tile.dataset.words.includes(word));
    }
    const nothing = document.querySelector(`[data-finds-nothing="${CSS.escape(box.dataset.filters)}"]`);
    if (nothing) nothing.hidden = tiles.some((tile) => !tile.hidden);
  });
  box.addEventListener("keydown", (event) => { if (event.key === "Enter") event.preventDefault(); });
}
for (const words of document.querySelectorAll("[data-counts]")) {
  const boxes = [...document.querySelectorAll(`#${CSS.escape(words.dataset.counts)} input`)];
  const count = () => {
    const chosen = boxes.filter((one) => one.checked).length;
    words.textContent = chosen ? `${chosen} of ${boxes.length} chosen` : `all ${boxes.length}`;
  };
  for (const one of boxes) one.addEventListener("change", count);
}
