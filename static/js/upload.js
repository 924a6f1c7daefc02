// Files chosen, dropped or pasted onto an element with data-upload go to its data-upload-url, one request each.
//
// The element hears, as bubbling events: upload:start, upload:progress, upload:done, upload:error, upload:cancel. Their
// detail has `id`, `file` and `abort()`; progress adds `percent`, done adds `media` (what the server knows of it), error
// adds `message` (one sentence). Tiles and words belong to whoever listens. Inside the element, an input of type file
// offers the files, and a button with data-upload-choose opens it. While files hover, the element has data-dragging.
const AT_ONCE = 3;
const waiting = [];
let running = 0;
let lastId = 0;

function token() {
  const inPage = document.querySelector("meta[name=csrf-token]")?.content ?? document.querySelector("[name=csrfmiddlewaretoken]")?.value;
  if (inPage) return inPage;
  const name = document.querySelector("meta[name=csrf-cookie]")?.content ?? "csrftoken";
  return document.cookie.split("; ").find((pair) => pair.startsWith(`${name}=`))?.slice(name.length + 1) ?? "";
}

// Queue one file. The answer is the detail of its events; its abort() stops it whether it waits or runs.
export function upload(element, file) {
  const detail = { id: ++lastId, file, abort: () => stop(job) };
  const job = { element, detail, request: null };
  tell(job, "start");
  waiting.push(job);
  next();
  return detail;
}

function tell({ element, detail }, name, more = {}) {
  element.dispatchEvent(new CustomEvent(`upload:${name}`, { bubbles: true, detail: { ...detail, ...more } }));
}

function next() {
  while (running < AT_ONCE && waiting.length) send(waiting.shift());
}

function stop(job) {
  if (job.request) return job.request.abort();
  const at = waiting.indexOf(job);
  if (at < 0) return;
  waiting.splice(at, 1);
  tell(job, "cancel");
}

// XMLHttpRequest, because fetch tells nothing about how much has left.
function send(job) {
  const request = new XMLHttpRequest();
  const body = new FormData();
  body.append("file", job.detail.file);
  job.request = request;
  running += 1;
  request.upload.addEventListener("progress", ({ loaded, total, lengthComputable }) => {
    if (lengthComputable) tell(job, "progress", { percent: Math.floor((100 * loaded) / total) });
  });
  request.addEventListener("load", () => answered(job, request));
  request.addEventListener("error", () => tell(job, "error", { message: "The connection was lost. Try again." }));
  request.addEventListener("abort", () => tell(job, "cancel"));
  request.addEventListener("loadend", () => {
    running -= 1;
    job.request = null;
    next();
  });
  request.open("POST", job.element.dataset.uploadUrl);
  request.responseType = "json";
  request.setRequestHeader("X-CSRFToken", token());
  request.setRequestHeader("Accept", "application/json");
  request.send(body);
}

function answered(job, { status, response }) {
  if (status === 201 && response) return tell(job, "done", { media: response });
  const message = response?.detail ?? {
    401: "You are signed out. Sign in again in another tab, then try again.",
    403: "This page is out of date. Reload it, then try again.",
    413: "This file is too large.",
  }[status] ?? "Something broke on our side. Try again.";
  tell(job, "error", { message, status, code: response?.code ?? "" });
}

function take(element, files) {
  for (const file of files) upload(element, file);
}

const dropZone = (event) => event.target.closest?.("[data-upload]");
const hasFiles = (event) => event.dataTransfer?.types.includes("Files");

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-upload-choose]");
  button?.closest("[data-upload]")?.querySelector("input[type=file]")?.click();
});

document.addEventListener("change", (event) => {
  const element = dropZone(event);
  if (!element || event.target.type !== "file") return;
  take(element, [...event.target.files]);
  event.target.value = ""; // so that the same file can be chosen again
});

document.addEventListener("paste", (event) => {
  const element = dropZone(event);
  const files = [...(event.clipboardData?.files ?? [])];
  // A copied table brings a picture of itself along: text wins.
  if (!element || !files.length || event.clipboardData.types.includes("text/plain")) return;
  event.preventDefault();
  take(element, files);
});

document.addEventListener("dragover", (event) => {
  if (!hasFiles(event)) return;
  event.preventDefault(); // beside the target too: else the browser leaves the page to show the file
  const element = dropZone(event);
  event.dataTransfer.dropEffect = element ? "copy" : "none";
  if (element) element.dataset.dragging = "";
});

document.addEventListener("dragleave", (event) => {
  const element = dropZone(event);
  if (element && !element.contains(event.relatedTarget)) delete element.dataset.dragging;
});

document.addEventListener("drop", (event) => {
  if (!hasFiles(event)) return;
  event.preventDefault();
  const element = dropZone(event);
  if (!element) return;
  delete element.dataset.dragging;
  take(element, [...event.dataTransfer.files]);
});
