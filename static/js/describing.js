// The alt text of a picture: a dialog that saves at once, apart from the post.
import { changed, data, describe, form, nudge } from "./parts.js";

const NOBODY = "00000000-0000-0000-0000-000000000000";
const dialog = document.getElementById("describe");
const text = dialog.querySelector("[data-alt-text]");
const left = dialog.querySelector("[data-alt-left]");
const error = dialog.querySelector("[data-alt-error]");
let tile = null;

function say(sentence) {
  error.hidden = !sentence;
  error.querySelector("span").textContent = sentence;
}

function countDown() {
  left.textContent = (text.maxLength - text.value.length).toLocaleString("en");
}

form.addEventListener("click", (event) => {
  const button = event.target.closest("[data-describe]");
  if (!button) return;
  tile = button.closest("[data-media]");
  const picture = tile.querySelector("img");
  dialog.querySelector("[data-describe-picture]").src = picture.src;
  text.value = picture.alt;
  say("");
  countDown();
  dialog.showModal();
  text.focus();
});

async function save() {
  const address = data.urls.media.replace(NOBODY, tile.dataset.media);
  const headers = { "Content-Type": "application/json", "X-CSRFToken": form.elements.csrfmiddlewaretoken.value };
  const answer = await fetch(address, { method: "PATCH", headers, body: JSON.stringify({ alt_text: text.value.trim() }) });
  if (answer.ok) return "";
  const problem = await answer.json().catch(() => ({}));
  return problem.detail ?? "It could not be saved. Try again.";
}

dialog.querySelector("[data-describe-form]").addEventListener("submit", async (event) => {
  event.preventDefault();
  const button = dialog.querySelector("[data-save-alt]");
  button.ariaBusy = "true";
  const sentence = await save().catch(() => "There is no connection. Your words are still here; try again.");
  button.ariaBusy = null;
  say(sentence);
  if (sentence) return;
  describe(tile, text.value.trim());
  dialog.close();
  changed();
});

text.addEventListener("input", countDown);
text.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.metaKey || event.ctrlKey)) dialog.querySelector("[data-save-alt]").click();
});
dialog.addEventListener("click", (event) => {
  const button = event.target.closest("[data-nudge]");
  if (button && tile) nudge(tile, Number(button.dataset.nudge));
});
dialog.addEventListener("close", () => tile?.querySelector("[data-describe]")?.focus());
