// Follows the plan: asks every two seconds whether anything has changed, and swaps in what did. Typed text stays.
(() => {
  const EVERY = 1700, JITTER = 500, LONGEST = 60000, LATE = 90000;
  let place = null, stamp = "", wait = 0, timer = 0, asking = false, hiddenAt = 0, listWaits = false;

  const later = (time = EVERY) => {
    clearTimeout(timer);
    if (place && !document.hidden) timer = setTimeout(ask, time + Math.random() * JITTER);
  };
  const slower = () => { wait = Math.min(LONGEST, (wait || EVERY) * 2); later(wait); };
  const stop = () => { clearTimeout(timer); place = null; };

  async function ask() {
    if (asking || !place) return;
    asking = true;
    const begin = Date.now();
    try {
      // Without cookies: the ticket in the address is enough, and the server need not look up who asks.
      const answer = await fetch(place.dataset.pulse, { headers: { "If-None-Match": stamp }, credentials: "omit", cache: "no-store" });
      if (answer.status === 304) {
        if (listWaits) await swapList();
        wait = 0;
        later(Math.max(EVERY, 4 * (Date.now() - begin))); // a busy server is asked less often
      }
      else if (answer.status === 404) await fetchChanges(stamp);
      else if (answer.ok) await fetchChanges(await answer.text());
      else slower();
    } catch { slower(); } finally { asking = false; }
  }

  async function fetchChanges(next) {
    const answer = await fetch(place.dataset.changes, { headers: { "HX-Request": "true" }, redirect: "manual", cache: "no-store" });
    if (answer.type === "opaqueredirect" || answer.status === 403 || answer.status === 404) return stop();
    if (!answer.ok) return slower();
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    const said = fresh.querySelector("[data-live-answer]");
    if (!said) return stop();
    const isOther = next.split(".")[0] !== stamp.split(".")[0];
    Object.assign(place.dataset, { pulse: said.dataset.pulse, changes: said.dataset.changes });
    const isNew = said.dataset.here.split(" ").some((pk) => pk && !document.getElementById(`item-${pk}`));
    await swap([...fresh.querySelectorAll("[id]")].filter((part) => !part.parentElement.closest("[id]")));
    if (isOther || isNew || said.dataset.whole || document.querySelector("[data-live-always]")) await swapList();
    stamp = said.dataset.stamp;
    await swapDrawer([...fresh.querySelectorAll(".task")].map((row) => row.id.slice(5)), isOther || said.dataset.whole);
    wait = 0;
    later();
  }

  // One swap for all pieces that look different. Morphing keeps the nodes that stay, and with them focus and text.
  async function swap(parts) {
    const pieces = parts.filter((part) => {
      const old = document.getElementById(part.id);
      return old && !old.matches(".htmx-request") && !old.querySelector(".htmx-request") && looks(old) !== looks(part);
    });
    if (!pieces.length) return;
    const text = pieces.map((part) => `<hx-partial hx-target="#${part.id}" hx-swap="outerMorph">${part.outerHTML}</hx-partial>`).join("");
    await window.htmx.swap({ text, sourceElement: place, target: place, swap: "none" });
  }
  // What a person sees of it: without the token of its form, and without what scripts have added.
  const looks = (element) => {
    const copy = element.cloneNode(true);
    copy.querySelectorAll("[name=csrfmiddlewaretoken], [name=once]").forEach((field) => field.remove());
    [copy, ...copy.querySelectorAll("*")].forEach((node) => { node.removeAttribute("data-htmx-powered"); node.classList.remove("is-current", "htmx-added"); });
    return copy.outerHTML.replace(/ class=""/g, "").replace(/\s+/g, " ");
  };

  // The list as a whole: where rows come and go, and always on the client's list, which is short.
  async function swapList() {
    const list = document.querySelector("[data-live-list]");
    if (!list) return;
    const answer = await fetch(list.dataset.liveList, { headers: { "HX-Request": "true" }, cache: "no-store" });
    if (!answer.ok || !list.isConnected || list.querySelector(".htmx-request")) return;
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("[data-live-list]");
    listWaits = Boolean(fresh) && !(await morph(list, fresh));
  }

  // Morphing keeps the nodes that stay. False where typed text would go with its field: then nothing is swapped.
  async function morph(old, fresh) {
    if (looks(fresh) === looks(old)) return true;
    if (fieldsOf(old).some((field) => isTyped(field) && !twin(field, fresh))) return false;
    const open = [...old.querySelectorAll("details[open]")].map(nameOf);
    fresh.querySelectorAll("details").forEach((part) => { if (open.includes(nameOf(part))) part.open = true; });
    await window.htmx.swap({ text: fresh.outerHTML, sourceElement: place, target: old, swap: "outerMorph" });
    return true;
  }
  const nameOf = (part) => `${part.closest("[id]")?.id} ${part.querySelector("summary")?.textContent.trim()}`;

  const fieldsOf = (root) => [...root.querySelectorAll("input:not([type=hidden]), textarea, select")];
  const isTyped = (field) => field.type === "file" ? field.files.length > 0
    : field.type === "checkbox" || field.type === "radio" ? field.checked !== field.defaultChecked
    : field.matches("select") ? [...field.options].some((option) => option.selected !== option.defaultSelected)
    : field.value !== field.defaultValue;
  const twin = (field, root) => field.id ? root.querySelector(`#${CSS.escape(field.id)}`)
    : [...root.querySelectorAll(`[name="${CSS.escape(field.name)}"]`)].find((other) => other.form?.getAttribute("action") === field.form?.getAttribute("action"));

  async function swapDrawer(changed, whole) {
    const body = document.querySelector("#drawer [data-live-item]");
    if (!body || !(whole || changed.includes(body.dataset.liveItem))) return;
    const answer = await fetch(body.dataset.liveUrl, { headers: { "HX-Request": "true" }, cache: "no-store" });
    if (!answer.ok || !body.isConnected) return;
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("[data-live-item]");
    if (fresh && !(await morph(body, fresh))) tell(body);
  }
  // A field with typed text would go: the person decides when.
  function tell(body) {
    if (body.querySelector("[data-live-note]")) return;
    const note = document.getElementById("live-note").content.firstElementChild.cloneNode(true);
    note.querySelector("[data-live-show]").href = body.dataset.liveUrl;
    body.prepend(note);
  }

  document.addEventListener("visibilitychange", () => {
    if (document.hidden) { hiddenAt = Date.now(); clearTimeout(timer); return; }
    if (place && Date.now() - hiddenAt > LATE) swapList().catch(() => {});
    wait = 0;
    later(0);
  });
  window.addEventListener("online", () => { wait = 0; later(0); });
  document.addEventListener("DOMContentLoaded", () => {
    place = document.getElementById("live");
    if (!place) return;
    stamp = place.dataset.stamp;
    later();
  });
})();
