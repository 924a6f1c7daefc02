// The panel of Grok: choose a task, see its words come, and put them where they belong. What was there is one Undo away.
import { ask } from "./grok-stream.js";
import { addPart, changed, chosen, data, form, read, replaceParts } from "./parts.js";
import { target } from "./writing.js";

const panel = document.querySelector("[data-grok-panel]");
const find = (selector) => panel.querySelector(selector);
const csrf = () => form.elements.csrfmiddlewaretoken.value;
export const headers = () => ({ "Content-Type": "application/json", "X-CSRFToken": csrf(), "Multivio-Workspace": panel.dataset.workspace });
const undone = [];

// -- being open ---------------------------------------------------------------------------------------------------------

export function opened() {
  find("[data-ask]")?.focus();
  fit();
  meter();
}

panel.addEventListener("keydown", (event) => {
  // Enter in a line of the panel asks; it must not send the post.
  if (event.key === "Enter" && event.target.matches("input")) {
    event.preventDefault();
    find("[data-ask]").click();
  }
});
// What is typed in the panel is no change of the post.
for (const name of ["input", "change"]) panel.addEventListener(name, (event) => event.stopPropagation());

export async function meter() {
  const place = find("[data-credits]");
  const answer = await fetch(panel.dataset.usage, { headers: { "Multivio-Workspace": panel.dataset.workspace } }).catch(() => null);
  if (!answer?.ok) return;
  const { left, allowed, bought } = await answer.json();
  const more = bought ? ` and ${bought.toLocaleString("en")} bought` : "";
  place.textContent = `${left.toLocaleString("en")} of ${allowed.toLocaleString("en")} credits${more} left`;
}

// -- what is asked ------------------------------------------------------------------------------------------------------

const task = () => find("[data-task][aria-pressed=true]");
form.addEventListener("composer:changed", () => form.hasAttribute("data-grok") && fit());

// What a task takes besides its own needs.
const ALSO = { repurpose: ["link", "material"], replies: ["material"] };
const WORKS_ON = { repurpose: "Without either, it works on the text you are in.", replies: "Your post stays as it is." };

function fit() {
  const now = task();
  if (!now) return;
  const { needs, shape, kind, task: slug } = now.dataset;
  find("[data-words-form]").hidden = kind === "drawing";
  find("[data-picture-form]").hidden = kind !== "drawing";
  panel.dispatchEvent(new CustomEvent("grok:task", { detail: now.dataset }));
  // Without any account there is no platform to fit a text to.
  for (const chip of panel.querySelectorAll("[data-needs^=platform]")) chip.hidden = !data.connections.length;
  if (now.hidden) return panel.querySelector("[data-task]:not([hidden])").click();
  for (const one of panel.querySelectorAll("[data-need]")) {
    one.hidden = one.dataset.need !== needs && !ALSO[slug]?.includes(one.dataset.need);
  }
  find("[data-material-label]").textContent = slug === "replies" ? "The comment" : "Or paste a text";
  find("[data-works-on]").textContent = WORKS_ON[slug] ?? "Works on the text you are in.";
  find("[data-change-label]").textContent = slug === "generate" ? "About what?" : slug in ALSO ? "Wishes" : "Ask for a change";
  find("[data-two]").hidden = shape !== "text";
  const meant = chosen().length ? chosen() : data.connections;
  const platforms = [...new Map(meant.map((one) => [one.platform, one.platformName]))];
  const select = find("#grok-platform");
  const before = select.value;
  select.replaceChildren(...platforms.map(([value, name]) => new Option(name, value, false, value === before)));
  find("[data-for]").hidden = needs !== "platform" || platforms.length < 2;
}

panel.addEventListener("click", (event) => {
  const chip = event.target.closest("[data-task]");
  if (!chip) return;
  for (const other of panel.querySelectorAll("[data-task]")) other.ariaPressed = other === chip;
  fit();
  foresee();
});

// What a large job would cost at most is said before it begins.
async function foresee() {
  const place = find("[data-estimated]");
  place.textContent = "";
  const now = task();
  if (["text", "picture"].includes(now.dataset.shape) || !order().text.trim()) return;
  const answer = await fetch(panel.dataset.estimate, { method: "POST", headers: headers(), body: JSON.stringify(order()) }).catch(() => null);
  if (!answer?.ok || task() !== now) return;
  const { credits } = await answer.json();
  place.textContent = `Costs at most ${credits} credit${credits === 1 ? "" : "s"}.`;
}

function order() {
  const now = task().dataset;
  const value = (id) => find(id).value.trim();
  const change = value("#grok-change");
  const body = { task: now.task, text: now.kind === "transform" ? textFor(now) : "" };
  if (now.task === "generate") body.text = change || target().value;
  else if (now.task === "replies") body.text = value("#grok-material");
  else if (now.task === "repurpose" && !value("#grok-link")) body.text = value("#grok-material") || target().value;
  if (change && now.task !== "generate") body.change = change;
  if (now.needs === "tone") body.tone = value("#grok-tone") || "warm";
  if (now.needs === "language") body.language = value("#grok-language") || "English";
  if (now.task === "repurpose" && value("#grok-link")) {
    body.link = value("#grok-link");
    const { entry } = find("#grok-link").dataset;
    if (entry) body.entry = entry;
  }
  const own = target().closest("[data-own]")?.dataset.own;
  const account = data.connections.find((one) => one.uid === own);
  const platforms = [...new Set((chosen().length ? chosen() : data.connections).map((one) => one.platform))];
  if (now.needs === "platforms") body.platforms = platforms;
  else if (account) body.connection = account.uid;
  else if (now.needs === "platform") body.platforms = [find("#grok-platform").value].filter(Boolean);
  else if (chosen().length === 1) body.connection = chosen()[0].uid;
  return body;
}

// A thread is made of all the words there are, everything else of the field one is in.
const textFor = ({ shape }) => (shape === "parts" ? read().map(({ text }) => text).filter(Boolean).join("\n\n") : target().value);

find("[data-ask]")?.addEventListener("click", () => {
  const body = order();
  const two = !find("[data-two]").hidden && find("#grok-two").checked;
  const choice = two ? { choice: crypto.randomUUID() } : {};
  start(body, choice);
  if (two) start(body, { ...choice, version: 2 });
});

// -- an answer ----------------------------------------------------------------------------------------------------------

function start(body, extra = {}, before = "", { name, shape } = { name: task().textContent, shape: task().dataset.shape }) {
  const card = document.getElementById("grok-answer").content.firstElementChild.cloneNode(true);
  const part = (name) => card.querySelector(`[data-${name}]`);
  const stopping = new AbortController();
  const made = { body, extra, name, shape, target: target(), id: null, card };
  part("name").textContent = name;
  part("flow").textContent = before;
  find("[data-answers]").prepend(card);
  part("stop").addEventListener("click", () => stopping.abort());
  part("again").addEventListener("click", () => start(body, extra, before, made));
  part("insert").addEventListener("click", () => use(made, insert));
  part("replace").addEventListener("click", () => use(made, replace));
  part("go-on").addEventListener("click", () => goOn(made));
  addEventListener("pagehide", () => stopping.abort());

  function end(sentence, result, more) {
    card.dataset.state = "done";
    card.ariaBusy = null;
    made.result = result ?? { text: part("flow").textContent, items: [], problems: [] };
    made.id = result?.id ?? made.id;
    if (result?.items?.length) several(made);
    if (result?.credits) part("cost").textContent = `${result.credits} credit${result.credits === 1 ? "" : "s"}`;
    made.told = [...(made.result.problems ?? []), ...(sentence ? [{ message: sentence, severity: "error", more }] : [])];
    wrong(part("wrong"), made.told);
    const text = part("flow").textContent;
    for (const one of ["replace", "insert"]) part(one).hidden = !text && !(one === "replace" && shape === "parts" && result);
    find("[data-said]").textContent = sentence || `${name}: done.`;
    meter();
  }

  ask({
    url: panel.dataset.stream,
    workspace: panel.dataset.workspace,
    csrf: csrf(),
    body: { ...body, ...extra },
    signal: stopping.signal,
    on: {
      begun: ({ id, voice }) => {
        made.id = id;
        if (voice) part("voice").textContent = `Brand voice: ${voice}`;
      },
      words: ({ text }) => part("flow").append(text),
      again: () => (part("flow").textContent = before),
      done: (result) => {
        part("flow").textContent = result.items.length ? "" : before + result.text;
        end("", result);
      },
      error: ({ code, detail, result, more }) => {
        if (code === "link_is_feed") panel.dispatchEvent(new CustomEvent("grok:feed"));
        part("go-on").hidden = !part("flow").textContent;
        end(detail, result && { ...result, text: before + result.text }, more);
      },
      stopped: () => end(part("flow").textContent ? "Stopped. What came is kept." : "Stopped."),
    },
  });
}

function goOn(made) {
  const { body, extra, card } = made;
  const before = card.querySelector("[data-flow]").textContent;
  card.remove();
  start({ ...body, change: `Continue right after these words, without repeating them: ${tail(before, 160)}` }, extra, before, made);
}

// By whole signs: half of one is no text, and refused.
const tail = (text, most) => [...text].slice(-most).join("");
export const head = (text, most) => [...text].slice(0, most).join("");

function wrong(list, problems) {
  list.hidden = !problems.length;
  list.replaceChildren(
    ...problems.map(({ message, severity, more }) => {
      const line = document.createElement("li");
      line.className = severity === "error" ? "bad" : "";
      line.textContent = message;
      if (more) line.append(" ", Object.assign(document.createElement("a"), { href: more, target: "_blank", rel: "noopener", textContent: "Buy credits" }));
      return line;
    }),
  );
}

// Results with parts: each can be used by itself.
function several(made) {
  const list = made.card.querySelector("[data-several]");
  list.hidden = false;
  list.replaceChildren(
    ...made.result.items.map((item) => {
      const line = document.createElement("li");
      const words = document.createElement("span");
      const name = data.connections.find((one) => one.platform === item.platform)?.platformName;
      words.textContent = name ? `${name}: ${item.text}` : item.text;
      const button = document.createElement("button");
      button.type = "button";
      button.className = "btn small";
      const isForElsewhere = made.body.task === "replies";
      button.textContent = isForElsewhere ? "Copy" : "Use";
      button.addEventListener("click", () => (isForElsewhere ? copy(made, item, button) : use(made, (kept) => useItem(kept, item))));
      line.append(words, ...(made.shape === "parts" ? [] : [button]));
      return line;
    }),
  );
}

async function copy({ id }, { text }, button) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    getSelection().selectAllChildren(button.previousElementSibling);
    button.textContent = "Press Ctrl+C"; // not allowed here: what is selected can still be copied by hand
    return;
  }
  button.textContent = "Copied";
  if (id) say(id, true);
}

// -- putting it where it belongs, and taking it back -------------------------------------------------------------------

function use(made, act) {
  const before = snapshot();
  const missing = act(made);
  wrong(made.card.querySelector("[data-wrong]"), [...made.told, ...(missing ? [{ message: missing, severity: "error" }] : [])]);
  if (missing) return;
  undone.push({ ...before, added: made.id ? taken(made) : null });
  find("[data-undo]").hidden = false;
  changed();
}

function snapshot() {
  const words = [...form.querySelectorAll("[data-own-words]")].map((each) => [each, each.value]);
  return { parts: read(), words };
}

/** The field that says so to the server; null where there is one already. */
export function taken({ id }) {
  say(id, true);
  if ([...form.querySelectorAll("[name=generation]")].some((one) => one.value === id)) return null;
  const kept = Object.assign(document.createElement("input"), { type: "hidden", name: "generation", value: id });
  form.append(kept);
  return kept;
}

export function say(id, isTaken) {
  // Nobody waits for it, and nothing is lost without it.
  fetch(`${panel.dataset.generations}/${id}/taken`, { method: "POST", headers: headers(), body: JSON.stringify({ taken: isTaken }) }).catch(() => {});
}

const here = (made) => (form.contains(made.target) ? made.target : target());

function write(area, text) {
  area.value = text;
  const fold = area.closest("details");
  if (fold) fold.open = true;
}

function replace(made) {
  if (made.shape === "parts" && made.result.items.length) return splitInto(made.result.items);
  write(here(made), made.card.querySelector("[data-flow]").textContent);
}

function insert(made) {
  const area = here(made);
  const text = made.card.querySelector("[data-flow]").textContent;
  const at = area.selectionStart || area.value.length;
  const gap = area.value.slice(0, at).trim() ? "\n\n" : "";
  write(area, area.value.slice(0, at).trimEnd() + gap + text + area.value.slice(at));
}

function useItem(made, item) {
  if (item.platform) return useFor(item);
  const area = here(made);
  if (made.shape === "hashtags") write(area, `${area.value.trimEnd()} ${item.text}`.trim());
  else write(area, `${item.text}\n\n${area.value}`.trim());
}

/** The words for one platform, on its chosen accounts. Which those are is no decision of Grok's: without any, it says so. */
function useFor({ platform, text }) {
  const accounts = chosen().filter((one) => one.platform === platform);
  const name = data.connections.find((one) => one.platform === platform)?.platformName;
  if (!accounts.length) return `Choose an account on ${name ?? platform} first: these words are for there.`;
  for (const { uid } of accounts) write(form.querySelector(`[data-own="${uid}"] [data-own-words]`), text);
}

// The media stay with the part they were at.
function splitInto(items) {
  const media = read().map((part) => part.media);
  const parts = items.map(({ text }, at) => ({ text, media: media[at] ?? [] }));
  parts.at(-1).media.push(...media.slice(items.length).flat());
  replaceParts(parts);
}

find("[data-undo-last]")?.addEventListener("click", () => {
  const before = undone.pop();
  find("[data-undo]").hidden = !undone.length;
  if (!before) return;
  const areas = [...form.querySelectorAll("textarea.writing")];
  if (areas.length === before.parts.length) areas.forEach((area, at) => (area.value = before.parts[at].text));
  else replaceParts(withNewer(before.parts));
  if (!form.querySelector("[data-part]")) addPart();
  for (const [area, value] of before.words) area.value = value;
  if (before.added) say(before.added.value, false);
  before.added?.remove();
  changed();
});

// What was attached since then is no word, and stays: at its part, or at the last.
function withNewer(parts) {
  const known = new Set(parts.flatMap(({ media }) => media.map(({ uid }) => uid)));
  for (const [at, { media }] of read().entries()) parts[Math.min(at, parts.length - 1)].media.push(...media.filter(({ uid }) => !known.has(uid)));
  return parts;
}

fit();
