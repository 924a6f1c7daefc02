// The parts of the post in the composer: what is in them now, and adding, removing and moving them and their pictures.
export const form = document.querySelector("[data-composer]");
export const data = JSON.parse(document.getElementById("composer-data").textContent);
const place = form.querySelector("[data-parts]");

/** Tell everybody that the post is another one now. */
export function changed() {
  form.dispatchEvent(new CustomEvent("composer:changed"));
}

/** The parts as values: [{key, text, media: [{uid, kind, src, alt}]}]. */
export function read() {
  return [...place.querySelectorAll("[data-part]")].map((part) => ({
    key: part.dataset.part,
    text: part.querySelector("textarea").value,
    media: [...part.querySelectorAll("[data-media]")].map((tile) => ({
      uid: tile.dataset.media,
      kind: tile.dataset.kind,
      src: tile.querySelector("img").src,
      alt: tile.querySelector("img").alt,
    })),
  }));
}

/** The connections that are switched on, as the server described them. */
export function chosen() {
  const on = new Set([...form.querySelectorAll("[name=connections]:checked")].map((box) => box.value));
  return data.connections.filter((connection) => on.has(connection.uid));
}

/** A copy of a template with `__name__` filled in; values are ids of ours, never text. */
export function made(id, values = {}) {
  const holder = document.createElement("template");
  const html = document.getElementById(id).innerHTML;
  holder.innerHTML = html.replace(/__(key|uid)__/g, (_, name) => values[name]);
  return holder.content.firstElementChild;
}

export function addPart(text = "", media = []) {
  const part = made("part-template", { key: crypto.getRandomValues(new Uint32Array(1))[0].toString(36) });
  part.querySelector("textarea").value = text;
  place.append(part);
  for (const item of media) addTile(part, item);
  renumber();
  return part;
}

export function addTile(part, { uid, kind, src, alt }, before = null) {
  const tile = made("tile-template", { key: part.dataset.part, uid });
  tile.dataset.kind = kind;
  tile.querySelector("img").src = src;
  if (kind !== "image") tile.querySelector(".frame").append(made(`${kind}-template`));
  describe(tile, alt);
  part.querySelector("[data-strip]").insertBefore(tile, before);
  return tile;
}

/** Put an alt text on a tile. */
export function describe(tile, alt) {
  tile.querySelector("img").alt = alt;
  const badge = tile.querySelector("[data-describe]");
  badge.textContent = alt ? "ALT" : "No ALT";
  badge.classList.toggle("missing", !alt);
}

/** Replace all parts, for a draft that was kept. */
export function replaceParts(parts) {
  place.replaceChildren();
  for (const part of parts) addPart(part.text, part.media);
}

export function renumber() {
  const parts = [...place.querySelectorAll("[data-part]")];
  for (const [at, part] of parts.entries()) {
    for (const number of part.querySelectorAll("[data-number]")) number.textContent = at + 1;
    const text = part.querySelector("textarea");
    text.ariaLabel = at ? `Text of part ${at + 1}` : "Text";
    text.placeholder = at ? "And then?" : "What would you like to say?";
    part.querySelector("[data-move='-1']").disabled = at === 0;
    part.querySelector("[data-move='1']").disabled = at === parts.length - 1;
    for (const [number, tile] of [...part.querySelectorAll("[data-media]")].entries()) {
      tile.querySelector("input").name = `media-${part.dataset.part}`;
      tile.ariaLabel = `Picture or video ${number + 1}: arrow keys move it`;
      tile.querySelector("[data-remove-media]").ariaLabel = `Remove picture or video ${number + 1}`;
    }
  }
  for (const one of form.querySelectorAll("[data-add-part]")) one.hidden = !canBeThread();
}

// Shown while any account that might be meant takes threads.
function canBeThread() {
  const meant = chosen();
  return (meant.length ? meant : data.connections).every((connection) => connection.thread);
}

/** Move a tile by one place; keeps the focus on it. */
export function nudge(tile, step) {
  const next = step < 0 ? tile.previousElementSibling : tile.nextElementSibling;
  if (!next?.matches("[data-media]")) return;
  if (step < 0) next.before(tile);
  else next.after(tile);
  tile.focus();
  renumber();
  changed();
}

function movePart(part, step) {
  const next = step < 0 ? part.previousElementSibling : part.nextElementSibling;
  if (!next) return;
  if (step < 0) next.before(part);
  else next.after(part);
  part.querySelector("textarea").focus();
}

form.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  const part = button?.closest("[data-part]");
  if (!button) return;
  if (button.matches("[data-add-part]")) addPart().querySelector("textarea").focus();
  else if (button.matches("[data-move]")) movePart(part, Number(button.dataset.move));
  else if (button.matches("[data-remove-part]")) removePart(part);
  else if (button.matches("[data-remove-media]")) button.closest("[data-media]").remove();
  else return;
  event.preventDefault();
  renumber();
  changed();
});

function removePart(part) {
  const near = part.previousElementSibling ?? part.nextElementSibling;
  part.remove();
  (near ?? addPart()).querySelector("textarea").focus();
}

form.addEventListener("keydown", (event) => {
  const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
  if (step && event.target.matches("[data-media]")) {
    event.preventDefault();
    nudge(event.target, step);
  }
});

// Tiles are dragged within a part and between parts.
let dragged = null;
form.addEventListener("dragstart", (event) => {
  dragged = event.target.closest?.("[data-media]");
  if (!dragged) return;
  event.dataTransfer.effectAllowed = "move";
  event.dataTransfer.setData("text/plain", "");
  dragged.dataset.dragging = "";
});
form.addEventListener("dragover", (event) => {
  const part = dragged && event.target.closest("[data-part]");
  if (!part) return;
  event.preventDefault();
  const tiles = [...part.querySelectorAll("[data-media]:not([data-dragging])")];
  const after = tiles.find((tile) => event.clientX < tile.getBoundingClientRect().left + tile.offsetWidth / 2);
  part.querySelector("[data-strip]").insertBefore(dragged, after ?? null);
});
form.addEventListener("dragend", () => {
  if (!dragged) return;
  delete dragged.dataset.dragging;
  dragged = null;
  renumber();
  changed();
});

form.addEventListener("input", changed);
form.addEventListener("change", (event) => {
  if (event.target.matches("[name=connections]")) renumber();
  changed();
});
renumber();
