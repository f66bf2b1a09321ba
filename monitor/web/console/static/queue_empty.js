// Where nothing waits any more: the last decision can still be undone by its key.
import { onKeys } from "./keys.js";

onKeys(key => {
  const undo = document.getElementById("undo");
  if (key !== "u" || !undo) return false;
  undo.requestSubmit();
  return true;
});
