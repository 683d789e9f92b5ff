// The page: which organisation, which person, what is written, and the panel beside it.

import { Chat } from "./chat.js";
import { $, h } from "./dom.js";
import * as gateway from "./gateway.js";
import { Way } from "./way.js";

const narrow = matchMedia("(max-width: 859.9px)");
const dark = matchMedia("(prefers-color-scheme: dark)");
const way = new Way(gateway.way);
const chat = new Chat((message) => {
  pick(message);
  if (narrow.matches) openWay(true);
});

let tenant = null;
let stop = () => {};
let notices = null;
let followed = "";

// Who writes to whom

const address = () => ({ tenant: tenant.tenant, channel: tenant.channel, peer: peerOf(tenant) });

/** This browser's number in a tenant's chat: a made-up Senegalese mobile, kept until "new person". */
function peerOf({ tenant: name }, fresh = false) {
  const key = `peer.${name}`;
  if (fresh || !localStorage.getItem(key)) {
    const number = crypto.getRandomValues(new Uint32Array(1))[0] % 10_000_000;
    localStorage.setItem(key, `+22177${String(number).padStart(7, "0")}`);
  }
  return localStorage.getItem(key);
}

function enter(chosen) {
  tenant = chosen;
  localStorage.setItem("tenant", tenant.tenant);
  stop();
  chat.clear();
  way.clear();
  asStaff(false);
  $("organisation").textContent = tenant.name;
  $("avatar").textContent = initials(tenant.name);
  $("peer").textContent = peerOf(tenant);
  $("chips").replaceChildren(...tenant.suggestions.map(chip));
  $("unsent").hidden = true;
  stop = gateway.follow(address(), { news, connected });
}

function chip(question) {
  const ask = () => say(question);
  return h("li", {}, h("button", { type: "button", dir: "auto", onclick: ask }, question));
}

/** The first letters of the name's first two longer words. */
function initials(name) {
  const words = name.split(/[\s'’-]+/u).filter((word) => word.length > 3);
  return words.slice(0, 2).map((word) => word[0].toUpperCase()).join("") || name[0];
}

// What comes

function news({ messages, typing }) {
  connected(true);
  chat.update(messages);
  chat.typing(typing);
  $("empty").hidden = chat.size > 0;
  $("status").textContent = typing ? "typing…" : "online";
  $("status").classList.toggle("busy", typing);
  const latest = chat.latestSaid();
  if (latest && latest.id !== followed) pick(latest);
  if (!document.hidden && messages.some((each) => each.author === "concierge" && each.ack < 3)) seen();
}

/** The chat is in front of somebody: what was sent has been read. */
async function seen() {
  await gateway.read(address()).catch(() => connected(false));
}

function connected(holds) {
  clearTimeout(notices);
  if (holds) $("lost").hidden = true;
  else notices = setTimeout(() => ($("lost").hidden = false), 1000);
  if (!holds) $("status").textContent = "connecting…";
}

/** Shows a message's way in the panel. The newest one is followed by itself, once. */
function pick(message) {
  followed = chat.latestSaid()?.id ?? "";
  chat.mark(message.id);
  way.show(tenant.tenant, message).catch(() => connected(false));
}

// What is written

async function say(text) {
  const words = text.trim();
  if (!words) return;
  $("unsent").hidden = true;
  try {
    const { webhook_status: status } = await gateway.say(address(), { text: words, staff: $("as-staff").checked });
    if (status < 200 || status > 299) refused(`The webhook answered ${status || "nothing"}.`);
  } catch (error) {
    if (!$("text").value) $("text").value = text;
    refused(`Not sent: ${error.message}`);
  }
}

function refused(words) {
  $("unsent").textContent = words;
  $("unsent").hidden = false;
}

function submit() {
  const text = $("text").value;
  $("text").value = "";
  say(text);
  $("text").focus();
}

function asStaff(on) {
  $("as-staff").checked = on;
  $("composer").classList.toggle("staff", on);
  $("text").placeholder = on ? "Message to this person, as the staff" : "Message";
}

// Panel, menu, theme

function openWay(open) {
  $("way").classList.toggle("open", open);
  $("open-way").setAttribute("aria-expanded", open);
  $("way").inert = narrow.matches && !open;
  if (narrow.matches) $(open ? "close-way" : "open-way").focus({ preventScroll: true });
}

function openControls(open) {
  $("controls").classList.toggle("open", open);
  $("open-controls").setAttribute("aria-expanded", open);
}

function theme(choice) {
  if (choice) localStorage.setItem("theme", choice);
  const now = choice ?? localStorage.getItem("theme") ?? (dark.matches ? "dark" : "light");
  document.documentElement.dataset.theme = now;
  $("theme").setAttribute("aria-pressed", now === "dark");
}

// Wiring

$("composer").addEventListener("submit", (event) => {
  event.preventDefault();
  submit();
});
$("text").addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  submit();
});
$("as-staff").addEventListener("change", (event) => asStaff(event.target.checked));
$("new-person").addEventListener("click", () => {
  peerOf(tenant, true);
  openControls(false);
  enter(tenant);
});
$("theme").addEventListener("click", () => theme(document.documentElement.dataset.theme === "dark" ? "light" : "dark"));
$("open-way").addEventListener("click", () => openWay(true));
$("close-way").addEventListener("click", () => openWay(false));
$("open-controls").addEventListener("click", () => openControls(!$("controls").classList.contains("open")));
$("scroll").addEventListener("click", () => openControls(false));
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  openControls(false);
  if (narrow.matches && $("way").classList.contains("open")) openWay(false);
});
document.addEventListener("visibilitychange", () => tenant && !document.hidden && seen());
dark.addEventListener("change", () => theme());
narrow.addEventListener("change", () => ($("way").inert = narrow.matches && !$("way").classList.contains("open")));

async function start() {
  theme();
  $("way").inert = narrow.matches;
  const all = await gateway.tenants();
  const last = all.find((each) => each.tenant === localStorage.getItem("tenant")) ?? all[0];
  $("tenants").append(
    ...all.map((each) => {
      const radio = h("input", { type: "radio", name: "tenant", value: each.tenant, checked: each === last });
      radio.addEventListener("change", () => enter(each));
      return h("label", {}, radio, h("span", {}, each.tenant));
    }),
  );
  enter(last);
}

start().catch((error) => {
  $("status").textContent = "not available";
  $("lost").textContent = `The simulation cannot be reached: ${error.message}`;
  $("lost").hidden = false;
});
