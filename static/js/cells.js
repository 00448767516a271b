// Editing in place: Enter saves, Escape puts the row back.
document.addEventListener("keydown", (event) => {
  const form = event.target.closest?.(".cell-form");
  if (!form) return;
  if (event.key === "Escape") {
    event.preventDefault();
    form.querySelector("[data-cancel]").click();
  } else if (event.key === "Enter" && event.target.matches("select")) {
    event.preventDefault();
    form.requestSubmit();
  }
});
