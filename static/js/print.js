// <button data-print> prints the page, as the browser's own menu would.
document.addEventListener("click", (event) => {
  if (event.target.closest("[data-print]")) window.print();
});
