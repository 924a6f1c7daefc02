// "Go to…": typing narrows the server's list, Enter takes the first that is left.
function narrow(menu, words) {
  const wanted = words.trim().toLowerCase();
  const all = [...menu.querySelectorAll("a, button")];
  for (const one of all) one.hidden = !one.textContent.toLowerCase().includes(wanted);
  menu.querySelector("[data-palette-none]").hidden = all.some((one) => !one.hidden);
}

document.addEventListener("input", (event) => {
  const menu = event.target.closest("[data-palette]");
  if (menu) narrow(menu, event.target.value);
});

document.addEventListener("keydown", (event) => {
  const menu = event.key === "Enter" && event.target.matches("[data-palette] input") && event.target.closest("[data-palette]");
  if (!menu) return;
  event.preventDefault();
  menu.querySelector(":is(a, button):not([hidden])")?.click();
});

document.addEventListener("close", (event) => {
  const menu = event.target.querySelector?.("[data-palette]");
  if (!menu) return;
  menu.querySelector("input").value = "";
  narrow(menu, "");
}, true);
