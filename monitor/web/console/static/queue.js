// Going through the queue: the next items are fetched ahead, so that a key shows the next one at once.
import { onKeys } from "./keys.js";
import { own } from "./own.js";
import { Player } from "./player.js";
import { part } from "./trusted.js";

const AHEAD = 2, HEARTBEAT = 60_000, FIRST = 1000, LONGEST = 60_000;
const stage = document.getElementById("stage"), said = document.getElementById("said"), help = document.getElementById("help");
const undone = [], ahead = [];
const deciding = new Set(); // Decided on, and not yet answered: the server may still have them among those that wait.
let player, fetching = null, none = false, sending = 0, wait = FIRST, later;

const current = () => stage.querySelector(".item");
const form = (path, fields) => fetch(path, {
  method: "POST", body: new URLSearchParams(fields), headers: { Accept: "application/json, text/html;q=0.5" }, keepalive: true,
});

function tell(text, bad = false) {
  said.textContent = text;
  said.classList.toggle("bad", bad);
}

function ready(item) {
  player?.pause();
  player = new Player(item);
  if (own("play") === "on" && !matchMedia("(prefers-reduced-motion: reduce)").matches) player.play();
  item.querySelector("[data-help]").hidden = false;
  item.querySelector("[data-undo]").hidden = undone.length === 0;
}

function show(item) {
  for (const video of stage.querySelectorAll("video")) video.pause();
  stage.replaceChildren(item);
  history.replaceState(null, "", `${item.dataset.under}/${item.dataset.id}`);
  document.title = `${item.querySelector("h1").textContent}: queue · Semblance`;
  scrollTo(0, 0);
  // What it takes to play it comes after it was painted.
  requestAnimationFrame(() => setTimeout(() => {
    if (current() === item) ready(item);
    fill();
  }));
}

function fill() {
  if (fetching || none || ahead.length >= AHEAD || !current()) return fetching;
  const held = [current(), ...ahead].map(item => item.dataset.id);
  const fields = [["after", held.at(-1)], ...[...held, ...deciding].map(id => ["held", id])];
  fetching = form(`${current().dataset.under}/next`, fields).then(async answer => {
    if (answer.status === 204) { none = true; return true; }
    if (answer.status === 401) { none = true; signedOut(); return true; }
    const item = answer.ok && part(await answer.text()).querySelector(".item");
    if (!item || [current(), ...ahead].some(known => known?.dataset.id === item.dataset.id)) return false;
    ahead.push(item);
    return true;
  }).catch(() => false).then(served => {
    fetching = null;
    clearTimeout(later);
    if (!none && ahead.length < AHEAD) later = setTimeout(fill, served ? 0 : wait);
    wait = served ? FIRST : Math.min(2 * wait, LONGEST);
  });
  return fetching;
}

const signedOut = () => tell("You were signed out. Decide or go on, and sign in again: nothing that you typed is lost.", true);

async function next() {
  const left = current();
  if (!ahead.length) { none = false; await fill(); }
  const item = ahead.shift();
  if (item) show(item);
  else if (left) location.assign(`${left.dataset.under}?after=${left.dataset.id}`);
}

async function decide(sent, submitter) {
  const item = sent.closest(".item"), fields = new FormData(sent, submitter), decision = sent.dataset.decision;
  sending += 1;
  deciding.add(item.dataset.id);
  const answered = form(sent.action, fields).catch(() => null);
  if (decision === "reopen") {
    await settled(await answered, item, fields, sent);
    return;
  }
  undone.push(item.dataset.id);
  tell(`${sentence(decision)}: ${item.querySelector("h1").textContent}.`);
  const moved = ahead.length ? next() : answered.then(answer => answer?.ok ? next() : null);
  await settled(await answered, item, fields, sent);
  await moved;
}

const sentence = decision => ({ confirm: "Confirmed", reject: "Rejected", permit: "Let be", reopen: "Reopened" })[decision];

async function settled(answer, item, fields, sent) {
  sending -= 1;
  deciding.delete(item.dataset.id);
  if (answer?.ok) {
    if (sent.dataset.decision === "reopen") location.assign(`${item.dataset.under}/${item.dataset.id}`);
    return;
  }
  const place = undone.lastIndexOf(item.dataset.id);
  if (place >= 0) undone.splice(place, 1);
  if (answer?.status === 401) { again(sent, fields); return; }
  const told = answer ? await answer.json().catch(() => ({})) : { detail: "The server could not be reached: nothing was recorded." };
  back(item, `${told.detail ?? "Nothing was recorded."} ${told.remedy ?? ""}`, fields);
}

// Signed out meanwhile: the form goes as it is to the page for signing in, which holds on to it.
function again(sent, fields) {
  const whole = document.createElement("form");
  whole.method = "post";
  whole.action = sent.action;
  for (const [name, value] of fields) {
    const field = document.createElement("input");
    Object.assign(field, { type: "hidden", name, value });
    whole.append(field);
  }
  document.body.append(whole);
  whole.submit();
}

// Not recorded: the item comes back, says why, and keeps what was typed.
function back(item, why, fields) {
  const now = current();
  if (now && now !== item) ahead.unshift(now);
  warn(item, why);
  show(item);
  const kept = fields.get("other") || (fields.get("decision") === "confirm" ? "" : fields.get("reason"));
  const other = item.querySelector(`form[data-decision="${fields.get("decision")}"] [name=other]`);
  if (other && kept) { other.value = kept; other.closest("details").open = true; }
  tell("Not recorded.", true);
}

function warn(item, why) {
  item.querySelector(":scope > .alert")?.remove();
  const alert = document.createElement("div");
  alert.className = "alert";
  alert.setAttribute("role", "alert");
  alert.append(Object.assign(document.createElement("p"), { textContent: why }));
  const look = Object.assign(document.createElement("a"), { className: "button", href: `${item.dataset.under}/${item.dataset.id}`, textContent: "Look at it again" });
  alert.append(look);
  item.querySelector(".item-head").after(alert);
}

function choose(key) {
  const item = current(), choice = item?.querySelector(`details[data-choice="${key}"]`);
  if (!choice) return false;
  for (const other of item.querySelectorAll("details[data-choice]")) other.open = other === choice && !choice.open;
  return true;
}

onKeys(key => {
  const item = current();
  if (!item) return false;
  const open = item.querySelector("details[data-choice][open]");
  if (key === "Escape") { if (!open) return false; open.open = false; return true; }
  if (open && /^[1-9]$/.test(key)) { open.querySelector(`[data-digit="${key}"]`)?.click(); return true; }
  if (key === "r" || key === "l") return choose(key);
  if (key === " ") { player?.toggle(); return true; }
  const control = item.querySelector(`[data-key="${CSS.escape(key)}"]`);
  if (!control || control.hidden) return false;
  control.click();
  return true;
});

stage.addEventListener("submit", event => {
  event.preventDefault();
  decide(event.target, event.submitter);
});

stage.addEventListener("click", event => {
  const control = event.target.closest("[data-key]");
  if (!control) return;
  if (control.dataset.key === "s" && !event.ctrlKey && !event.metaKey) { event.preventDefault(); tell("Skipped."); next(); }
  if (control.dataset.key === "u") undo();
  if (control.dataset.key === "?") help.showModal();
});

async function undo() {
  const id = undone.pop();
  if (!id) return;
  if (current() && current().dataset.under !== "/queue") {
    const taken = await form(`${current().dataset.under}/${id}/take-back`, []).catch(() => null);
    if (taken?.ok) location.assign(`${current().dataset.under}/${id}`);
    else tell("It could not be taken back: that goes for ten minutes, and until somebody decides anew.", true);
    return;
  }
  const answer = await fetch(`/queue/${id}`, { headers: { Accept: "text/html" } }).catch(() => null);
  const found = answer?.ok && part((await answer.text()).replace(/^[\s\S]*<div id="stage">/, "").replace(/<\/article>[\s\S]*$/, "</article>"));
  const sent = found && found.querySelector('form[data-decision="reopen"]');
  if (!sent) { location.assign(`/queue/${id}`); return; }
  const done = await form(sent.action, new FormData(sent)).catch(() => null);
  if (done?.ok) location.assign(`/queue/${id}`);
  else { undone.push(id); tell("It could not be undone: somebody decided on it meanwhile, or the server could not be reached.", true); }
}

// Still at it? Where somebody else has the match by now, or it was decided on, that is said before a decision is made in vain.
async function beat(item) {
  const answer = await form(`${item.dataset.under}/${item.dataset.id}/lease`, []).catch(() => null);
  if (answer?.status === 401) { clearInterval(heart); signedOut(); return; }
  const told = answer?.status === 200 && await answer.json().catch(() => null);
  if (!told || told.mine) return;
  item.dataset.fence = "";
  const place = ahead.indexOf(item);
  if (place >= 0) { ahead.splice(place, 1); fill(); }
  else if (item === current() && !deciding.has(item.dataset.id)) warn(item, told.waits ? `${told.name} has this match now.` : "It was decided on meanwhile.");
}

const heart = setInterval(() => {
  for (const item of [current(), ...ahead]) if (item?.dataset.fence) beat(item);
}, HEARTBEAT);
addEventListener("pagehide", () => {
  const held = [current(), ...ahead].filter(Boolean).map(item => ["held", item.dataset.id]);
  navigator.sendBeacon("/queue/leave", new URLSearchParams(held));
});
addEventListener("beforeunload", event => { if (sending) event.preventDefault(); });

if (current()) { ready(current()); fill(); }
