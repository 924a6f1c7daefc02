// The way into the panel of Grok. Its scripts are fetched when somebody opens it, chooses a picture or lists a feed.
import { kept } from "./grok-kept.js";
import { form } from "./parts.js";
import { toast } from "./toast.js";
import "./writing.js";

const panel = document.querySelector("[data-grok-panel]");
const button = form.querySelector("header [data-grok-toggle]");

/** The module; null, and a sentence, where it does not arrive. */
async function arrived(module) {
  try {
    return await module;
  } catch {
    toast("That part of the page did not arrive. Try again, or load the page anew: your text is kept in this tab.", "warn");
    return null;
  }
}

async function toggle(opens) {
  button.ariaBusy = opens ? "true" : null;
  const grok = opens && (await arrived(import("./grok.js")));
  button.ariaBusy = null;
  if (opens && !grok) return;
  form.toggleAttribute("data-grok", opens);
  for (const each of form.querySelectorAll("[data-grok-toggle]")) each.ariaExpanded = opens;
  if (opens) grok.opened();
  else button.focus();
}

form.addEventListener("click", (event) => {
  if (event.target.closest("[data-grok-toggle]")) toggle(!form.hasAttribute("data-grok"));
});
panel.addEventListener("keydown", (event) => {
  if (event.key === "Escape") toggle(false);
});

panel.addEventListener("grok:task", async ({ detail }) => {
  if (detail.kind === "drawing") (await arrived(import("./grok-picture.js")))?.begin();
});

const listFeed = async () => (await arrived(import("./grok-feed.js")))?.look();
panel.querySelector("[data-list-feed]")?.addEventListener("click", listFeed);
panel.addEventListener("grok:feed", listFeed);

// What is being drawn goes on, and says so, without the panel.
if (panel.querySelector("[data-picture-form]") && kept().length) arrived(import("./grok-picture.js"));
