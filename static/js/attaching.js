// Pictures and videos on their way up: a tile with a ring in the place where the finished one will be.
import { addTile, changed, form, made, renumber } from "./parts.js";
import { toast } from "./toast.js";
import { upload } from "./upload.js";

const AROUND = 94.25;
const tiles = new Map();

/** How many files are still on their way. */
export const uploading = () => tiles.size;

function tell() {
  const number = tiles.size;
  form.querySelector("[data-uploading]").textContent = number ? `Uploading ${number} file${number === 1 ? "" : "s"}` : "";
}

function end(id) {
  const tile = tiles.get(id);
  if (!tile) return;
  URL.revokeObjectURL(tile.querySelector("img").src);
  tile.remove();
  tiles.delete(id);
  tell();
}

form.addEventListener("upload:start", ({ target, detail }) => {
  const tile = made("upload-template");
  if (detail.file.type.startsWith("image/")) tile.querySelector("img").src = URL.createObjectURL(detail.file);
  tile.querySelector("[data-stop-upload]").addEventListener("click", detail.abort);
  target.querySelector("[data-strip]").append(tile);
  tiles.set(detail.id, tile);
  tell();
});

form.addEventListener("upload:progress", ({ detail }) => {
  const tile = tiles.get(detail.id);
  tile?.querySelector(".ring circle:last-child").setAttribute("stroke-dasharray", `${AROUND * detail.percent / 100} ${AROUND}`);
  if (tile) tile.querySelector("[data-percent]").textContent = `${detail.percent} %`;
});

form.addEventListener("upload:done", ({ target, detail }) => {
  const { uid, kind, preview_url: src, alt_text: alt } = detail.media;
  const place = tiles.get(detail.id);
  const part = place?.closest("[data-part]") ?? target;
  if (part.isConnected) addTile(part, { uid, kind, src, alt }, place?.isConnected ? place : null);
  end(detail.id);
  renumber();
  changed();
});

form.addEventListener("upload:error", ({ detail }) => {
  end(detail.id);
  toast(`${detail.file.name}: ${detail.message}`, "bad");
});

form.addEventListener("upload:cancel", ({ detail }) => end(detail.id));

// Files that were chosen before the scripts had arrived.
for (const input of form.querySelectorAll("[data-upload] input[type=file]")) {
  for (const file of input.files) upload(input.closest("[data-upload]"), file);
  input.value = "";
}
