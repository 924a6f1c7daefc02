// Everything we expect of htmx, so that its next version is a change of this file. The rest is in the htmx-config meta.
import { toast } from "./toast.js";

const token = () => document.querySelector("meta[name=csrf-token]")?.content ?? "";

document.addEventListener("htmx:configRequest", (event) => {
  event.detail.headers["X-CSRFToken"] = token();
});

// A part that looks by itself looks again soon: nobody has to be told of each time that it could not.
const asksAgain = (event) => event.target.closest?.("[data-moving]");

document.addEventListener("htmx:responseError", (event) => {
  if (asksAgain(event)) return;
  const { status } = event.detail.xhr;
  if (status === 403) return toast("Not done: you may not do this, or you signed in again since. Reload the page.", "bad");
  if (status === 404) return toast("Not done: it is no longer there. Reload the page.", "bad");
  if (status === 429) return toast("Not done: too many requests. Wait a minute.", "warn");
  toast("Not done: something broke on our side. Nothing was changed.", "bad");
});

for (const name of ["htmx:sendError", "htmx:timeout"]) {
  document.addEventListener(name, (event) => {
    if (!asksAgain(event)) toast("Not done: no connection. Try again when you are back online.", "bad");
  });
}
