// A choice of at most so many: says how many are chosen, and takes no more.
const ticks = (field) => [...field.querySelectorAll('input[type="checkbox"]')];

function show(field) {
  const most = Number(field.dataset.most);
  const number = ticks(field).filter((box) => box.checked).length;
  for (const box of ticks(field)) box.disabled = !box.checked && number >= most;
  const said = number < most ? ` The free ${most - number === 1 ? "place goes" : "places go"} to those published to last.` : "";
  field.querySelector("[data-count]").textContent = `${number} of ${most} chosen.${said}`;
}

for (const field of document.querySelectorAll("fieldset[data-most]")) {
  field.addEventListener("change", () => show(field));
  show(field);
}
