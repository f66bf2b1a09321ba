// Before the page is painted: what this browser's user set. Kept here alone, and never sent.
(() => {
  const held = name => { try { return localStorage.getItem("semblance." + name); } catch { return null; } };
  const root = document.documentElement;
  if (held("theme")) root.dataset.theme = held("theme");
  if (held("blur") === "on") root.dataset.blur = "";
})();
