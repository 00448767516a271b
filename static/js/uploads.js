// The page of contact files: files that are dropped or chosen become rows, are sent one after the other, and show in
// the list below with the progress of their check. Without scripts the form sends them in one request.
(() => {
  const form = document.getElementById("upload");
  const list = document.getElementById("uploads");
  const shape = document.getElementById("upload-shape");
  const news = document.getElementById("upload-news");
  if (!form || !window.Transfer) return;
  const input = form.querySelector("input[type=file]");
  const button = form.querySelector("button[type=submit]");
  const most = Number(form.dataset.most);
  const rows = new Map(); // Transfer → row, in the order of the page
  let isRunning = false;
  let goOn = () => {}; // called when the file that is being sent is paused: the next one need not wait for it

  const amount = (bytes) => {
    const units = ["bytes", "KB", "MB", "GB"];
    const power = Math.min(3, bytes < 1024 ? 0 : Math.floor(Math.log2(bytes) / 10));
    return `${(bytes / 1024 ** power).toFixed(power > 1 ? 1 : 0)} ${units[power]}`;
  };
  const duration = (seconds) => seconds < 90 ? `${Math.max(1, Math.round(seconds))} seconds` : `${Math.round(seconds / 60)} minutes`;
  const part = (row, name) => row.querySelector(`[data-upload-${name}]`);
  const all = () => [...rows.keys()];
  const said = (transfer, words) => { news.textContent = `${transfer.file.name}: ${words}`; };

  const WORDS = { waiting: "Ready to upload.", finishing: "All is here; it is being put together.", paused: "Paused: what has arrived is kept for a day." };

  // What the row says now: numbers often, words only where they change, so that nothing flickers or is read out twice.
  function draw(transfer) {
    const row = rows.get(transfer);
    if (!row) return;
    const { file, state, at, pace } = transfer;
    const share = file.size ? 100 * at / file.size : 0;
    const isMoving = state === "sending" || state === "lost";
    row.querySelector(".bar-done").setAttribute("width", share.toFixed(1));
    row.querySelector(".bar-drawing").setAttribute("aria-label", `${file.name}: ${Math.floor(share)} % uploaded`);
    part(row, "amount").textContent = state === "waiting" || !at ? amount(file.size) : `${amount(at)} of ${amount(file.size)}, ${Math.floor(share)} %`;
    let words = WORDS[state] || transfer.words;
    if (state === "sending") words = pace ? `${amount(pace)} a second, about ${duration((file.size - at) / pace)} left` : "Uploading";
    part(row, "words").textContent = words;
    offer(row, { pause: isMoving, resume: state === "paused", cancel: state !== "finishing" });
    part(row, "cancel").textContent = state === "refused" || state === "waiting" ? "Remove" : "Cancel";
    row.classList.toggle("is-refused", state === "refused");
    if (row.dataset.state !== state) changed(transfer, row);
  }

  // A button that goes while it is focused hands the focus to the one that takes its place.
  function offer(row, offered) {
    const buttons = Object.entries(offered).map(([name, isOffered]) => {
      const control = part(row, name);
      if (control.hidden === isOffered) control.dataset.hadFocus = document.activeElement === control ? "yes" : "";
      control.hidden = !isOffered;
      return control;
    });
    const left = buttons.find((control) => control.hidden && control.dataset.hadFocus);
    if (!left) return;
    left.dataset.hadFocus = "";
    buttons.find((control) => !control.hidden)?.focus();
  }

  function changed(transfer, row) {
    const before = row.dataset.state;
    row.dataset.state = transfer.state;
    if (transfer.state === "lost") said(transfer, "the connection was lost; trying again");
    else if (transfer.state === "paused") { said(transfer, "paused"); goOn(); }
    else if (transfer.state === "refused") said(transfer, transfer.words);
    else if (transfer.state === "sending" && before === "lost") said(transfer, "uploading again");
    else if (transfer.state === "done") {
      said(transfer, "uploaded; it is being checked");
      remove(transfer);
      refresh();
    }
    showButton();
  }

  function remove(transfer) {
    const row = rows.get(transfer);
    const next = row.nextElementSibling || row.previousElementSibling;
    const hadFocus = row.contains(document.activeElement);
    row.remove();
    rows.delete(transfer);
    if (hadFocus) (next?.querySelector("button:not([hidden])") || input).focus();
    showButton();
  }

  // The list of files asks for itself from here on, as long as something in it is being checked.
  function refresh() {
    const files = document.getElementById("files");
    window.htmx.ajax("GET", files.dataset.filesUrl, { target: "#files", swap: "outerMorph" });
  }

  function showButton() {
    const waiting = all().filter((transfer) => transfer.state === "waiting").length;
    button.textContent = waiting > 1 ? `Upload and check ${waiting} files` : "Upload and check";
  }

  // The sentence where the file cannot be taken anyway; the server looks again.
  function refusal(file) {
    if (!file.size) return `${file.name} is empty; export it again and choose the new one.`;
    if (!input.accept.split(",").some((ending) => file.name.toLowerCase().endsWith(ending))) return `${file.name} is not a CSV, TXT, XLSX or ZIP file; export or save it as one of these.`;
    if (file.size > most) return `${file.name} is larger than ${amount(most)}, the limit here; split it and upload the parts.`;
    return "";
  }

  const isSame = (one, other) => one.name === other.name && one.size === other.size && one.lastModified === other.lastModified;

  function add(file) {
    if (all().some((transfer) => !transfer.isOver && isSame(transfer.file, file))) return;
    all().filter((transfer) => transfer.state === "refused" && transfer.file.name === file.name).forEach(remove);
    const begun = [...list.querySelectorAll("[data-modified]")].find((row) => row.dataset.name === file.name && Number(row.dataset.size) === file.size && Number(row.dataset.modified) === Math.floor(file.lastModified));
    const transfer = new window.Transfer(file, { begin: form.dataset.begin, choices, tell: draw });
    const row = shape.content.firstElementChild.cloneNode(true);
    part(row, "name").textContent = file.name;
    for (const name of ["pause", "resume", "cancel"]) part(row, name).setAttribute("aria-label", `${part(row, name).textContent} ${file.name}`);
    part(row, "pause").addEventListener("click", () => transfer.pause());
    part(row, "resume").addEventListener("click", () => transfer.resume());
    part(row, "cancel").addEventListener("click", () => { transfer.cancel(); remove(transfer); said(transfer, "removed"); });
    if (begun) begun.replaceWith(row); else list.append(row);
    rows.set(transfer, row);
    const wrong = refusal(file);
    draw(transfer);
    if (wrong) transfer.say("refused", wrong);
    else if (begun) part(row, "words").textContent = "It goes on where it stopped.";
  }

  // As they stand when the file's turn comes.
  const choices = () => Object.fromEntries([...new FormData(form)].filter(([name]) => ["kind", "source", "client_sees"].includes(name)));

  async function run() {
    if (isRunning) return;
    isRunning = true;
    for (let next; (next = all().find((transfer) => transfer.state === "waiting"));) {
      await Promise.race([next.start(), new Promise((resolve) => { goOn = resolve; })]);
    }
    isRunning = false;
  }

  // On the form itself, so that it comes before what listens on the document (dropzone.js, forms.js).
  form.addEventListener("change", (event) => {
    if (event.target !== input) return;
    [...input.files].forEach(add);
    input.value = "";
    showButton();
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (!all().some((transfer) => transfer.state === "waiting")) {
      news.textContent = "Choose at least one file.";
      input.focus();
      document.dispatchEvent(new CustomEvent("toast", { detail: { text: "Choose at least one file." } }));
    }
    run();
  });
  window.addEventListener("online", () => all().forEach((transfer) => transfer.hurry()));
  window.addEventListener("beforeunload", (event) => {
    if (all().some((transfer) => ["sending", "lost", "finishing"].includes(transfer.state))) event.preventDefault();
  });

  form.querySelector(".dropzone").removeAttribute("data-limit-mb");
  form.querySelectorAll("[data-without-uploads]").forEach((words) => { words.hidden = true; });
  form.querySelectorAll("[data-with-uploads]").forEach((words) => { words.hidden = false; });
})();
