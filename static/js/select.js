// A column of boxes: select one, all, or with Shift all up to this one; the bulk bar shows how many.
// [data-select] around table and bar; boxes are [data-select-row], the box above them [data-select-all]; the bar is [data-bulk].
(() => {
  let last = null;
  const rows = (area) => [...area.querySelectorAll("[data-select-row]")].filter((box) => !box.disabled);

  const show = (area) => {
    const boxes = rows(area);
    const count = boxes.filter((box) => box.checked).length;
    const all = area.querySelector("[data-select-all]");
    if (all) { all.checked = count > 0 && count === boxes.length; all.indeterminate = count > 0 && count < boxes.length; }
    area.querySelectorAll("[data-bulk]").forEach((bar) => { bar.hidden = count === 0; });
    area.querySelectorAll("[data-bulk-count]").forEach((words) => { words.textContent = `${count} selected`; });
  };

  document.addEventListener("click", (event) => {
    const box = event.target.closest("[data-select-row]");
    const area = event.target.closest("[data-select]");
    if (!area) return;
    if (box) {
      const boxes = rows(area);
      if (event.shiftKey && last && boxes.includes(last)) {
        const [from, to] = [boxes.indexOf(last), boxes.indexOf(box)].sort((a, b) => a - b);
        boxes.slice(from, to + 1).forEach((other) => { other.checked = box.checked; });
      }
      last = box;
    } else if (event.target.matches("[data-select-all]")) {
      rows(area).forEach((other) => { other.checked = event.target.checked; });
    } else if (event.target.closest("[data-select-none]")) {
      rows(area).forEach((other) => { other.checked = false; });
    } else return;
    show(area);
  });
  const showAll = () => document.querySelectorAll("[data-select]").forEach(show);
  window.addEventListener("pageshow", showAll);
  document.addEventListener("htmx:after:swap", showAll);
  document.addEventListener("change", (event) => { const area = event.target.closest?.("[data-select]"); if (area) show(area); });
})();
