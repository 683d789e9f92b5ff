// This browser's person on each network: invented once or chosen, kept until "new person".

import * as webchat from "./webchat.js";

/** The name and the abilities of each kind of channel. */
export const KINDS = {
  waha: { name: "WAHA", group: "WhatsApp", files: true },
  green_api: { name: "Green API", group: "WhatsApp", files: true },
  cloud_api: { name: "Cloud API", group: "WhatsApp", files: true },
  telegram: { name: "Telegram", files: true, commands: ["/start", "/help", "/services", "/contact", "/cancel"] },
  webchat: { name: "Web chat", files: false },
};

/** What a staff's phone offers to tap: the answer that takes a request, and commands. */
export const STAFF_COMMANDS = ["1", "#list", "#suggest", "#close", "#help"];

/** A Senegalese mobile number on WhatsApp (the same behind each gateway), a Telegram id, or a visitor. */
export function peer({ tenant }, { channel, kind }) {
  if (kind === "webchat") return webchat.name({ tenant, channel });
  const key = kind === "telegram" ? `peer.${tenant}.telegram` : `peer.${tenant}`;
  if (!localStorage.getItem(key)) {
    const number = String(crypto.getRandomValues(new Uint32Array(1))[0] % 10_000_000).padStart(7, "0");
    localStorage.setItem(key, kind === "telegram" ? `77${number}` : `+22177${number}`);
  }
  return localStorage.getItem(key);
}

const NAMES = ["Awa", "Moussa", "Fatou", "Ibrahima", "Grace", "Paul", "Rokhaya", "Thomas"];

/** The name that the person gave their network, which its gateway passes on; "" on a page, which has none. */
export function name({ tenant }, { kind }) {
  if (kind === "webchat") return "";
  const key = `name.${tenant}`;
  if (!localStorage.getItem(key)) localStorage.setItem(key, NAMES[Math.floor(Math.random() * NAMES.length)]);
  return localStorage.getItem(key);
}

/** Makes this browser's person on WhatsApp one whom the organisation knows. */
export function become({ tenant }, { phone, name: called }) {
  localStorage.setItem(`peer.${tenant}`, phone);
  localStorage.setItem(`name.${tenant}`, called);
}

/** Makes the next `peer` of this tenant a new person, on every channel. */
export function forget({ tenant, channels }) {
  localStorage.removeItem(`peer.${tenant}`);
  localStorage.removeItem(`peer.${tenant}.telegram`);
  localStorage.removeItem(`name.${tenant}`);
  for (const { channel } of channels) webchat.forget({ tenant, channel });
}
