// The field one writes in: where what Grok says belongs.
import { form } from "./parts.js";

const fields = () => [...form.querySelectorAll("textarea.writing, [data-own]:not([hidden]) [data-own-words]")];
let field = null;

export const target = () => (field && form.contains(field) ? field : fields()[0]);

form.addEventListener("focusin", (event) => {
  if (event.target.matches("textarea.writing, [data-own-words]")) field = event.target;
});
