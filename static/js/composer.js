// The composer's entry: what happens when the post changes, and when it is sent.
import { check, checkSoon } from "./checking.js";
import { countAll } from "./counters.js";
import "./describing.js";
import { showOwn } from "./own.js";
import { form } from "./parts.js";
import { draw } from "./preview.js";
import { toast } from "./toast.js";
import { uploading } from "./attaching.js";
import "./keeping.js";

form.addEventListener("composer:changed", () => {
  showOwn();
  countAll();
  draw();
  checkSoon();
});

// Before the module that keeps the text, so that what is held back here does not count as sent.
form.addEventListener("submit", (event) => {
  if (event.submitter?.value === "check") {
    event.preventDefault();
    check();
  } else if (event.submitter?.matches("[data-reread]")) {
    event.preventDefault();
    event.stopImmediatePropagation(); // nothing is sent, so what is typed is not done with
    check(event.submitter);
  } else if (uploading()) {
    event.preventDefault();
    toast("Wait a moment: a picture is still on its way up.", "warn");
  } else if (!navigator.onLine) {
    event.preventDefault();
    toast("You are offline. Your text is kept here; send it when the line is back.", "warn");
  }
}, true);

document.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || !(event.metaKey || event.ctrlKey) || document.querySelector("dialog[open]")) return;
  const button = form.querySelector("[data-send]") ?? form.querySelector("[value=draft]");
  event.preventDefault();
  form.requestSubmit(button);
});

countAll();
draw();
if (!form.matches("[data-answer]")) checkSoon();
