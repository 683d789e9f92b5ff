// The client of the simulation's API: requests, and the stream of changes.

const REOPEN_AFTER = 1500;

/** Returns an address's JSON. Throws an error with its `detail` and `status` if it refuses. */
export async function ask(path, options) {
  const answer = await fetch(path, { ...options, signal: AbortSignal.timeout(20_000) });
  const body = await answer.json();
  if (answer.ok) return body;
  throw Object.assign(new Error(body.detail ?? `the simulation answered ${answer.status}`), { status: answer.status });
}

export function post(path, body, token) {
  const headers = { "Content-Type": "application/json", ...(token ? { Authorization: `Bearer ${token}` } : {}) };
  return ask(path, { method: "POST", headers, body: JSON.stringify(body) });
}

export const tenants = async () => (await ask("/_sim/phone/tenants")).tenants;
export const say = (chat, message) => post("/_sim/phone", { ...chat, ...message });
export const read = (chat) => post("/_sim/phone/read", chat);
export const handoffs = async (tenant) => (await ask(`/_sim/handoffs?${new URLSearchParams({ tenant })}`)).handoffs;
export const mails = (since) => ask(`/_sim/mail?since=${since}`);
export const answerMail = (seq, text) => post("/_sim/mail/replies", { seq, text });
export const clock = async () => new Date((await ask("/_sim/clock")).now);
export const forward = async (minutes) => new Date((await post("/_sim/clock", { by_minutes: minutes })).now);
export const way = (tenant, message) => ask(`/_sim/way?${new URLSearchParams({ tenant, message })}`);

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
