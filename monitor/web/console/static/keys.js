// Single keys. They belong to the topmost surface: a dialog that is open, a choice that is open, a field that is typed in.
import { own } from "./own.js";

const TYPED_IN = "input:not([type=hidden]):not([type=checkbox]), textarea, select, [contenteditable]";

export function onKeys(then) {
  document.addEventListener("keydown", event => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.repeat) return;
    if (event.key !== "Escape" && (own("keys") !== "on" || event.target.closest?.(TYPED_IN))) return;
    if (document.querySelector("dialog[open]")) return;
    if (event.key === " " && event.target.closest?.("button, a, summary, video")) return;
    if (then(event.key)) event.preventDefault();
  });
}
