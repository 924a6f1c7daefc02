// What is being drawn, or waits to be decided on, outlives a reload: in this tab, by the post it is for. A new post has no
// name yet, so its pictures are kept by its address until the server says which post it became.
import { form } from "./parts.js";

const PREFIX = "grok-pictures:";
const post = form.elements.post?.value;
const KEY = PREFIX + (post ?? location.pathname + location.search);
const at = (key) => JSON.parse(sessionStorage.getItem(key) ?? "[]");
const put = (key, rows) => (rows.length ? sessionStorage.setItem(key, JSON.stringify(rows)) : sessionStorage.removeItem(key));

export const kept = () => at(KEY);
export const keep = (row) => put(KEY, [...kept(), row]);
export const forget = (id) => put(KEY, kept().filter((row) => row.id !== id));

form.addEventListener("submit", (event) => {
  const { value: sent } = form.elements.token;
  if (!post && !event.defaultPrevented) put(KEY, kept().map((row) => ({ ...row, sent })));
});

/** The posts that the openings of the composer became, as far as the server answered: [[token, uid]]. */
function answered() {
  const [, said = ""] = document.cookie.match(/(?:^|; )composed=([^;]*)/) ?? [];
  return said.split(".").map((each) => each.split(":"));
}

function follow() {
  const became = new Map(answered());
  for (const key of Object.keys(sessionStorage).filter((each) => each.startsWith(PREFIX))) {
    const rows = at(key);
    for (const row of rows.filter(({ sent }) => became.has(sent))) {
      const { sent, ...moved } = row;
      const there = PREFIX + became.get(sent);
      put(there, [...at(there), moved]);
    }
    put(key, rows.filter(({ sent }) => !became.has(sent)));
  }
}

follow();
