// The client of the simulation's API: requests, and the stream of changes.

const REOPEN_AFTER = 1500;
const LONG_MOVE = 300_000;

/** Returns an address's JSON. Throws an error with its `detail` and `status` if it refuses, or after `patience` ms. */
export async function ask(path, { patience = 20_000, ...options } = {}) {
  const answer = await fetch(path, { ...options, signal: AbortSignal.timeout(patience) });
  const body = await answer.json();
  if (answer.ok) return body;
  throw Object.assign(new Error(body.detail ?? `the simulation answered ${answer.status}`), { status: answer.status });
}

export function post(path, body, token, patience) {
  const headers = { "Content-Type": "application/json", ...(token ? { Authorization: `Bearer ${token}` } : {}) };
  return ask(path, { method: "POST", headers, body: JSON.stringify(body), patience });
}

export const tenants = async () => (await ask("/_sim/phone/tenants")).tenants;
export const say = (chat, message) => post("/_sim/phone", { ...chat, ...message });
export const read = (chat) => post("/_sim/phone/read", chat);
export const handoffs = async (tenant) => (await ask(`/_sim/handoffs?${new URLSearchParams({ tenant })}`)).handoffs;
export const mails = (since) => ask(`/_sim/mail?since=${since}`);
export const answerMail = (seq, text) => post("/_sim/mail/replies", { seq, text });
export const clock = async () => new Date((await ask("/_sim/clock")).now);
export const forward = (minutes) => move({ by_minutes: minutes });
export const moveTo = (to) => move({ to });
export const planned = async (tenant, contact) => (await ask(`/_sim/planned?${new URLSearchParams({ tenant, contact })}`)).occurrences;
export const people = async (tenant) => (await ask(`/_sim/people?${new URLSearchParams({ tenant })}`)).people;
export const way = (tenant, message) => ask(`/_sim/way?${new URLSearchParams({ tenant, message })}`);

/** Moves the run's clock. What is due in between is done at its time, which takes its own. */
async function move(how) {
  return new Date((await post("/_sim/clock", how, "", LONG_MOVE)).now);
}

/** Uploads a file to send and returns its id. */
export async function upload(file, filename) {
  const headers = { "Content-Type": file.type || "application/octet-stream" };
  const path = `/_sim/phone/files?${new URLSearchParams({ filename })}`;
  return (await ask(path, { method: "POST", headers, body: file })).file;
}

/** Follows a chat: `news` gets each change, `connected` the stream's state. Returns a function that ends it. */
export function follow(chat, { news, connected }) {
  let source;
  let since = 0;
  let timer;
  let over = false;

  function open() {
    source = new EventSource(`/_sim/phone/stream?${new URLSearchParams({ ...chat, since })}`);
    source.onopen = () => connected(true);
    source.onmessage = (event) => {
      const change = JSON.parse(event.data);
      since = change.next;
      news(change);
    };
    source.onerror = () => {
      connected(false);
      source.close();
      if (!over) timer = setTimeout(open, REOPEN_AFTER);
    };
  }

  open();
  return () => {
    over = true;
    clearTimeout(timer);
    source.close();
  };
}
