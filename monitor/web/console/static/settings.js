import { own, setOwn } from "./own.js";

const form = document.getElementById("own");
for (const field of form.elements) {
  if (field.type === "checkbox") field.checked = own(field.name) === "on";
  else field.value = own(field.name);
}
form.addEventListener("submit", event => event.preventDefault());
form.addEventListener("change", event => {
  const field = event.target;
  setOwn(field.name, field.type === "checkbox" ? (field.checked ? "on" : "off") : field.value);
  const root = document.documentElement;
  if (field.name === "theme") field.value ? (root.dataset.theme = field.value) : delete root.dataset.theme;
  if (field.name === "blur") field.checked ? (root.dataset.blur = "") : delete root.dataset.blur;
});
