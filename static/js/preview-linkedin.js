// A post as LinkedIn shows it: name over line and time, the text cut after three lines or so, one thing below it (pictures, a
// film, a document, the card of a link, a poll), four actions, and the first comment.
import { drawings } from "./drawings.js";
import { entriesOf } from "./own.js";
import { form, made } from "./parts.js";

const FOLD = 210;
const MOST_PICTURES = 4;
const MENTION = /@\[([^[\]\n]{1,200})\]\(urn:li:(?:person|organization):[A-Za-z0-9_-]+\)/gu;
const COLOURED = /https?:\/\/\S+|(?<![\p{L}\p{N}_])#[\p{L}\p{N}]+/gu;
const SEEN_BY = { CONNECTIONS: "Connections only", LOGGED_IN: "Members only" };

/** What was chosen for an account, as it stands in the form. */
function chosenFor(uid) {
  return (key) => form.querySelector(`[name="option-${uid}-${key}"]`)?.value.trim() ?? "";
}

/** [{shown, isColoured}] of a text: mentions by their names, links and hashtags coloured. */
export function pieces(text) {
  const found = [];
  let at = 0;
  for (const mention of text.matchAll(MENTION)) {
    found.push(...plainPieces(text.slice(at, mention.index)), { shown: mention[1], isColoured: true });
    at = mention.index + mention[0].length;
  }
  return [...found, ...plainPieces(text.slice(at))];
}

function plainPieces(text) {
  const found = [];
  let at = 0;
  for (const { 0: shown, index } of text.matchAll(COLOURED)) {
    found.push({ shown: text.slice(at, index), isColoured: false }, { shown, isColoured: true });
    at = index + shown.length;
  }
  return [...found, { shown: text.slice(at), isColoured: false }].filter((piece) => piece.shown);
}

function write(target, text) {
  target.replaceChildren(...pieces(text).map(({ shown, isColoured }) => {
    if (!isColoured) return shown;
    const span = document.createElement("span");
    span.className = "link";
    span.textContent = shown;
    return span;
  }));
}

function folded(text) {
  return text.length > FOLD ? `${text.slice(0, FOLD).trimEnd()}` : text;
}

function show(target, isShown) {
  target.hidden = !isShown;
}

function leaf(drawn, title, note) {
  show(drawn.querySelector("[data-leaf]"), true);
  drawn.querySelector("[data-leaf-title]").textContent = title;
  drawn.querySelector("[data-leaf-note]").textContent = note;
}

function host(link) {
  try {
    return new URL(link).hostname.replace(/^www\./, "");
  } catch {
    return link;
  }
}

function poll(drawn, question, answers) {
  show(drawn.querySelector("[data-ask]"), true);
  drawn.querySelector("[data-question]").textContent = question;
  drawn.querySelector("[data-answers]").replaceChildren(...answers.map((words) => {
    const answer = document.createElement("span");
    answer.textContent = words;
    return answer;
  }));
}

/** What stands below the words: one thing at a time, as LinkedIn has it. */
function below(drawn, part, { uid, chosen, pictures }) {
  const link = chosen("link");
  const question = chosen("poll_question");
  const answers = entriesOf(uid, "poll_answers");
  pictures(drawn.querySelector("[data-pics]"), part.media);
  const rest = part.media.length - MOST_PICTURES;
  if (rest > 0) drawn.querySelector("[data-pics] > :last-child").dataset.rest = `+${rest}`;
  if (question || answers.length) poll(drawn, question, answers);
  else if (link) leaf(drawn, chosen("link_title") || "The card needs a title", host(link));
  else if (part.media[0]?.kind === "document") leaf(drawn, chosen("title") || "The document needs a title", "PDF");
  else if (part.media[0]?.kind === "video" && chosen("title")) leaf(drawn, chosen("title"), "Video");
}

function note(drawn, part, chosen) {
  const hasLink = /https?:\/\//.test(part.text) && !chosen("link") && !part.media.length;
  const target = drawn.querySelector("[data-note]");
  show(target, hasLink);
  if (hasLink) target.textContent = "LinkedIn makes no card of a link in the text: give it as the link below, with a title.";
}

function asLinkedIn(connection, part, { isEmpty, face, pictures }) {
  const drawn = made("linkedin-template");
  const chosen = chosenFor(connection.uid);
  const words = part.text.trim();
  drawn.querySelector("[data-face]").replaceChildren(face(connection));
  drawn.querySelector("[data-name]").textContent = connection.name || connection.username;
  drawn.querySelector("[data-line]").textContent = connection.username;
  drawn.querySelector("[data-when]").textContent = ["Now", SEEN_BY[chosen("visibility")]].filter(Boolean).join(" · ");
  const text = drawn.querySelector("[data-text]");
  if (isEmpty) text.append("…");
  else write(text, folded(words));
  show(text, isEmpty || words);
  show(drawn.querySelector("[data-more]"), words.length > FOLD);
  below(drawn, part, { uid: connection.uid, chosen, pictures });
  show(drawn.querySelector("[data-repost]"), chosen("no_reshare") !== "yes");
  const comment = chosen("first_comment");
  show(drawn.querySelector("[data-said]"), comment);
  if (comment) {
    drawn.querySelector("[data-said-face]").replaceChildren(face(connection));
    drawn.querySelector("[data-said-text]").textContent = comment;
  }
  note(drawn, part, chosen);
  return drawn;
}

drawings.linkedin = asLinkedIn;
