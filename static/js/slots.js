// One more empty time in a day's row, at once; without scripts the server adds it.
document.addEventListener("click", (event) => {
  const button = event.target.closest("[name=action][value=more]");
  if (!button) return;
  event.preventDefault();
  const last = button.parentElement.querySelector(".input:last-of-type");
  if (!last.value) return last.focus();
  const next = last.cloneNode();
  next.value = "";
  next.setAttribute("aria-label", button.ariaLabel);
  button.before(next);
  next.focus();
});
