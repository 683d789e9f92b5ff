// Polls the state of the pairing every few seconds, while the link is valid and the page is visible.

const EVERY_MS = 3000;
const WORDS = {
  en: {
    title: "Pair WhatsApp",
    loading: "One moment…",
    scan: "Scan this code with the organisation's phone.",
    starting: "The code is on its way…",
    stopped: "There is no code to scan now.",
    paired: "Paired. You can close this page.",
    over: "This link is not valid, or not any more. Ask for a new one.",
    refused: "The gateway cannot be paired now. Tell your operator.",
    lost: "No answer. Trying again…",
    steps: ["On the phone, open WhatsApp.", "Settings, Linked devices, Link a device.", "Point the phone at this code."],
    again: "Show a new code",
    qr: "The code to scan",
    left: (minutes) => (minutes > 1 ? `This link works for another ${minutes} minutes.` : "This link ends within a minute."),
  },
  fr: {
    title: "Associer WhatsApp",
    loading: "Un instant…",
    scan: "Scannez ce code avec le téléphone de l'organisation.",
    starting: "Le code arrive…",
    stopped: "Il n'y a pas de code à scanner pour l'instant.",
    paired: "C'est associé. Vous pouvez fermer cette page.",
    over: "Ce lien n'est pas valable, ou ne l'est plus. Demandez-en un nouveau.",
    refused: "L'association est impossible pour le moment. Prévenez votre opérateur.",
    lost: "Pas de réponse. Nouvel essai…",
    steps: ["Sur le téléphone, ouvrez WhatsApp.", "Réglages, Appareils connectés, Connecter un appareil.", "Visez ce code avec le téléphone."],
    again: "Afficher un nouveau code",
    qr: "Le code à scanner",
    left: (minutes) => (minutes > 1 ? `Ce lien marche encore ${minutes} minutes.` : "Ce lien prend fin dans la minute."),
  },
};

const language = navigator.language.startsWith("fr") ? "fr" : "en";
const words = WORDS[language];
const token = location.hash.slice(1);
const page = document.querySelector("main");
const [heading, channel, qr, done, wait, status, steps, again, left] = [
  "name", "channel", "qr", "done", "wait", "status", "steps", "again", "left",
].map((id) => document.getElementById(id));
let until = Infinity; // by performance.now(): the clock of the device may be wrong

function ask(method, path) {
  return fetch(path, {
    method,
    headers: { Authorization: `Bearer ${token}` },
    cache: "no-store",
    signal: AbortSignal.timeout(15000),
  });
}

/** Shows one state; a `code` is a PNG in base64. */
function show(state, code = "") {
  page.dataset.state = state;
  if (status.textContent !== words[state]) status.textContent = words[state];
  qr.hidden = steps.hidden = state !== "scan";
  if (code) qr.src = `data:image/png;base64,${code}`;
  else qr.removeAttribute("src");
  done.toggleAttribute("hidden", state !== "paired"); // an SVG has no property of that name
  wait.hidden = !["loading", "starting", "lost"].includes(state);
  again.hidden = state !== "stopped";
  const ended = ["paired", "over", "refused"].includes(state);
  left.textContent = until < Infinity && !ended ? words.left(Math.ceil((until - performance.now()) / 60000)) : "";
  return !ended;
}

/** Whether to ask again. */
async function look() {
  if (!token || until <= performance.now()) return show("over");
  let answer;
  try {
    answer = await ask("GET", "state");
  } catch {
    return show("lost");
  }
  if (answer.status === 401) return show("over");
  if (answer.status >= 500 || answer.status === 429) return show("lost");
  if (!answer.ok) return show("refused");
  const told = await answer.json();
  until = performance.now() + told.left_s * 1000;
  heading.textContent = told.name;
  channel.textContent = `${words.title} · ${told.channel}`;
  return show(told.step, told.qr);
}

async function run() {
  while (document.hidden || (await look())) await new Promise((go) => setTimeout(go, EVERY_MS));
}

again.addEventListener("click", async () => {
  show("starting");
  await ask("POST", "restart").catch(() => show("lost"));
});
document.documentElement.lang = language;
document.title = words.title;
heading.textContent = words.title;
qr.alt = words.qr;
again.textContent = words.again;
steps.replaceChildren(...words.steps.map((text) => Object.assign(document.createElement("li"), { textContent: text })));
show("loading");
run();
// Another link opened in the same tab changes only the part after the #.
addEventListener("hashchange", () => location.reload());
