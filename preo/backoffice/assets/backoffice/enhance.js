"use strict";
// Comfort only: every page works the same without this file.
const headings = [...document.querySelectorAll("#result_list thead th")].map((th) => th.textContent.trim());
for (const row of document.querySelectorAll("#result_list tbody tr")) {
  for (const [place, cell] of [...row.children].entries()) {
    if (cell.matches("td:not(.action-checkbox)")) cell.dataset.label = headings[place];
  }
}
for (const form of document.querySelectorAll("form[data-sends-itself]")) {
  form.addEventListener("change", () => form.requestSubmit());
}
for (const form of document.querySelectorAll("form[data-sends-once]")) {
  form.addEventListener("submit", () => {
    for (const button of form.querySelectorAll("button[type=submit]")) button.disabled = true;
  });
}
