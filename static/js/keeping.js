// What is typed is kept in this tab until the server has answered, so that no crash, no lost line and no wrong click loses it.
import { form, read, replaceParts } from "./parts.js";

const KEY = "composer:" + location.pathname + location.search;
const FIELDS = ["version", "when", "on", "at", "zone", "token"];
const value = (name) => new FormData(form).get(name);
const ownFields = () => [...form.querySelectorAll("[data-own] [name]")];

function snapshot() {
  const entry = { parts: read(), connections: new FormData(form).getAll("connections") };
  for (const name of FIELDS) entry[name] = value(name);
  entry.own = ownFields().map(({ name, value: typed }) => [name, typed]).filter(([, typed]) => typed);
  return entry;
}

const content = ({ parts, connections, when, own = [] }) =>
  JSON.stringify([parts.map(({ text, media }) => [text, media.map(({ uid }) => uid)]), connections, when, own]);

function keep(extra = {}) {
  sessionStorage.setItem(KEY, JSON.stringify({ ...snapshot(), ...extra }));
}

function restore(entry) {
  replaceParts(entry.parts);
  for (const box of form.querySelectorAll("[name=connections]")) box.checked = entry.connections.includes(box.value);
  for (const name of FIELDS) {
    const field = form.elements[name];
    if (field && entry[name] != null) field.value = entry[name];
  }
  const own = [...(entry.own ?? [])]; // a poll has several fields of one name
  for (const field of ownFields()) {
    const at = own.findIndex(([name]) => name === field.name);
    field.value = at < 0 ? "" : own.splice(at, 1)[0][1];
  }
  form.querySelector("[data-restored]").hidden = false;
}

// The openings of the composer that the server answered last, and their posts: what was sent from them is no longer needed.
const answered = () => document.cookie.match(/(?:^|; )composed=([^;]*)/)?.[1].split(".").map((each) => each.split(":")[0]) ?? [];

function start() {
  const entry = JSON.parse(sessionStorage.getItem(KEY));
  // After an answer to what was sent, the page holds everything that was typed.
  if (!entry || form.matches("[data-answer]")) return;
  const wasSaved = entry.sent && answered().includes(entry.token);
  if (wasSaved || content(entry) === content(snapshot())) return sessionStorage.removeItem(KEY);
  restore(entry);
}

form.addEventListener("composer:changed", () => {
  const { token } = form.elements;
  // Going back to a form that was answered and changing it is writing another post.
  if (answered().includes(token.value)) token.value = `${Date.now()}-${crypto.getRandomValues(new Uint32Array(1))[0]}`;
  keep();
});
form.addEventListener("submit", (event) => {
  if (!event.defaultPrevented) keep({ sent: true });
});
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-forget], [data-forget-and-go]");
  if (!button) return;
  sessionStorage.removeItem(KEY);
  if (button.matches("[data-forget]")) location.reload();
});

const offline = form.querySelector("[data-offline]");
const tell = () => (offline.hidden = navigator.onLine);
addEventListener("online", tell);
addEventListener("offline", tell);
tell();
start();
