// A submitting button shows its own progress and does not submit twice. Coming back by the history wakes it again.
document.addEventListener("submit", (event) => {
  const button = event.submitter;
  if (event.target.dataset.sent) return event.preventDefault();
  if (event.defaultPrevented || event.target.method === "dialog" || !button?.matches(".btn")) return;
  event.target.dataset.sent = "1";
  button.setAttribute("aria-busy", "true");
});

// A choice that is sent as soon as it is made; without scripts a button beside it sends it.
document.addEventListener("change", (event) => {
  if (event.target.matches("[data-submit]")) event.target.form.requestSubmit();
});

addEventListener("pageshow", (event) => {
  if (!event.persisted) return;
  for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
  for (const button of document.querySelectorAll(".btn[aria-busy=true]")) button.removeAttribute("aria-busy");
});
