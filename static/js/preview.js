// The post as the platform will show it. One card for each part and account; platforms without a drawing of their own share
// a plain one that shows what will be there: words, pictures in order, and what is cut.
import { links, weighted } from "./counting.js";
import { drawings } from "./drawings.js";
import { entriesOf, partsFor } from "./own.js";
import { chosen, data, form, made, read } from "./parts.js";

const FOLD = 280; // longer posts are folded in X's timeline
const SHOWN_URL = 26;
const MENTION = /(?<![\w@/])@\w{1,15}(?![\w@])/g;
const HASHTAG = /(?<![\p{L}\p{N}_&])[#＃][\p{L}\p{N}_]*[\p{L}][\p{L}\p{N}_]*/gu;
const CASHTAG = /(?<![\w$])\$[A-Za-z]{1,6}(?:[._][A-Za-z]{1,2})?(?!\w)/g;
const place = form.querySelector("[data-previews]");
const nothing = place.firstElementChild;

/** How X shows a link: without protocol and www, cut after 26 letters. */
export function shownUrl(url) {
  const bare = url.replace(/^https?:\/\/(www\.)?/i, "");
  return bare.length > SHOWN_URL ? `${bare.slice(0, SHOWN_URL)}…` : bare;
}

/** [{start, length, shown}] of everything that X colours in a text, in order. */
export function coloured(text) {
  const urls = links(text).map(({ start, length }) => ({ start, length, shown: shownUrl(text.substr(start, length)) }));
  const inUrl = (at) => urls.some(({ start, length }) => at >= start && at < start + length);
  const words = [MENTION, HASHTAG, CASHTAG].flatMap((pattern) =>
    [...text.matchAll(pattern)].map(({ 0: shown, index }) => ({ start: index, length: shown.length, shown })));
  return [...urls, ...words.filter((word) => !inUrl(word.start))].sort((a, b) => a.start - b.start);
}

function write(target, text) {
  target.replaceChildren();
  let at = 0;
  for (const { start, length, shown } of coloured(text)) {
    target.append(text.slice(at, start), link(shown));
    at = start + length;
  }
  target.append(text.slice(at));
}

function link(shown) {
  const span = document.createElement("span");
  span.className = "link";
  span.textContent = shown;
  return span;
}

function folded(text) {
  if (weighted(text) <= FOLD) return text;
  let end = FOLD;
  while (weighted(text.slice(0, end)) > FOLD) end -= 8;
  return `${text.slice(0, end).trimEnd()}…`;
}

function pictures(target, media) {
  target.hidden = media.length === 0;
  target.dataset.count = Math.min(media.length, 4);
  target.replaceChildren(...media.slice(0, 4).map(framed));
}

function framed(item) {
  const frame = document.createElement("span");
  const picture = document.createElement("img");
  picture.src = item.src;
  picture.alt = item.alt;
  frame.append(picture);
  if (item.alt) frame.append(badge("ALT"));
  if (item.kind !== "image") frame.append(badge({ gif: "GIF", document: "PDF" }[item.kind] ?? "▶", "end"));
  return frame;
}

function badge(text, css = "") {
  const small = document.createElement("span");
  small.className = `badge ${css}`;
  small.textContent = text;
  return small;
}

function face(connection) {
  const avatar = form.querySelector(`[name=connections][value="${connection.uid}"] + .avatar`).cloneNode(true);
  avatar.querySelector(".mark")?.remove();
  return avatar;
}

drawings.x = asX;

function card(connection, part, at) {
  return (drawings[connection.platform] ?? plain)(connection, part, { ...at, face, pictures, picture: framed });
}

function asX(connection, part, { isFirst, isLast, isEmpty }) {
  const drawn = made("x-template");
  drawn.querySelector("[data-face]").replaceChildren(face(connection));
  drawn.querySelector("[data-name]").textContent = connection.name || connection.username;
  drawn.querySelector("[data-handle]").textContent = `@${connection.username}`;
  drawn.querySelector("[data-tick]").hidden = !connection.verified;
  const text = drawn.querySelector("[data-text]");
  if (isEmpty) text.append("…");
  else write(text, folded(part.text.trim()));
  drawn.querySelector("[data-more]").hidden = weighted(part.text.trim()) <= FOLD;
  text.hidden = !isEmpty && !part.text.trim();
  pictures(drawn.querySelector("[data-pics]"), part.media);
  if (isFirst && !part.media.length) asked(drawn, connection.uid);
  if (!isLast) drawn.dataset.threaded = "";
  return drawn;
}

/** The poll under the first part, where there is one. */
function asked(drawn, uid) {
  const answers = entriesOf(uid, "poll");
  if (!answers.length) return;
  drawn.querySelector("[data-ask]").hidden = false;
  drawn.querySelector("[data-answers]").replaceChildren(...answers.map((words) => {
    const answer = document.createElement("li");
    answer.textContent = words;
    return answer;
  }));
  const minutes = Number(form.querySelector(`[name="option-${uid}-poll_minutes"]`)?.value) || 1440;
  drawn.querySelector("[data-open]").textContent = `0 votes · ${lasting(minutes)} left`;
}

function lasting(minutes) {
  const [number, unit] = minutes >= 1440 ? [minutes / 1440, "day"] : minutes >= 60 ? [minutes / 60, "hour"] : [minutes, "minute"];
  const whole = Math.floor(number);
  return `${whole} ${unit}${whole === 1 ? "" : "s"}`;
}

const FOLDS = { facebook: 477 };

function plain(connection, part, { isEmpty }) {
  const drawn = made("any-template");
  drawn.querySelector("[data-face]").replaceChildren(face(connection));
  drawn.querySelector("[data-name]").textContent = connection.name || connection.username;
  drawn.querySelector("[data-handle]").textContent = connection.username ? `@${connection.username}` : connection.platformName;
  const words = part.text.trim();
  const fold = FOLDS[connection.platform] ?? Infinity;
  const text = drawn.querySelector("[data-text]");
  text.textContent = isEmpty ? "…" : words.length > fold ? `${words.slice(0, fold).trimEnd()}…` : words;
  text.hidden = !isEmpty && !words;
  drawn.querySelector("[data-more]").hidden = words.length <= fold;
  drawn.querySelector("[data-note]").textContent = `A sketch: ${connection.platformName} decides on fonts and spacing.`;
  pictures(drawn.querySelector("[data-pics]"), part.media);
  return drawn;
}

/** Draw everything anew: a few cards, so nothing is worth keeping. */
export function draw() {
  const parts = read();
  const accounts = chosen();
  if (!accounts.length) return place.replaceChildren(nothing);
  place.replaceChildren(...accounts.map((connection) => {
    const thread = document.createElement("section");
    thread.className = "thread";
    thread.ariaLabel = `On ${connection.platformName}, ${connection.username ? `@${connection.username}` : connection.name}`;
    const own = partsFor(connection.uid, parts);
    thread.append(...own.map((part, at) =>
      card(connection, part, { isFirst: at === 0, isLast: at === own.length - 1, isEmpty: !part.text.trim() && !part.media.length })));
    return thread;
  }));
}

// The platform has a light and a dark look as well, whatever ours is.
function wear(theme) {
  place.dataset.theme = theme;
  for (const button of form.querySelectorAll("[data-preview-theme]")) {
    button.ariaPressed = button.dataset.previewTheme === theme;
  }
}

form.addEventListener("click", (event) => {
  const button = event.target.closest("[data-preview-theme]");
  if (!button) return;
  sessionStorage.setItem("preview-theme", button.dataset.previewTheme);
  wear(button.dataset.previewTheme);
});

const isDark = () => getComputedStyle(document.documentElement).colorScheme === "dark"
  || (document.documentElement.dataset.theme === "auto" && matchMedia("(prefers-color-scheme: dark)").matches);
wear(sessionStorage.getItem("preview-theme") ?? (isDark() ? "dark" : "light"));
if (!data.connections.length) nothing.textContent = "Add an account, and this shows the post as it will look there.";
