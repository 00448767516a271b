// .dropzone around a file input: shows the chosen file's name and size, and that a file hangs over it.
(() => {
  const size = (bytes) => bytes < 1024 ? `${bytes} bytes` : bytes < 1048576 ? `${(bytes / 1024).toFixed(0)} KB` : `${(bytes / 1048576).toFixed(1)} MB`;
  const zone = (event) => event.target.closest?.(".dropzone");
  document.addEventListener("change", (event) => {
    const name = zone(event)?.querySelector(".dropzone-name");
    if (!name || event.target.type !== "file") return;
    name.textContent = [...event.target.files].map((file) => `${file.name}, ${size(file.size)}`).join("; ");
  });
  document.addEventListener("dragover", (event) => zone(event)?.classList.add("is-over"));
  ["dragleave", "drop"].forEach((kind) => document.addEventListener(kind, (event) => zone(event)?.classList.remove("is-over")));
})();
