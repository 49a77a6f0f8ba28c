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
  });
  box.addEventListener("keydown", (event) => { if (event.key === "Enter") event.preventDefault(); });
}
