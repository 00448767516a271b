// The drawer beside a list. Links fill it with hx-get + hx-target="#drawer" + hx-push-url; this closes it and keeps the list as it is.
(() => {
  const drawer = () => document.getElementById("drawer");
  let opener = null;

  const mark = () => {
    const here = location.pathname + location.search;
    document.querySelectorAll("[hx-target='#drawer']").forEach((link) => {
      link.closest("tr, .task, .card")?.classList.toggle("is-current", link.pathname + link.search === here && !!drawer()?.childElementCount);
    });
  };

  window.closeDrawer = () => {
    const panel = drawer();
    const close = panel?.querySelector("[data-drawer-close]");
    if (!close) return false;
    if (!document.querySelector(".split-list [hx-target='#drawer']")) { close.click(); return true; }
    history.pushState({ htmx: true }, "", close.href);
    panel.replaceChildren();
    mark();
    (opener?.isConnected ? opener : document.getElementById("main"))?.focus();
    return true;
  };

  document.addEventListener("click", (event) => {
    const link = event.target.closest("[hx-target='#drawer']");
    if (link) opener = link;
    const close = event.target.closest("#drawer [data-drawer-close]");
    if (close && !event.ctrlKey && !event.metaKey && document.querySelector(".split-list [hx-target='#drawer']")) {
      event.preventDefault();
      window.closeDrawer();
    }
  });
  document.addEventListener("htmx:after:swap", (event) => {
    if (event.detail?.ctx?.target?.id === "drawer") {
      const panel = drawer();
      panel.scrollTop = 0;
      if (window.innerWidth < 1200) window.scrollTo(0, 0);
      panel.focus({ preventScroll: true });
    }
    mark();
  });
  document.addEventListener("htmx:after:history:push", mark);
  document.addEventListener("DOMContentLoaded", mark);
})();
