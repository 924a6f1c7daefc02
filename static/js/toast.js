// Short sentences at the corner. Good news leaves by itself after a while, bad news stays until it is dismissed.
const STAY_MS = 6000;
const ICONS = { bad: "error", warn: "warning", info: "info", good: "success" };

/** Say `text`; `tone` is good, info, warn or bad. The server may send {"toast": {"text": …, "tone": …}} as HX-Trigger. */
export function toast(text, tone = "good") {
  const place = document.getElementById("toasts");
  const made = document.getElementById(`toast-${ICONS[tone]}`)?.content.firstElementChild.cloneNode(true);
  if (!place || !made) return;
  made.querySelector("span").textContent = text;
  place.append(made);
  retire(made);
}

function retire(one) {
  if (one.matches(".bad")) return;
  let timer = setTimeout(() => dismiss(one), STAY_MS);
  const wait = () => clearTimeout(timer);
  const go = () => (timer = setTimeout(() => dismiss(one), STAY_MS / 2));
  one.addEventListener("pointerenter", wait);
  one.addEventListener("focusin", wait);
  one.addEventListener("pointerleave", go);
  one.addEventListener("focusout", go);
}

function dismiss(one) {
  one.dataset.leaving = "";
  setTimeout(() => one.remove(), 200);
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-dismiss]");
  if (button) dismiss(button.closest(".toast"));
});
document.addEventListener("toast", (event) => toast(event.detail.text, event.detail.tone));
for (const one of document.querySelectorAll("#toasts > .toast")) retire(one);
