// Counts as each platform counts. `rule` is the platform's text capability: {counter: "x-weighted", limit: 280}.
// The same cases (social/platforms/counting_cases.json) hold the server and this file to one answer.
import table from "./twitter-text.js";

const { lists } = table;
const pattern = (source, flags = "iu") => new RegExp(source.replace(/#\{(\w+)\}/g, (_, name) => lists[name]), flags);
const URL_PARTS = pattern(table.url, "giu");
const ASCII_DOMAIN = pattern(table.asciiDomain, "giu");
const TCO = pattern(table.tco);
const NOT_BEFORE_BARE = pattern(table.notBeforeBareDomain);
const INVALID = pattern(table.invalid);
const EMOJI = pattern(table.emoji, "gu");

/** Start and length of every stretch that X shortens to a t.co link, with or without a protocol. */
export function links(text) {
  const found = [];
  for (const { 0: all, 2: before, 3: url, 4: protocol, 5: domain, 7: path, index } of text.matchAll(URL_PARTS)) {
    const start = index + all.length - url.length;
    if (!isDomain(domain, url, protocol ?? "https://")) continue;
    if (protocol) {
      const short = url.match(TCO);
      if (short?.[1].length > table.maxTcoSlug) continue;
      found.push({ start, length: short ? short[0].length : url.length });
    } else if (!NOT_BEFORE_BARE.test(before)) {
      found.push(...bareDomains(domain, start, path ? url : ""));
    }
  }
  return found;
}

// Only the ASCII stretches of a domain count without a protocol; a path belongs to the last of them.
function bareDomains(domain, start, url) {
  const found = [...domain.matchAll(ASCII_DOMAIN)].map((one) => ({ start: start + one.index, length: one[0].length }));
  if (found.length && url) found.at(-1).length += url.length - domain.length;
  return found;
}

// What IDNA drops from a name, and the dots it reads as a full stop.
const IGNORED = /[\u00ad\u034f\u1806\u180b-\u180d\u200b-\u200d\u2060\ufe00-\ufe0f\ufeff]/gu;
const DOTS = /[.\u3002\uff0e\uff61]/u;

function isDomain(domain, url, protocol) {
  const labels = domain.split(DOTS).map((label) => inAscii(label.replace(IGNORED, "")));
  if (labels.some((label) => !label || label.length > 63)) return false;
  return protocol.length + url.length + labels.join(".").length - domain.length <= table.maxUrl;
}

function inAscii(label) {
  if (/^[\x00-\x7f]*$/.test(label)) return label;
  if (/^xn--/i.test(label)) return ""; // encoded and not encoded at once is no name
  try {
    return new URL(`https://${label}`).hostname;
  } catch {
    return label; // a name no browser would open may still be counted as a link
  }
}

function weightOf(character) {
  const code = character.codePointAt(0);
  return table.ranges.find(([low, high]) => code >= low && code <= high)?.[2] ?? table.defaultWeight;
}

/** X's weighted length: NFC, 23 for a link, 2 for an emoji sequence or a wide character, 1 for the rest. */
export function weighted(raw) {
  const text = raw.normalize("NFC").replace(/\r\n?/g, "\n");
  const wholes = new Map();
  for (const emoji of text.matchAll(EMOJI)) wholes.set(emoji.index, [emoji[0].length, table.defaultWeight]);
  for (const link of links(text)) wholes.set(link.start, [link.length, table.urlWeight]);
  let sum = 0;
  for (let at = 0; at < text.length; ) {
    const character = String.fromCodePoint(text.codePointAt(at));
    const [length, weight] = wholes.get(at) ?? [character.length, weightOf(character)];
    sum += weight;
    at += length;
  }
  return Math.trunc(sum / table.scale);
}

/** Unicode code points. */
export function characters(text) {
  return [...text].length;
}

// LinkedIn's "little text", by the same rule as social/platforms/linkedin_text.py: what is reserved gets a backslash.
const MENTIONED = String.raw`@\[(?<name>[^\[\]\n]{1,200})\]\((?<urn>urn:li:(?:person|organization):[A-Za-z0-9_-]+)\)`;
const TAG = String.raw`(?<tag>(?<![\p{L}\p{N}_])#(?=[\p{L}\p{N}]))`;
const RESERVED = String.raw`(?<reserved>[\\|{}@\[\]()<>#*_~])`;
const LITTLE = new RegExp(`${MENTIONED}|${TAG}|${RESERVED}`, "gu");

/** A text as LinkedIn wants it. */
export function escaped(text) {
  return text.replace(LITTLE, (...found) => {
    const { name, urn, tag, reserved } = found.at(-1);
    if (reserved) return `\\${reserved}`;
    return tag ?? `@[${name.replace(/[\\|{}@()<>#*_~]/g, "\\$&")}](${urn})`;
  });
}

/** Code points once it is escaped. */
export function little(text) {
  return characters(escaped(text));
}

/** UTF-16 code units, as strings are here. */
/** UTF-16 units, which is how JavaScript measures. */
export function utf16(text) {
  return text.length;
}

/** Bytes of UTF-8. */
export function utf8Bytes(text) {
  return new TextEncoder().encode(text).length;
}

// Emoji that are newer than the tables, and what joins or colours them.
const PICTURE = /[\u{1f000}-\u{1faff}\u200d\ufe0f\u20e3\u{e0020}-\u{e007f}]/u;
const bytes = (text) => new TextEncoder().encode(text).length;

/** As Threads counts: an emoji is as many as it has bytes in UTF-8, everything else one for each code point. */
export function threads(text) {
  const bare = text.replace(EMOJI, "");
  const rest = [...bare].reduce((sum, letter) => sum + (PICTURE.test(letter) ? bytes(letter) : 1), 0);
  return [...text.matchAll(EMOJI)].reduce((sum, emoji) => sum + bytes(emoji[0]), rest);
}

const counters = { "x-weighted": weighted, characters, "linkedin-little": little, utf16, "utf8-bytes": utf8Bytes, threads };

/** {length, left, isValid} of a text under a rule; an empty text is not valid, nor one with a forbidden character. */
export function count(text, rule) {
  const length = counters[rule.counter](text);
  return { length, left: rule.limit - length, isValid: length > 0 && length <= rule.limit && !INVALID.test(text) };
}
