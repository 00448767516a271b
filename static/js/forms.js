// Forms: sent once, errors focused, what cannot be undone asks for a name, filters send themselves, menus close.
(() => {
  const submitButtons = (form) => [...form.elements].filter((element) => element.type === "submit");

  // Sent once: the button says so; the server has its own guard ({% once %}).
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented || !form.matches("form[data-submit-once]") || form.hasAttribute("hx-post")) return;
    if (form.dataset.sent) { event.preventDefault(); return; }
    form.dataset.sent = "yes";
    const pressed = event.submitter || submitButtons(form)[0];
    // After the browser has read the form: a disabled button's name would not be sent.
    setTimeout(() => submitButtons(form).forEach((button) => {
      button.disabled = true;
      if (button === pressed) { button.dataset.words = button.innerHTML; button.textContent = form.dataset.sending || "Saving…"; }
    }));
  });
  window.addEventListener("pageshow", () => document.querySelectorAll("form[data-sent]").forEach((form) => {
    delete form.dataset.sent;
    submitButtons(form).forEach((button) => {
      button.disabled = false;
      if (button.dataset.words) { button.innerHTML = button.dataset.words; delete button.dataset.words; }
    });
    checkName(form);
  }));

  // What cannot be undone: the button wakes when the name has been typed.
  function checkName(form) {
    if (!form.matches("form[data-confirm-name]")) return;
    const typed = form.elements.confirm_name.value.trim() === form.dataset.confirmName.trim();
    submitButtons(form).forEach((button) => { button.disabled = !typed; });
  }
  const readyForms = (root) => {
    root.querySelectorAll("form[data-confirm-name]").forEach(checkName);
    root.querySelector("[data-takes-focus]")?.focus();
  };
  document.addEventListener("DOMContentLoaded", () => readyForms(document));
  document.addEventListener("htmx:after:swap", () => readyForms(document));
  document.addEventListener("input", (event) => { if (event.target.form) checkName(event.target.form); });

  // Filters: form[data-autosubmit] sends itself on a choice at once, on typing after a pause.
  let pause;
  const send = (form) => { clearTimeout(pause); if (form.isConnected) form.requestSubmit(); };
  document.addEventListener("change", (event) => {
    const form = event.target.form;
    if (form?.matches("form[data-autosubmit]") && event.target.type !== "search") send(form);
  });
  document.addEventListener("input", (event) => {
    const form = event.target.form;
    if (!form?.matches("form[data-autosubmit][hx-get]") || event.target.type !== "search") return;
    clearTimeout(pause);
    pause = setTimeout(() => send(form), 250);
  });

  // A form that stays where it is, form[data-empties], is empty again once the server has taken what was typed.
  document.addEventListener("htmx:after:swap", (event) => {
    const { sourceElement, response } = event.detail?.ctx || {};
    if (sourceElement?.matches?.("form[data-empties]") && response?.status === 200) sourceElement.reset();
  });

  // Menus are <details>: a click elsewhere or Escape closes them.
  document.addEventListener("click", (event) => document.querySelectorAll("details.menu[open]").forEach((menu) => {
    if (!menu.contains(event.target)) menu.open = false;
  }));
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    document.querySelectorAll("details.menu[open]").forEach((menu) => { menu.open = false; menu.querySelector("summary").focus(); event.preventDefault(); });
  });
})();
