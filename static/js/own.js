// Own words and options: shown for the accounts that are chosen, opened where something is in them.
import { form } from "./parts.js";

export function ownOf(uid) {
  return form.querySelector(`[data-own="${uid}"]:not([hidden]) [data-own-words]`)?.value.trim() ?? "";
}

/** The entries of a list that has a field for each, as they stand in the form. */
export function entriesOf(uid, key) {
  return [...form.querySelectorAll(`[name="option-${uid}-${key}"]`)].map((field) => field.value.trim()).filter(Boolean);
}

/** The parts that an account gets: its own words with all media, or the post's. */
export function partsFor(uid, parts) {
  const words = ownOf(uid);
  if (!words) return parts;
  const texts = words.split(/^[ \t]*---[ \t]*$/m).map((text) => text.replace(/^\n+|\n+$/g, ""));
  const own = texts.map((text) => ({ text, media: [] }));
  for (const [at, part] of parts.entries()) own[Math.min(at, own.length - 1)].media.push(...part.media);
  return own;
}

export function showOwn() {
  const chosen = new Set([...form.querySelectorAll("[name=connections]:checked")].map((box) => box.value));
  for (const own of form.querySelectorAll("[data-own]")) own.hidden = !chosen.has(own.dataset.own);
}
