// Small messages. A view sends them with the header HX-Trigger: {"toast": {"text": "...", "level": "success", "url": "", "label": ""}}.
(() => {
  const STAY = 6000;
  const later = (card) => setTimeout(() => card.matches(":hover, :focus-within") ? later(card) : card.remove(), STAY);

  const show = ({ text, level = "info", url = "", label = "Open" }) => {
    const region = document.getElementById("toasts");
    const shape = document.getElementById("toast-shape");
    if (!region || !shape || !text) return;
    const card = shape.content.firstElementChild.cloneNode(true);
    card.classList.add(`toast-${level}`);
    card.querySelector("[data-toast-words]").textContent = text;
    const link = card.querySelector("[data-toast-link]");
    if (url.startsWith("/")) { link.href = url; link.textContent = label; link.hidden = false; }
    region.append(card);
    if (level !== "error") later(card);
  };

  document.addEventListener("toast", (event) => show(typeof event.detail === "string" ? { text: event.detail } : (event.detail?.value ?? event.detail)));
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-toast-close]")) event.target.closest("[data-toast]").remove();
  });
  document.addEventListener("DOMContentLoaded", () => document.querySelectorAll("#toasts [data-toast]:not(.toast-error)").forEach(later));

  // What htmx cannot swap in is said in words (htmx-config: noSwap).
  const WORDS = { 403: "You may not do this here.", 404: "This is no longer here. Reload the page.", 429: "Too many tries. Wait a minute and try again." };
  document.addEventListener("htmx:response:error", (event) => {
    const status = event.detail.ctx.response.status;
    const words = WORDS[status] || (status >= 500 ? "The server could not do this. Reload the page to see what was saved, then try again." : "");
    if (words) show({ text: words, level: "error" });
  });
  document.addEventListener("htmx:error", (event) => {
    if (event.detail?.error?.name !== "AbortError") show({ text: "The server did not answer. Check the connection and try again.", level: "error" });
  });
})();
