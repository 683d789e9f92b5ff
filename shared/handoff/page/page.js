// Shows a request for a person and acts on it, for the holder of a link. Only a pressed button acts.

import { post, token, worded } from "./link.js";
import { WORDS } from "./words.js";

const EVERY_MS = 10_000;
// An open page that nobody touches stops asking.
const QUIET_MS = 30 * 60_000;
const ENDED = ["over", "invalid", "expired", "gone"];

const page = document.querySelector("main");
const [tenant, title, status, facts, talk, heading, lines, form, label, text, send, take, close] = [
  "tenant", "title", "status", "facts", "talk", "heading", "lines", "say", "label", "text", "send", "take", "close",
].map((id) => document.getElementById(id));

let words;
let shown = ""; // what the page shows now, to leave alone what has not changed
let busy = false;
let acts = 0; // an answer to a question from before an act is old
let touched = performance.now();
let said = { id: "", text: "" }; // words keep their id until the server has them

function speak(wanted) {
  words = worded(WORDS, wanted);
  heading.textContent = words.lines;
  label.textContent = words.words;
  send.textContent = words.send;
  take.textContent = words.take;
  close.textContent = words.close;
}

function tell(key, { who = "", bad = false } = {}) {
  const told = words[key].replace("{who}", () => who);
  if (status.textContent !== told) status.textContent = told;
  status.classList.toggle("bad", bad);
}

function element(name, content, of = "") {
  return Object.assign(document.createElement(name), { textContent: content, className: of, dir: "auto" });
}

function line({ author, time, text: content }) {
  const item = element("li", content, author);
  item.append(" ", element("time", time));
  return item;
}

/** Shows one state without a request: the link is at its end, or an answer is awaited. */
function end(state) {
  page.dataset.state = state;
  tell(state);
  form.hidden = take.hidden = close.hidden = true;
}

function show(request) {
  speak([request.language, ...navigator.languages]);
  page.dataset.state = request.state;
  document.title = title.textContent = request.title;
  tenant.textContent = request.tenant;
  const content = JSON.stringify([request.facts, request.lines]);
  if (content !== shown) {
    shown = content;
    facts.replaceChildren(...request.facts.flatMap((each) => [element("dt", each.label), element("dd", each.value)]));
    lines.replaceChildren(...request.lines.map(line));
    talk.hidden = request.lines.length === 0;
  }
  form.hidden = close.hidden = request.state !== "yours";
  take.hidden = request.state !== "waiting";
  const late = request.verdict === "theirs" && request.state === "theirs";
  tell(late ? "quicker" : request.state, { who: request.who });
}

/** The request as the server answers it, or null if the page has said why there is none. */
async function ask(path, body) {
  const answer = await post(path, body);
  if (!answer) {
    tell(body || path !== "request" ? "failed" : "lost", { bad: true });
    return null;
  }
  if (answer.ok) return answer.json();
  const { error = "" } = await answer.json().catch(() => ({}));
  if (answer.status === 401) end(error.includes("expired") ? "expired" : "invalid");
  else if (answer.status === 404) end("gone");
  else if (answer.status === 413) tell("long", { bad: true });
  else tell(path === "request" ? "lost" : "failed", { bad: true });
  return null;
}

/** Does one thing at a time: a second press while the first is under way does nothing. */
async function act(path, body) {
  if (busy) return null;
  busy = take.disabled = close.disabled = send.disabled = true;
  touched = performance.now();
  acts += 1;
  try {
    const request = await ask(path, body);
    if (request) show(request);
    return request;
  } finally {
    busy = take.disabled = close.disabled = send.disabled = false;
  }
}

async function write() {
  const content = text.value.trim();
  if (!content) return;
  if (content !== said.text) said = { id: crypto.randomUUID(), text: content };
  const request = await act("say", said);
  if (!request) return;
  if (request.verdict === "done") {
    said = { id: "", text: "" };
    text.value = "";
    tell("sent");
  } else if (request.state === "over") tell("unsent", { bad: true });
}

async function run() {
  while (!ENDED.includes(page.dataset.state)) {
    if (!document.hidden && !busy && performance.now() - touched < QUIET_MS) {
      const before = acts;
      const request = await ask("request");
      if (request && before === acts) show(request);
    }
    await new Promise((go) => setTimeout(go, EVERY_MS));
  }
}

speak(navigator.languages);
document.title = title.textContent = words.title;
take.addEventListener("click", async () => {
  if ((await act("take"))?.state === "yours") close.scrollIntoView({ block: "end" });
});
close.addEventListener("click", () => act("close"));
form.addEventListener("submit", (event) => {
  event.preventDefault();
  write();
});
for (const each of ["pointerdown", "keydown"]) addEventListener(each, () => (touched = performance.now()));
tell("loading");
if (token) run();
else end("invalid");
// Another link opened in the same tab changes only the part after the #.
addEventListener("hashchange", () => location.reload());
