// A feed in the panel of Grok: its entries are listed, and one of them is what the task works on.
import { headers } from "./grok.js";

const panel = document.querySelector("[data-grok-panel]");
const link = panel.querySelector("#grok-link");
const button = panel.querySelector("[data-list-feed]");
const list = panel.querySelector("[data-feed]");
const error = panel.querySelector("[data-feed-error]");

function say(sentence) {
  error.hidden = !sentence;
  error.textContent = sentence;
}

function forget() {
  delete link.dataset.entry;
  list.hidden = true;
  list.replaceChildren();
  say("");
}

export async function look() {
  forget();
  if (!link.value.trim()) return say("Put in the address of a feed first.");
  button.ariaBusy = "true";
  const body = JSON.stringify({ link: link.value.trim() });
  const answer = await fetch(button.dataset.listFeed, { method: "POST", headers: headers(), body }).catch(() => null);
  button.ariaBusy = null;
  const told = await answer?.json().catch(() => ({}));
  if (!answer?.ok) return say(told?.errors?.[0]?.message ?? told?.detail ?? "There is no connection. Try again when you are back online.");
  const lines = told.entries.length ? told.entries.map(entryLine) : told.feeds.map(feedLine);
  list.ariaLabel = told.entries.length ? `Entries of ${told.title || "the feed"}` : "Feeds of this page";
  list.replaceChildren(...lines);
  list.hidden = false;
  (list.querySelector("[aria-pressed=true]") ?? lines[0]).focus();
}

function line(title, under) {
  const made = document.createElement("button");
  made.type = "button";
  const words = document.createElement("span");
  words.textContent = title;
  const small = document.createElement("span");
  small.className = "meta";
  small.textContent = under;
  made.append(words, ...(under ? [small] : []));
  return made;
}

function entryLine({ id, title, published_at: at }, number) {
  const made = line(title, at ? new Date(at).toLocaleDateString("en-GB", { day: "numeric", month: "long", year: "numeric" }) : "");
  const choose = () => {
    for (const other of list.children) other.ariaPressed = other === made;
    link.dataset.entry = id;
  };
  made.addEventListener("click", choose);
  made.ariaPressed = "false";
  if (!number) queueMicrotask(choose); // the newest, until somebody says otherwise
  return made;
}

function feedLine({ title, link: address }) {
  const made = line(title, "Feed of this page");
  made.addEventListener("click", () => {
    link.value = address;
    look();
  });
  return made;
}

link.addEventListener("input", forget);
