// allauth's scripts tell of a passkey that was refused or not found by an event; here it becomes a sentence on the page.
document.addEventListener("allauth.error", (event) => {
  event.preventDefault();
  document.getElementById("passkey-problem")?.removeAttribute("hidden");
});
