// Asks the server, which knows every rule, what stands in the way; its lists take the places of their namesakes.
import { data, form, read } from "./parts.js";

const PAUSE_MS = 450;
let timer = 0;
let asking = null;

export function checkSoon() {
  clearTimeout(timer);
  timer = setTimeout(check, PAUSE_MS);
}

export async function check() {
  clearTimeout(timer);
  asking?.abort();
  if (read().every((part) => !part.text.trim() && !part.media.length)) return clear();
  asking = new AbortController();
  const sent = new FormData(form);
  try {
    const answer = await fetch(data.urls.check, { method: "POST", body: sent, signal: asking.signal });
    if (answer.ok && !answer.redirected) put(await answer.text());
  } catch (error) {
    // Without a line there is nothing to say: counters go on, and the server checks again when it is sent.
    if (error.name !== "AbortError" && !(error instanceof TypeError)) throw error;
  }
}

function put(html) {
  const answer = new DOMParser().parseFromString(html, "text/html");
  for (const fresh of answer.body.querySelectorAll("[id]")) {
    const old = document.getElementById(fresh.id);
    if (old && old.outerHTML !== fresh.outerHTML) old.replaceWith(fresh);
  }
  mark();
}

function clear() {
  for (const list of form.querySelectorAll("[data-problems]")) {
    list.replaceChildren();
    list.hidden = true;
  }
  mark();
}

function mark() {
  for (const part of form.querySelectorAll("[data-part]")) {
    const isWrong = part.querySelector(".problems .bad a[href^='#text-']");
    part.querySelector("textarea").ariaInvalid = isWrong ? "true" : null;
  }
  // What stands in the way may not hide in a fold.
  for (const own of form.querySelectorAll("[data-own]:not([hidden], [open])")) own.open = !!own.querySelector(".problems .bad");
}

// A link of a problem goes to its field, and puts the cursor into it.
form.addEventListener("click", (event) => {
  const link = event.target.closest("[data-problems] a");
  const target = link && document.querySelector(link.hash);
  if (!target) return;
  event.preventDefault();
  target.scrollIntoView({ block: "nearest" });
  target.focus();
  if (link.matches("[data-describe-link]")) target.querySelector("[data-describe]")?.click();
});
