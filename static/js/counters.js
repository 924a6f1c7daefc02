// A ring for each account's rule: how much of the limit is used, as a number only in the last 20.
import { count } from "./counting.js";
import { chosen, data, form, made } from "./parts.js";

const CLOSE = 20;
const AROUND = 94.25;

/** Rules of the accounts, one for each way of counting: two X accounts of one kind share theirs. Strictest first. */
function rules() {
  const on = chosen();
  const strict = (on.length ? on : data.connections).toSorted((a, b) => a.rule.limit - b.rule.limit);
  const found = new Map();
  for (const one of strict) {
    const key = on.length ? `${one.platform} ${one.rule.limit}` : one.platform;
    if (!found.has(key)) found.set(key, one);
  }
  return [...found.values()];
}

function show(counter, connection, text) {
  const { limit } = connection.rule;
  const { length, left } = count(text, connection.rule);
  const ring = counter.querySelector(".ring circle:last-child");
  ring.setAttribute("stroke-dasharray", `${(AROUND * Math.min(length / limit, 1)).toFixed(1)} ${AROUND}`);
  counter.classList.toggle("near", left <= CLOSE && left >= 0);
  counter.classList.toggle("over", left < 0);
  counter.querySelector("[data-left]").textContent = left <= CLOSE ? String(left).replace("-", "−") : "";
  counter.title = `${connection.platformName}: ${length.toLocaleString("en")} of ${limit.toLocaleString("en")}`;
}

export function countAll() {
  const all = rules();
  for (const part of form.querySelectorAll("[data-part]")) {
    const place = part.querySelector("[data-counters]");
    const text = part.querySelector("textarea").value;
    while (place.children.length > all.length) place.lastElementChild.remove();
    while (place.children.length < all.length) place.append(made("counter-template"));
    for (const [at, connection] of all.entries()) {
      const counter = place.children[at];
      const mark = counter.querySelector(".mark");
      mark.setAttribute("class", `mark small ${connection.platform}`);
      mark.setAttribute("aria-label", connection.platformName);
      mark.querySelector("use").setAttribute("href", `#m-${connection.platform}`);
      show(counter, connection, text);
    }
  }
}
