// Keys: / and Ctrl+K search, ? help, j k x e in lists, Escape closes the drawer. One-key shortcuts can be turned off.
(() => {
  const stored = () => { try { return localStorage.getItem("single-keys"); } catch { return null; } };
  const areOn = () => document.body.dataset.singleKeys !== "off" && stored() !== "off";
  const isTyping = (element) => element.closest("input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable]");

  const showSwitch = () => document.querySelectorAll("[data-single-keys-switch]").forEach((button) => button.setAttribute("aria-checked", String(areOn())));
  const search = () => {
    const field = [...document.querySelectorAll("[data-search]")].find((element) => element.offsetParent);
    if (field) { field.focus(); field.select(); return true; }
    const link = document.querySelector(".top-search-link");
    if (link) { link.click(); return true; }
    return false;
  };
  const help = () => document.getElementById("keys-help")?.showModal();

  const links = () => [...document.querySelectorAll("main .row-link")].filter((link) => link.offsetParent);
  const rowOf = (link) => link?.closest("tr, .task, .card");
  const here = () => {
    const row = document.activeElement.closest?.("tr, .task, .card") || document.querySelector(".is-current");
    return links().findIndex((link) => rowOf(link) === row);
  };
  const move = (step) => {
    const all = links();
    if (!all.length) return;
    const at = here();
    const next = all[Math.max(0, Math.min(all.length - 1, at < 0 ? 0 : at + step))];
    next.focus();
    next.scrollIntoView({ block: "nearest" });
  };
  const inRow = (selector) => { const at = here(); return at < 0 ? null : rowOf(links()[at]).querySelector(selector); };

  const actions = {
    "/": search,
    "?": help,
    j: () => move(1),
    k: () => move(-1),
    x: () => inRow("[data-select-row], .tick")?.click(),
    e: () => (inRow("[data-edit]") || links()[here()])?.click(),
  };

  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") { if (search()) event.preventDefault(); return; }
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || document.querySelector("dialog[open]")) return;
    if (event.key === "Escape" && !isTyping(event.target) && window.closeDrawer?.()) { event.preventDefault(); return; }
    if (event.key === "Escape" && event.target.matches("[data-search]")) { event.target.blur(); return; }
    const action = actions[event.key];
    if (!action || isTyping(event.target) || !areOn()) return;
    event.preventDefault();
    action();
  });
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-keys-help]")) help();
    if (!event.target.closest("[data-single-keys-switch]")) return;
    try { localStorage.setItem("single-keys", areOn() ? "off" : "on"); } catch { /* stays as it is */ }
    showSwitch();
  });
  document.addEventListener("DOMContentLoaded", showSwitch);
})();
