// <button data-copy="text"> or data-copy-from="#id" (or data-copy="#id") copies, and says so.
(() => {
  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copy], [data-copy-from]");
    if (!button) return;
    const place = button.dataset.copyFrom || (/^#[\w-]+$/.test(button.dataset.copy) ? button.dataset.copy : "");
    const from = place ? document.querySelector(place) : null;
    const text = from ? (from.value ?? from.textContent) : button.dataset.copy;
    try {
      await navigator.clipboard.writeText(text.trim());
    } catch {
      // Plain http on another machine has no clipboard: select the text, so that the person can copy it.
      if (from?.select) from.select();
      document.dispatchEvent(new CustomEvent("toast", { detail: { text: "This browser does not let pages copy. Select the text and copy it.", level: "warning" } }));
      return;
    }
    button.classList.add("is-copied");
    document.dispatchEvent(new CustomEvent("toast", { detail: { text: button.dataset.copied || "Copied.", level: "success" } }));
    setTimeout(() => button.classList.remove("is-copied"), 2000);
  });
})();
