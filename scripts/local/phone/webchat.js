// A tenant's own web page: without a gateway, it calls the webhook itself with a visitor's token, and polls for
// answers. The visitor's messages are kept in this browser. A token expires; a response brings the next one in
// time, and a visitor who returns too late is a new one.

import { ask, post } from "./gateway.js";

const SOON = 400;
const LATER = 3000;
const PATIENCE = 30_000;
const KEPT = 200;

const place = ({ tenant, channel }) => `/webhook/${tenant}/${channel}`;
const key = ({ tenant, channel }) => `visitor.${tenant}.${channel}`;
const stored = (chat) => JSON.parse(localStorage.getItem(key(chat)) ?? "null");
const store = (chat, visitor) => localStorage.setItem(key(chat), JSON.stringify(visitor));

let told = () => {};

/** Returns this browser's visitor, or a new one, as `{ token, said }`. */
async function visitor(chat) {
  if (!stored(chat)) store(chat, { token: (await post(`${place(chat)}/visitor`, {})).token, said: [] });
  return stored(chat);
}

export const forget = (chat) => localStorage.removeItem(key(chat));
export const name = (chat) => stored(chat)?.token.split(".")[0] ?? "a new visitor";
export const read = async () => {};

/** Posts the visitor's text or press. */
export async function say(chat, { text, press }) {
  const { token, said } = await visitor(chat);
  const message = { id: crypto.randomUUID(), author: "person", at: Date.now() / 1000, text: press?.title ?? text, ack: 1, detail: {} };
  store(chat, { token, said: [...said, message].slice(-KEPT) });
  told(message);
  let status = 200;
  try {
    const choice = press ? { choice: press.id } : {};
    await post(place(chat), { id: message.id, text: message.text, ...choice }, token);
  } catch (error) {
    status = error.status ?? 0;
  }
  const settled = { ...message, ack: status === 200 ? 2 : -1 };
  const now = stored(chat);
  if (now) store(chat, { ...now, said: now.said.map((each) => (each.id === message.id ? settled : each)) });
  told(settled);
  return { id: message.id, webhook_status: status };
}

/** Follows a chat, as `gateway.follow` does. "typing…" is shown from a message until its answer. */
export function follow(chat, { news, connected }) {
  let after = 0;
  let timer;
  let over = false;
  let waiting = 0;

  const typing = () => Date.now() < waiting;

  told = (message) => {
    if (message.ack === 1) waiting = Date.now() + PATIENCE;
    news({ messages: [message], typing: typing() });
    clearTimeout(timer);
    timer = setTimeout(poll, SOON);
  };

  async function poll() {
    try {
      const { token } = await visitor(chat);
      const { messages, next, token: renewed } = await ask(`${place(chat)}?after=${after}`, { headers: { Authorization: `Bearer ${token}` } });
      if (over) return;
      if (renewed) store(chat, { ...stored(chat), token: renewed });
      if (messages.length) waiting = 0;
      const first = after === 0 ? stored(chat).said : [];
      after = next;
      news({ messages: sorted([...first, ...messages.flatMap(bubbles)]), typing: typing() });
      connected(true);
    } catch (error) {
      if (error.status === 401) {
        forget(chat);
        after = 0;
      }
      if (!over) connected(false);
    }
    clearTimeout(timer);
    if (!over) timer = setTimeout(poll, typing() ? SOON : LATER);
  }

  poll();
  return () => {
    over = true;
    told = () => {};
    clearTimeout(timer);
  };
}

const sorted = (messages) => messages.sort((one, other) => one.at - other.at);

/** Returns one bubble for each part of an answer. */
function bubbles({ id, parts, at }) {
  const time = new Date(at).getTime() / 1000;
  return parts.map((part, number) => ({ id: `${id}.${number}`, turn: id, author: "concierge", at: time, ack: 3, kind: part.type, ...shown(part) }));
}

function shown(part) {
  if (part.type === "location") return { text: part.name, detail: { location: part } };
  if (part.type === "media") return { text: part.caption, detail: { file: { filename: part.filename || part.url, mimetype: part.mimetype } } };
  if (part.type === "choices") return { text: part.text, detail: { choices: { label: "", rows: part.choices } } };
  return { text: part.text ?? "", detail: {} };
}
