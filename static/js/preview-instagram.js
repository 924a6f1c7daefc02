// A post as Instagram shows it: cropped to one shape for all pictures, the caption folded, links in it mere words.
import { links } from "./counting.js";
import { drawings } from "./drawings.js";
import { form, made } from "./parts.js";

const FOLD = 125;
const NARROWEST = 4 / 5;
const WIDEST = 1.91;
const UPRIGHT = 9 / 16;
const COLOURED = /(?<![\w@/])@[\w.]{1,30}|(?<![\p{L}\p{N}_&])#[\p{L}\p{N}_]+/gu;

/** What was chosen for an account; empty while nothing was. */
function option(connection, key) {
  const field = form.querySelector(`[data-own="${connection.uid}"]:not([hidden]) [name$="-${key}"]`);
  return field?.value.trim() ?? "";
}

/** story, reel, carousel or image, as the server decides it. */
export function formOf(kind, media) {
  if (kind === "story") return "story";
  if (media.length > 1) return "carousel";
  return media[0]?.kind === "video" ? "reel" : "image";
}

/** The shape in which a picture of this shape is shown in the feed. */
export function shapeOf(form, width, height) {
  if (form === "story") return UPRIGHT;
  if (!width || !height) return 1;
  return Math.min(Math.max(width / height, NARROWEST), WIDEST);
}

/** [{start, length}] of the hashtags and mentions of a caption. */
export function colouredWords(text) {
  return [...text.matchAll(COLOURED)].map((found) => ({ start: found.index, length: found[0].length }));
}

function caption(target, text) {
  let at = 0;
  for (const { start, length } of colouredWords(text)) {
    const word = document.createElement("span");
    word.className = "link";
    word.textContent = text.substr(start, length);
    target.append(text.slice(at, start), word);
    at = start + length;
  }
  target.append(text.slice(at));
}

function pictures(drawn, media, shape) {
  const frame = drawn.querySelector(".frame");
  drawn.querySelector("[data-pics]").replaceChildren(...media.map((item, at) => {
    const holder = document.createElement("span");
    const picture = document.createElement("img");
    if (at === 0) {
      picture.addEventListener("load", () => {
        frame.style.aspectRatio = String(shapeOf(shape, picture.naturalWidth, picture.naturalHeight));
      });
    }
    picture.src = item.src;
    picture.alt = item.alt;
    holder.append(picture);
    return holder;
  }));
  frame.style.aspectRatio = String(shapeOf(shape, 0, 0));
  const count = drawn.querySelector("[data-count-badge]");
  count.hidden = shape !== "carousel";
  count.textContent = `1/${media.length}`;
  const dots = drawn.querySelector("[data-dots]");
  dots.hidden = shape !== "carousel";
  dots.replaceChildren(...(shape === "carousel" ? media : []).map(() => document.createElement("i")));
}

function noteFor(shape, text, media) {
  if (!media.length) return "Instagram takes no post without a picture or video.";
  if (shape === "story") return "A story shows no text, and is gone after 24 hours.";
  if (links(text).length) return "Links in a caption cannot be clicked on Instagram.";
  return shape === "carousel" ? "All are cropped to the shape of the first." : "";
}

/** The card of one account. `face` draws its avatar. */
function instagram(connection, part, { face }) {
  const drawn = made("instagram-template");
  const shape = formOf(option(connection, "kind"), part.media);
  const text = part.text.trim();
  drawn.dataset.form = shape;
  drawn.querySelector("[data-face]").replaceChildren(face(connection));
  for (const name of drawn.querySelectorAll("[data-name], [data-caption-name], [data-comment-name]")) {
    name.textContent = connection.username;
  }
  const others = shape === "story" ? "" : option(connection, "collaborators");
  const beside = drawn.querySelector("[data-with]");
  beside.hidden = !others;
  beside.textContent = `with ${others}`;
  const kind = drawn.querySelector("[data-kind]");
  kind.hidden = shape !== "reel" && shape !== "story";
  kind.textContent = shape === "reel" ? "Reel" : "Story";
  pictures(drawn, part.media, shape);
  const words = drawn.querySelector("[data-caption]");
  words.hidden = !text || shape === "story";
  caption(words.querySelector("[data-text]"), text.length > FOLD ? `${text.slice(0, FOLD).trimEnd()}…` : text);
  words.querySelector("[data-more]").hidden = text.length <= FOLD;
  const comment = shape === "story" ? "" : option(connection, "first_comment");
  drawn.querySelector("[data-comment]").hidden = !comment;
  drawn.querySelector("[data-comment-text]").textContent = comment;
  drawn.querySelector("[data-note]").textContent = noteFor(shape, text, part.media);
  return drawn;
}

drawings.instagram = instagram;
