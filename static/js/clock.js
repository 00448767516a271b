// Keeps [data-clock="instant of T"] running: T−0:05:12, T+1:02:30, T−24 d 7:09:12. Mirrors run_pages.py: signed().
(() => {
  const two = (number) => String(number).padStart(2, "0");
  const tick = () => document.querySelectorAll("[data-clock]").forEach((element) => {
    const seconds = Math.round((Date.now() - Date.parse(element.dataset.clock)) / 1000);
    const size = Math.abs(seconds), hours = Math.floor(size / 3600);
    const whole = hours < 100 ? hours : `${Math.floor(hours / 24)} d ${hours % 24}`;
    element.textContent = `T${seconds < 0 ? "−" : "+"}${whole}:${two(Math.floor(size / 60) % 60)}:${two(size % 60)}`;
  });
  tick();
  setInterval(tick, 1000);
  document.addEventListener("htmx:after:swap", tick);
})();
