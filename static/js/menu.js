// Menus are popovers: the browser opens, closes and returns focus. This places them by their button and adds arrow keys.
const GAP = 6;
const EDGE = 8;

function place(menu, button) {
  const at = button.getBoundingClientRect();
  const size = menu.getBoundingClientRect();
  const below = at.bottom + GAP;
  const top = below + size.height + EDGE <= innerHeight ? below : Math.max(EDGE, at.top - GAP - size.height);
  const left = Math.min(Math.max(EDGE, at.left), Math.max(EDGE, innerWidth - size.width - EDGE));
  menu.style.top = `${top}px`;
  menu.style.left = `${left}px`;
}

document.addEventListener("toggle", (event) => {
  if (!event.target.matches?.(".menu[popover]") || event.newState !== "open") return;
  const button = document.querySelector(`[popovertarget="${CSS.escape(event.target.id)}"]`);
  if (button) place(event.target, button);
}, true);

addEventListener("resize", () => document.querySelector(".menu:popover-open")?.hidePopover());

document.addEventListener("keydown", (event) => {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  const menu = event.target.closest?.(".menu") ?? document.querySelector(".menu:popover-open");
  if (!step || !menu || event.target.matches("textarea, select, [role=tab]")) return;
  const all = [...menu.querySelectorAll("input, a, button")].filter((one) => one.checkVisibility());
  const next = all[(all.indexOf(document.activeElement) + step + all.length) % all.length];
  event.preventDefault();
  next?.focus();
});
