// Asks the server, which knows every rule, what stands in the way; its lists take the places of their namesakes.
import { chosen, data, form, read } from "./parts.js";

const PAUSE_MS = 450;
let timer = 0;
let asking = null;

export function checkSoon() {
  clearTimeout(timer);
  timer = setTimeout(check, PAUSE_MS);
}

// Accounts whose platform has been asked on this page what they may do.
const asked = new Set();

/** Chosen accounts whose platform wants to be asked, and has not been yet. */
function unasked() {
  return chosen().filter(({ uid, isAsked }) => isAsked && !asked.has(uid));
}

/** `button`: the one that was pressed, where its name and value are a part of the question. */
export async function check(button = null) {
  clearTimeout(timer);
  asking?.abort();
  const wantsSlot = form.querySelector("[name=when][value=next]:checked"); // which one, depends on the accounts alone
  if (!button && !wantsSlot && !unasked().length && read().every((part) => !part.text.trim() && !part.media.length)) return clear();
  asking = new AbortController();
  const sent = new FormData(form, button);
  for (const { uid } of unasked()) asked.add(uid);
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
    // Fields are left alone while they offer the same.
    if (old?.dataset.offers) {
      if (old.dataset.offers !== fresh.dataset.offers) offer(old, fresh);
    } else if (old && !old.closest("[data-offers]") && old.outerHTML !== fresh.outerHTML) old.replaceWith(fresh);
  }
  mark();
}

/** Other choices, with what was typed meanwhile. */
function offer(old, fresh) {
  const typed = new Map([...old.querySelectorAll("[name]")].map(({ name, value }, at) => [`${name} ${at}`, value]));
  for (const [at, field] of [...fresh.querySelectorAll("[name]")].entries()) {
    const value = typed.get(`${field.name} ${at}`) ?? field.value;
    const isThere = !field.options || [...field.options].some((one) => one.value === value);
    field.value = isThere ? value : "";
  }
  old.replaceWith(fresh);
  form.dispatchEvent(new CustomEvent("composer:changed"));
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
