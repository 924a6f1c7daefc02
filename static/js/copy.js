// data-copy="<id of an input>": puts its value on the clipboard and says so.
document.addEventListener("click", async (event) => {
  const button = event.target.closest("button[data-copy]");
  if (!button) return;
  const input = document.getElementById(button.dataset.copy);
  input.select();
  const word = button.querySelector("[data-copy-word]");
  try {
    await navigator.clipboard.writeText(input.value);
    word.textContent = "Copied";
  } catch {
    word.textContent = "Press Ctrl+C"; // not allowed here: what is selected can still be copied by hand
  }
});
