// Keeps [data-clock="instant of T"] running: T−0:05:12, T+1:02:30.
(() => {
  const two = (number) => String(number).padStart(2, "0");
  const tick = () => document.querySelectorAll("[data-clock]").forEach((element) => {
    const seconds = Math.round((Date.now() - Date.parse(element.dataset.clock)) / 1000);
    const size = Math.abs(seconds);
    element.textContent = `T${seconds < 0 ? "−" : "+"}${Math.floor(size / 3600)}:${two(Math.floor(size / 60) % 60)}:${two(size % 60)}`;
  });
  tick();
  setInterval(tick, 1000);
})();
