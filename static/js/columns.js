// The workbench's columns: how many with data are left, while boxes are ticked.
(() => {
  const form = document.getElementById("columns");
  if (!form) return;
  const shown = form.querySelector("[data-columns-kept]");
  const limit = Number(form.querySelector("table").dataset.limit || Infinity);
  function count() {
    const rows = [...form.querySelectorAll("tr[data-filled]")];
    const kept = rows.filter((row) => Number(row.dataset.filled) && !row.querySelector("input[type=checkbox]").checked).length;
    shown.textContent = kept;
    shown.parentElement.classList.toggle("text-red", kept > limit);
  }
  form.addEventListener("change", count);
  count();
})();
