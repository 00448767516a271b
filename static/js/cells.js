// The table as a grid: arrows move between cells, Enter opens one, Enter saves, Escape puts the row back.
(() => {
  const cells = (row) => [...row.querySelectorAll(".row-link, [data-cell]")].filter((cell) => cell.offsetParent);
  const rowFrom = (row, step) => {
    let next = row;
    do { next = step > 0 ? next.nextElementSibling : next.previousElementSibling; } while (next && !cells(next).length);
    return next;
  };
  const go = (cell) => { cell?.focus(); cell?.scrollIntoView({ block: "nearest", inline: "nearest" }); };

  document.addEventListener("keydown", (event) => {
    const form = event.target.closest?.(".cell-form");
    if (form) {
      if (event.key === "Escape") {
        event.preventDefault();
        form.querySelector("[data-cancel]").click();
      } else if (event.key === "Enter" && event.target.matches("select")) {
        event.preventDefault();
        form.requestSubmit();
      }
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || !event.target.matches?.("[data-cells] .row-link, [data-cells] [data-cell]")) return;
    const row = event.target.closest("tr");
    const at = cells(row).indexOf(event.target);
    const moves = {
      ArrowRight: () => cells(row)[at + 1],
      ArrowLeft: () => cells(row)[at - 1],
      ArrowDown: () => { const next = rowFrom(row, 1); return next && (cells(next)[at] || cells(next).at(-1)); },
      ArrowUp: () => { const next = rowFrom(row, -1); return next && (cells(next)[at] || cells(next).at(-1)); },
      Home: () => cells(row)[0],
      End: () => cells(row).at(-1),
    };
    if (!moves[event.key]) return;
    event.preventDefault();
    go(moves[event.key]());
  });

  // The kind of an asset decides which fields its form has.
  document.addEventListener("change", (event) => {
    const part = document.getElementById("kind-fields");
    if (!part || event.target.name !== "kind" || !event.target.form?.contains(part)) return;
    const address = new URL(event.target.form.dataset.kindFields, location.href);
    address.searchParams.set("kind", event.target.value);
    window.htmx.ajax("GET", address.pathname + address.search, { target: "#kind-fields", swap: "outerHTML" });
  });

  // Forms about the view as it is now take the address along, which filtering has changed meanwhile.
  document.addEventListener("submit", (event) => {
    if (event.target.matches("form[data-with-query]")) event.target.elements.query.value = location.search.slice(1);
  }, true);

  // Decisions by key: the button that carries it.
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || event.target.closest?.("input, textarea, select")) return;
    if (document.body.dataset.singleKeys === "off") return;
    const button = document.querySelector(`.decision [data-key="${CSS.escape(event.key)}"]`);
    if (button) { event.preventDefault(); button.click(); }
  });
})();
