"use strict";
// Comfort only: every page works the same without this file.
const headings = [...document.querySelectorAll("#result_list thead th")].map((th) => th.textContent.trim());
for (const row of document.querySelectorAll("#result_list tbody tr")) {
  for (const [place, cell] of [...row.children].entries()) {
    if (cell.matches("td:not(.action-checkbox)")) cell.dataset.label = headings[place];
  }
}
for (const table of document.querySelectorAll(".inline-group .tabular table")) {
  const titles = [...table.querySelectorAll("thead th")].map((th) => th.textContent.trim());
  for (const row of table.querySelectorAll("tbody tr.form-row")) {
    for (const [place, cell] of [...row.children].entries()) {
      if (titles[place]) cell.dataset.label = titles[place];
    }
  }
}
for (const menu of document.querySelectorAll("details.further")) {
  document.addEventListener("click", (event) => {
    if (!menu.contains(event.target)) menu.open = false;
  });
  menu.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    menu.open = false;
    menu.querySelector("summary").focus();
  });
}
for (const form of document.querySelectorAll("form[data-sends-itself]")) {
  form.addEventListener("change", () => form.requestSubmit());
}
for (const form of document.querySelectorAll("form[data-sends-once]")) {
  form.addEventListener("submit", () => {
    for (const button of form.querySelectorAll("button[type=submit]")) button.disabled = true;
  });
}
for (const form of document.querySelectorAll("form[data-shows-words]")) {
  form.addEventListener("change", () => {
    for (const words of form.parentElement.querySelectorAll("details[data-consent]")) {
      words.open = words.dataset.consent === form.elements.consent.value;
      for (const part of words.querySelectorAll("details[data-language]")) {
        part.open = part.dataset.language === form.elements.language.value;
      }
    }
  });
}
document.querySelector("#places [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });
for (const button of document.querySelectorAll("button[data-sends-once]")) {
  button.form?.addEventListener("submit", (event) => {
    if (event.submitter === button) button.disabled = true;
  });
}
