// What this browser's user set, with what holds where nothing was set.
const USUAL = { theme: "", keys: "on", play: "on", blur: "off" };

export function own(name) {
  try { return localStorage.getItem("semblance." + name) ?? USUAL[name]; } catch { return USUAL[name]; }
}

export function setOwn(name, value) {
  try { localStorage.setItem("semblance." + name, value); } catch { /* a browser that keeps nothing: it holds for this page */ }
}
