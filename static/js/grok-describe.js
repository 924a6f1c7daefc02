// An alt text by Grok, put into the field to look at: nothing is saved until a person does.
import { form } from "./parts.js";

const dialog = document.getElementById("describe");
const button = dialog.querySelector("[data-describe-with-grok]");
const text = dialog.querySelector("[data-alt-text]");
const error = dialog.querySelector("[data-alt-error]");

const shown = () => dialog.querySelector("[data-describe-picture]").src;
const tile = () => [...form.querySelectorAll("[data-media]")].find((one) => one.querySelector("img").src === shown());

function say(sentence) {
  error.hidden = !sentence;
  error.querySelector("span").textContent = sentence;
}

button.addEventListener("click", async () => {
  const media = tile()?.dataset.media;
  const picture = shown();
  button.ariaBusy = "true";
  say("");
  const headers = {
    "Content-Type": "application/json",
    "X-CSRFToken": form.elements.csrfmiddlewaretoken.value,
    "Multivio-Workspace": button.dataset.workspace,
  };
  const asked = { method: "POST", headers, body: JSON.stringify({ media }) };
  const answer = await fetch(button.dataset.describeWithGrok, asked).catch(() => null);
  button.ariaBusy = null;
  if (!dialog.open || picture !== shown()) return; // another picture by now
  const told = await answer?.json().catch(() => ({}));
  if (!answer?.ok) return say(told?.detail ?? "There is no connection. Try again when you are back online.");
  text.value = told.text;
  text.dispatchEvent(new Event("input", { bubbles: true }));
  text.focus();
});
