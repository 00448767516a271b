// <button data-print> prints the page, as the browser's own menu would. Paper cannot unfold: details[data-print-open] open.
document.addEventListener("click", (event) => {
  if (event.target.closest("[data-print]")) window.print();
});
window.addEventListener("beforeprint", () => document.querySelectorAll("details[data-print-open]:not([open])").forEach((part) => {
  part.open = true;
  window.addEventListener("afterprint", () => { part.open = false; }, { once: true });
}));
