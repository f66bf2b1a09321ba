// Many at once: what was on the screen long enough to be seen is told to the server, and can be chosen from then on.
import { onKeys } from "./keys.js";

const LONG = 400, SHARE = 0.6, GATHERED = 250;
const form = document.getElementById("many"), all = document.getElementById("all"), none = document.getElementById("none");
const count = document.getElementById("count"), reason = document.getElementById("reason");
const bar = form?.querySelector(".decide");
const waiting = new Map();
let told = [], later;

const boxes = which => [...form.querySelectorAll(`input[name=chosen]${which}`)];

function said() {
  const shown = boxes(":enabled").length, chosen = boxes(":checked").length;
  count.textContent = shown ? `${chosen} chosen of ${shown} that were shown` : "Nothing was shown yet";
  for (const place of form.querySelectorAll(".many")) place.textContent = chosen ? ` ${chosen}` : "";
  all.hidden = shown === 0;
  none.hidden = chosen === 0;
}

async function tell() {
  const ids = told;
  told = [];
  const answer = await fetch("/queue/seen", {
    method: "POST", body: new URLSearchParams(ids.map(id => ["shown", id])), headers: { Accept: "application/json" },
  }).catch(() => null);
  if (!answer?.ok) {
    // Told again with whatever is shown next, or in a while.
    told = [...ids, ...told];
    if (answer?.status !== 401) later = setTimeout(tell, 20 * GATHERED);
    return;
  }
  for (const id of (await answer.json()).seen) {
    const box = form.querySelector(`li[data-id="${CSS.escape(id)}"] input[name=chosen]`);
    if (box) box.disabled = false;
  }
  said();
}

function shown(still) {
  // A frame that is not painted was not seen.
  const painted = still.complete && still.naturalWidth > 0 && document.visibilityState === "visible";
  if (!painted) { waiting.set(still, setTimeout(() => shown(still), LONG)); return; }
  watcher.unobserve(still);
  waiting.delete(still);
  told.push(still.closest("li").dataset.id);
  clearTimeout(later);
  later = setTimeout(tell, GATHERED);
}

const watcher = new IntersectionObserver(entries => {
  for (const { target, isIntersecting } of entries) {
    clearTimeout(waiting.get(target));
    if (isIntersecting) waiting.set(target, setTimeout(() => shown(target), LONG));
    else waiting.delete(target);
  }
  // What lies behind the bar is not seen.
}, { threshold: SHARE, rootMargin: `0px 0px -${bar?.offsetHeight ?? 0}px 0px` });

function choose(to) {
  for (const box of boxes(":enabled")) box.checked = to;
  said();
}

if (form && all) {
  for (const box of boxes(":disabled")) watcher.observe(box.closest("li").querySelector(".still"));
  form.addEventListener("change", said);
  all.addEventListener("click", () => choose(true));
  none.addEventListener("click", () => choose(false));
  onKeys(key => {
    if (key === "a" && !all.hidden) { choose(true); return true; }
    if (key === "n" && !none.hidden) { choose(false); return true; }
    if (key === "r") { reason.focus(); return true; }
    return false;
  });
  said();
}
