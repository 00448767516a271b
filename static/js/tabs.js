// On a narrow screen the tabs scroll sideways: the page that is open stands in the middle of them.
document.querySelectorAll(".tabs [aria-current]").forEach((tab) => {
  const tabs = tab.closest(".tabs");
  const [all, one] = [tabs.getBoundingClientRect(), tab.getBoundingClientRect()];
  tabs.scrollLeft += one.left + one.width / 2 - (all.left + all.width / 2);
});
