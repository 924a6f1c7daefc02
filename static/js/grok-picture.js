// A picture by Grok: asked for here, drawn elsewhere while one writes on, then attached, drawn again or discarded.
import { head, headers, meter, say, taken } from "./grok.js";
import { forget, keep, kept } from "./grok-kept.js";
import { addTile, changed, chosen, data, form, renumber } from "./parts.js";
import { toast } from "./toast.js";
import { target } from "./writing.js";

const NOBODY = "00000000-0000-0000-0000-000000000000";
const LOOK_MS = 2000;
const panel = document.querySelector("[data-grok-panel]");
const place = panel.querySelector("[data-picture-form]");
const prompt = place.querySelector("#grok-picture");
const error = place.querySelector("[data-draw-error]");
const button = place.querySelector("[data-draw-it]");
const shapes = [...place.querySelectorAll("[data-shape]")];
const lost = "There is no connection. Try again when you are back online.";
let begun = "";

// -- what is asked ------------------------------------------------------------------------------------------------------

/** Its task was chosen, or the post has changed since. */
export function begin() {
  if (prompt.value === begun) prompt.value = begun = head(target().value.trim(), 600); // until somebody changes it
  offer();
}

function offer() {
  const meant = new Set((chosen().length ? chosen() : data.connections).map(({ platform }) => platform));
  const suits = (shape) => shape.dataset.suits.split(" ").filter((slug) => meant.has(slug)).length;
  const best = Math.max(...shapes.map(suits));
  for (const shape of shapes) shape.hidden = Boolean(best) && !suits(shape);
  const now = shapes.find((shape) => shape.ariaPressed === "true" && !shape.hidden);
  press(now ?? shapes.find((shape) => suits(shape) === best));
}

function press(chosenShape) {
  for (const shape of shapes) shape.ariaPressed = shape === chosenShape;
}

place.addEventListener("click", (event) => {
  const shape = event.target.closest("[data-shape]");
  if (shape) press(shape);
});

button.addEventListener("click", async () => {
  if (button.ariaBusy === "true") return;
  const asked = { prompt: prompt.value.trim(), ratio: shapes.find((shape) => shape.ariaPressed === "true").dataset.shape };
  button.ariaBusy = "true";
  const sentence = await draw(asked);
  button.ariaBusy = null;
  error.hidden = !sentence;
  error.textContent = sentence;
  prompt.ariaInvalid = sentence ? "true" : null;
});

// The same question gets the same key until it is answered: who asks again because the line broke pays once.
let open = {};

async function draw(asked) {
  if (!asked.prompt) return "Say what the picture shows first.";
  const body = JSON.stringify(asked);
  if (open.body !== body) open = { body, key: crypto.randomUUID() };
  const withKey = { ...headers(), "Idempotency-Key": open.key };
  const answer = await fetch(place.dataset.draw, { method: "POST", headers: withKey, body }).catch(() => null);
  const told = await answer?.json().catch(() => ({}));
  if (answer) open = {};
  if (!answer?.ok) return told?.detail ?? lost;
  const row = { id: told.id, ...asked };
  keep(row);
  show(row);
  meter();
  return "";
}

// -- a picture ----------------------------------------------------------------------------------------------------------

function show(row) {
  const card = document.getElementById("grok-drawn").content.firstElementChild.cloneNode(true);
  const part = (name) => card.querySelector(`[data-${name}]`);
  part("name").textContent = `Picture, ${row.ratio}`;
  card.querySelector(".canvas").dataset.ratio = row.ratio;
  part("redraw").addEventListener("click", () => again(row, part));
  part("discard").addEventListener("click", () => discard(row, card, part));
  part("attach").addEventListener("click", () => attach(row, part));
  panel.querySelector("[data-answers]").prepend(card);
  if (form.hasAttribute("data-grok")) card.scrollIntoView({ block: "nearest" });
  look(row, card, part);
}

async function read(address) {
  const answer = await fetch(address, { headers: headers() }).catch(() => null);
  if (answer?.status === 404) return { state: "failed", error: "It is no longer there. Draw it again." };
  return answer?.ok ? answer.json().catch(() => null) : null;
}

async function look(row, card, part) {
  const told = await read(`${panel.dataset.generations}/${row.id}`);
  const media = told?.state === "done" ? await read(`${place.dataset.library}/${told.items[0].media}`) : null;
  if (!told || told.state === "running" || (told.state === "done" && !media)) {
    setTimeout(() => look(row, card, part), told ? LOOK_MS : 3 * LOOK_MS); // offline, too, it goes on being drawn
    return;
  }
  card.ariaBusy = null;
  if (told.credits !== undefined) part("cost").textContent = `${told.credits} credit${told.credits === 1 ? "" : "s"}`;
  if (media?.uid) done(row, card, part, media);
  else failed(row, card, part, media?.error ? media : told);
  meter();
}

function done(row, card, part, media) {
  Object.assign(row, { media: media.uid, src: media.preview_url });
  card.dataset.state = "done";
  part("picture").src = media.preview_url;
  part("picture").alt = row.prompt;
  part("alt").value = head(media.alt_text || row.prompt, part("alt").maxLength);
  for (const name of ["picture", "alt-field", "attach"]) part(name).hidden = false;
  end("The picture is drawn.", "good");
}

function failed(row, card, part, told) {
  card.dataset.state = "failed";
  wrong(part, [told.error, ...(told.problems ?? []).map(({ message }) => message)]);
  forget(row.id);
  end(told.error, "warn");
}

function wrong(part, sentences) {
  part("wrong").hidden = !sentences.length;
  part("wrong").replaceChildren(
    ...sentences.map((sentence) => Object.assign(document.createElement("li"), { className: "bad", textContent: sentence })),
  );
}

// Said once, at the end; to who has closed the panel, at the corner.
function end(sentence, tone) {
  if (form.hasAttribute("data-grok")) panel.querySelector("[data-said]").textContent = sentence;
  else toast(`${sentence} It waits under Grok.`, tone);
}

async function again({ prompt: words, ratio }, part) {
  part("redraw").ariaBusy = "true";
  const sentence = await draw({ prompt: words, ratio });
  part("redraw").ariaBusy = null;
  wrong(part, sentence ? [sentence] : []);
}

async function change(row, method, body) {
  const asked = { method, headers: headers(), ...(body && { body: JSON.stringify(body) }) };
  const answer = await fetch(data.urls.media.replace(NOBODY, row.media), asked).catch(() => null);
  if (answer?.ok || answer?.status === 404) return "";
  const told = await answer?.json().catch(() => ({}));
  return told?.detail ?? lost;
}

async function attach(row, part) {
  part("attach").ariaBusy = "true";
  const alt = part("alt").value.trim();
  const sentence = await change(row, "PATCH", { alt_text: alt });
  part("attach").ariaBusy = null;
  wrong(part, sentence ? [sentence] : []);
  if (sentence) return;
  const here = target().closest("[data-part]") ?? form.querySelector("[data-part]");
  const tile = addTile(here, { uid: row.media, kind: "image", src: row.src, alt });
  for (const name of ["attach", "discard", "alt-field"]) part(name).hidden = true;
  part("attached").hidden = false;
  forget(row.id);
  taken(row);
  renumber();
  changed();
  tile.focus();
}

async function discard(row, card, part) {
  const sentence = row.media ? await change(row, "DELETE") : "";
  if (sentence) return wrong(part, [sentence]);
  if (row.media) say(row.id, false);
  forget(row.id);
  card.remove();
  button.focus();
}

for (const row of kept()) show(row);
place.inert = false;
