// command="show-modal | close" for browsers without invoker commands, a click beside a dialog, and Cmd+K.
const hasCommands = "commandForElement" in HTMLButtonElement.prototype;
const hasClosedBy = "closedBy" in HTMLDialogElement.prototype;

function open(dialog) {
  if (!dialog || dialog.open) return;
  for (const other of document.querySelectorAll("dialog[open]")) other.close();
  dialog.showModal();
}

document.addEventListener("click", (event) => {
  if (!hasClosedBy && event.target.matches("dialog[closedby=any]")) event.target.close();
  const button = event.target.closest("button[command]");
  if (!button || hasCommands) return;
  const target = document.getElementById(button.getAttribute("commandfor"));
  if (button.getAttribute("command") === "show-modal") open(target);
  if (button.getAttribute("command") === "close") target?.close();
});

// One dialog at a time: the palette makes way for what it opens.
document.addEventListener("command", (event) => {
  if (event.command !== "show-modal") return;
  for (const other of document.querySelectorAll("dialog[open]")) if (other !== event.target) other.close();
}, true);

document.addEventListener("keydown", (event) => {
  if (!(event.metaKey || event.ctrlKey) || event.key.toLowerCase() !== "k") return;
  const palette = document.getElementById("palette");
  if (!palette) return;
  event.preventDefault();
  open(palette);
});
