// A member's page. What was typed is held by this tab until the server has it, forms are sent without leaving the page, so that a
// lost connection loses nothing, and photos go one by one, each told at once what became of it.
import { part } from "./trusted.js";

const LARGEST = 60 << 20;
const lost = "The connection was lost. Nothing is lost that you typed or sent. Try again when you are connected.";
const root = () => document.getElementById("page");
const key = () => "semblance.enrol." + root().dataset.kept;
const say = (text, bad) => { const line = document.getElementById("said"); if (line) { line.textContent = text; line.classList.toggle("bad", !!bad); } };

function hold() {
  const form = document.querySelector("#page form[method=post]:not(.photos)");
  if (!form?.elements.name) return;
  const typed = {};
  for (const field of form.elements) {
    if (!field.name || field.type === "hidden" || ((field.type === "radio" || field.type === "checkbox") && !field.checked)) continue;
    typed[field.name] = field.value;
  }
  try { sessionStorage.setItem(key(), JSON.stringify(typed)); } catch { /* a browser that keeps nothing: it stands in the page */ }
}

function restore() {
  let typed = {};
  try { typed = JSON.parse(sessionStorage.getItem(key()) ?? "{}"); } catch { return; }
  for (const field of document.querySelectorAll("#page form:not(.photos) [name]")) {
    const value = typed[field.name];
    if (value === undefined || field.type === "hidden") continue;
    if (field.type === "radio" || field.type === "checkbox") field.checked = field.checked || field.value === value;
    else if (!field.value) field.value = value;
  }
}

function settle() {
  const photos = document.querySelector("form.photos");
  if (photos) {
    try { sessionStorage.removeItem(key()); } catch { /* nothing was kept */ }
    photos.querySelector(".plain-send").hidden = true;
  } else restore();
  minors();
}

function minors() {
  const block = document.querySelector(".for-minor");
  if (block) block.hidden = document.querySelector("[name=age]:checked")?.value !== "minor";
}

async function show(answer) {
  const main = part(await answer.text()).querySelector("#main");
  if (!main) throw new TypeError("no page");
  document.title = main.querySelector("h1")?.textContent + " · Semblance";
  document.getElementById("main").replaceChildren(...main.childNodes);
  if (root()) settle();
}

addEventListener("submit", async event => {
  const form = event.target;
  if (!form.closest("#page")) return;
  event.preventDefault();
  if (form.matches(".photos")) return;
  const button = event.submitter ?? form.querySelector("button");
  button.disabled = true;
  say("Sending …");
  try {
    const answer = await fetch(form.action, { method: "POST", body: new URLSearchParams(new FormData(form)), headers: { Accept: "text/html" } });
    await show(answer);
    scrollTo(0, 0);
    document.getElementById("main").focus();
  } catch {
    button.disabled = false;
    say(lost, true);
  }
});

function line(name, status, says) {
  const row = document.createElement("li"), called = document.createElement("strong"), mark = document.createElement("span");
  called.textContent = name;
  mark.className = "status";
  mark.textContent = status;
  row.append(called, " ", mark, says ?? "");
  return row;
}

async function send(file, waiting) {
  if (file.size > LARGEST) return line(file.name, "not sent", " It is larger than 60 MB. Take it anew with your phone's camera.");
  const form = document.querySelector("form.photos"), body = new FormData();
  body.append("photos", file);
  waiting.textContent = `Looking at ${file.name} …`;
  const answer = await fetch(form.action, { method: "POST", body, headers: { Accept: "text/html" } });
  const before = [...document.querySelectorAll("#looked > li")];
  await show(answer);
  const list = document.getElementById("looked");
  list?.prepend(...before);
  return null;
}

let queue = [], busy = false;
async function work() {
  if (busy) return;
  busy = true;
  while (queue.length) {
    const said = document.getElementById("said");
    try {
      const told = await send(queue[0], said);
      queue.shift();
      if (told) document.getElementById("looked").append(told);
      if (!document.querySelector("form.photos")) { queue = []; break; }
    } catch {
      say(lost, true);
      const again = document.createElement("button");
      again.type = "button";
      again.textContent = `Send ${queue.length === 1 ? "the photo" : `${queue.length} photos`} again`;
      again.addEventListener("click", work);
      document.getElementById("said").append(" ", again);
      busy = false;
      return;
    }
  }
  busy = false;
  say("");
}

addEventListener("input", () => { hold(); minors(); });
addEventListener("change", event => {
  if (event.target.type !== "file") return;
  queue.push(...event.target.files);
  event.target.value = "";
  work();
});
addEventListener("online", () => { if (queue.length) work(); });
settle();
