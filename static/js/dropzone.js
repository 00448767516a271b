// .dropzone around a file input: shows the chosen file's name and size, and that a file hangs over it.
// With data-limit-mb it says at once what the server would refuse after the whole upload.
(() => {
  const size = (bytes) => bytes < 1024 ? `${bytes} bytes` : bytes < 1048576 ? `${(bytes / 1024).toFixed(0)} KB` : `${(bytes / 1048576).toFixed(1)} MB`;
  const zone = (event) => event.target.closest?.(".dropzone");
  document.addEventListener("change", (event) => {
    const name = zone(event)?.querySelector(".dropzone-name");
    if (!name || event.target.type !== "file") return;
    name.textContent = [...event.target.files].map((file) => `${file.name}, ${size(file.size)}`).join("; ");
    const limit = Number(zone(event).dataset.limitMb) || Infinity;
    const total = [...event.target.files].reduce((sum, file) => sum + file.size, 0);
    if (total <= limit * 1048576) return;
    name.textContent = `These files have ${size(total)}, and the limit here is ${limit} MB. Upload them one by one, or split them.`;
    event.target.value = "";
  });
  document.addEventListener("dragover", (event) => zone(event)?.classList.add("is-over"));
  ["dragleave", "drop"].forEach((kind) => document.addEventListener(kind, (event) => zone(event)?.classList.remove("is-over")));
})();
