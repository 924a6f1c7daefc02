// A part as Threads shows it: one topic beside the name, links in colour, several pictures as a row to swipe through, and a
// card for the link of a part that has no media. What the card says is up to the page behind it, so only its host is shown.
import { links } from "./counting.js";
import { drawings } from "./drawings.js";
import { entriesOf } from "./own.js";
import { form, made } from "./parts.js";

const TOPIC = /(?<!\S)#([^\s.&@!?,;:#]{1,50})/gu;
const MENTION = /(?<![\w@/])@[\w.]{1,30}(?![\w@])/g;
const SHOWN = 20; // Threads takes no more pictures in a part

/** What was chosen for an account; empty for what the form does not show. */
function option(connection, key) {
  return form.querySelector(`[name="option-${connection.uid}-${key}"]`)?.value.trim() ?? "";
}

/** The hashtag that Threads makes the topic: the first one that is not a number. */
export function topicOf(text) {
  return [...text.matchAll(TOPIC)].find(([, tag]) => !/^\d+$/.test(tag))?.[1] ?? "";
}

function coloured(text, topic) {
  const addresses = links(text);
  const others = [...text.matchAll(MENTION)].map(({ 0: all, index }) => ({ start: index, length: all.length }));
  const tag = [...text.matchAll(TOPIC)].find(([, word]) => word === topic);
  if (tag) others.push({ start: tag.index, length: tag[0].length });
  const inAddress = ({ start }) => addresses.some((one) => start >= one.start && start < one.start + one.length);
  return [...addresses, ...others.filter((one) => !inAddress(one))].sort((a, b) => a.start - b.start);
}

function write(target, text, topic) {
  target.replaceChildren();
  let at = 0;
  for (const { start, length } of coloured(text, topic)) {
    const span = document.createElement("span");
    span.className = "link";
    span.textContent = text.substr(start, length).replace(/^https?:\/\//i, "");
    target.append(text.slice(at, start), span);
    at = start + length;
  }
  target.append(text.slice(at));
}

function host(address) {
  try {
    return new URL(/^https?:/i.test(address) ? address : `https://${address}`).hostname.replace(/^www\./, "");
  } catch {
    return "";
  }
}

function fill(place, words) {
  place.textContent = words;
  place.hidden = !words;
}

/** One card. `face` and `picture` draw an avatar and a picture as the other previews do. */
function threads(connection, part, { isFirst, isLast, isEmpty, face, picture }) {
  const drawn = made("threads-template");
  const at = (name) => drawn.querySelector(`[data-${name}]`);
  const words = part.text.trim();
  const topic = (isFirst && option(connection, "topic_tag")) || topicOf(words);
  at("face").replaceChildren(face(connection));
  at("name").textContent = connection.username || connection.name;
  at("tick").hidden = !connection.verified;
  fill(at("topic"), topic);
  if (isEmpty) at("text").append("…");
  else write(at("text"), words, topic);
  at("text").hidden = !isEmpty && !words;
  at("pics").hidden = !part.media.length;
  at("pics").dataset.count = part.media.length;
  at("pics").replaceChildren(...part.media.slice(0, SHOWN).map(picture));
  ofWords(at, connection, part, { isFirst, words });
  if (!isLast) drawn.dataset.threaded = "";
  return drawn;
}

// A card, a poll and who may reply: the first two only where there are no pictures.
function ofWords(at, connection, part, { isFirst, words }) {
  const [first] = links(words).map(({ start, length }) => words.substr(start, length));
  const address = (isFirst && option(connection, "link")) || first;
  fill(at("host"), part.media.length || !address ? "" : host(address));
  at("card").hidden = at("host").hidden;
  const answers = isFirst && !part.media.length ? entriesOf(connection.uid, "poll") : [];
  at("answers").hidden = answers.length === 0;
  at("answers").replaceChildren(...answers.map((answer) => {
    const line = document.createElement("li");
    line.textContent = answer;
    return line;
  }));
  const audience = form.querySelector(`[name="option-${connection.uid}-reply_control"]`);
  const isOpen = !audience?.value || audience.value === "everyone";
  fill(at("audience"), isFirst && !isOpen ? `${audience.selectedOptions[0].textContent} can reply` : "");
}

drawings.threads = threads;
