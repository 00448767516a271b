// Keeps <time data-countdown="…" data-zone="…"> true while the page stays open. Mirrors apps/ui/moments.py: relative().
(() => {
  const words = (number, word) => `${number} ${word}${number === 1 ? "" : "s"}`;
  const dayIn = (moment, zone) => {
    const parts = new Intl.DateTimeFormat("en-CA", { timeZone: zone, year: "numeric", month: "2-digit", day: "2-digit" }).format(moment);
    return Date.parse(`${parts}T00:00:00Z`) / 86400000;
  };
  const relative = (moment, zone) => {
    const seconds = (moment - Date.now()) / 1000;
    const size = Math.abs(seconds);
    let text;
    if (size < 60) return "now";
    if (size < 86400) {
      const minutes = Math.floor(size / 60);
      text = minutes < 60 ? words(minutes, "minute") : words(Math.floor(minutes / 60), "hour");
    } else {
      const days = Math.abs(dayIn(moment, zone) - dayIn(new Date(), zone));
      if (days === 1) return seconds > 0 ? "tomorrow" : "yesterday";
      text = days < 60 ? words(days, "day") : words(Math.round(days / 30.44), "month");
    }
    return seconds > 0 ? `in ${text}` : `${text} ago`;
  };
  const tick = () => document.querySelectorAll("time[data-countdown]").forEach((element) => {
    const place = element.querySelector("[data-relative]");
    try {
      const text = relative(new Date(element.dataset.countdown), element.dataset.zone || undefined);
      if (place && place.textContent !== text) place.textContent = text;
    } catch { /* a zone this browser does not know: the server's words stay */ }
  });
  setInterval(tick, 15000);
  document.addEventListener("DOMContentLoaded", tick);
})();
