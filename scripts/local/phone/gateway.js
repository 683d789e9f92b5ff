// The simulation's own API: what the page asks, and the stream that tells it what is new.

const REOPEN_AFTER = 1500;

async function ask(path, options) {
  const answer = await fetch(path, { ...options, signal: AbortSignal.timeout(20_000) });
  const body = await answer.json();
  if (!answer.ok) throw new Error(body.detail ?? `the simulation answered ${answer.status}`);
  return body;
}

const post = (path, body) =>
  ask(path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });

export const tenants = async () => (await ask("/_sim/phone/tenants")).tenants;
export const say = (chat, message) => post("/_sim/phone", { ...chat, ...message });
export const read = (chat) => post("/_sim/phone/read", chat);
export const way = (tenant, message) => ask(`/_sim/way?${new URLSearchParams({ tenant, message })}`);

/** Follows a chat: `news` gets each change, `connected` whether the line holds. Returns what ends it. */
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
