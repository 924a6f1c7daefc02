// Keys are written where they act: data-keys="g h" on a link or button. None acts while one types or a dialog is open.
// They can be turned off, for whoever speaks to the machine or rests a hand on the keyboard (WCAG 2.1.4).
const PAUSE_MS = 1000;
const typing = "input, textarea, select, [contenteditable], dialog";
let pressed = "";
let last = 0;

document.addEventListener("keydown", (event) => {
  if (localStorage.getItem("keys") === "off") return;
  if (event.metaKey || event.ctrlKey || event.altKey || event.key.length > 1 || event.defaultPrevented) return;
  if (event.target.closest?.(typing) || document.querySelector("dialog[open]")) return;
  pressed = event.timeStamp - last < PAUSE_MS && pressed ? `${pressed} ${event.key}` : event.key;
  last = event.timeStamp;
  const target = document.querySelector(`[data-keys="${CSS.escape(pressed)}"]`) ?? single(event.key);
  if (!target) return;
  pressed = "";
  event.preventDefault();
  target.click();
});

// "x c" is no sequence, but c alone is: start again with the last key.
function single(key) {
  const isStart = document.querySelector(`[data-keys^="${CSS.escape(pressed)} "]`);
  if (isStart || pressed === key) return null;
  pressed = key;
  return document.querySelector(`[data-keys="${CSS.escape(key)}"]`);
}

document.addEventListener("change", (event) => {
  if (event.target.matches("[data-keys-switch]")) localStorage.setItem("keys", event.target.checked ? "on" : "off");
});
for (const box of document.querySelectorAll("[data-keys-switch]")) box.checked = localStorage.getItem("keys") !== "off";
