// The page: choice of organisation and person, the message box, and the panel.

import * as attach from "./attach.js";
import { Chat } from "./chat.js";
import { $, h } from "./dom.js";
import * as gateway from "./gateway.js";
import { KINDS, forget, peer } from "./people.js";
import { Way } from "./way.js";
import * as webchat from "./webchat.js";

const narrow = matchMedia("(max-width: 859.9px)");
const dark = matchMedia("(prefers-color-scheme: dark)");
const way = new Way(gateway.way);
const chat = new Chat({ pick: pickByHand, press: (chosen) => say({ press: chosen }), reply });

let tenant = null;
let channel = null;
let answering = null;
let stop = () => {};
let notices = null;
let followed = "";

// Organisation and channel

const address = () => ({ tenant: tenant.tenant, channel: channel.channel, peer: peer(tenant, channel) });
/** Returns the channel's client: a simulated gateway, or a page of the tenant's own. */
const line = () => (channel.kind === "webchat" ? webchat : gateway);

function enter(chosen) {
  tenant = chosen;
  localStorage.setItem("tenant", tenant.tenant);
  const last = localStorage.getItem("channel");
  const options = tenant.channels.filter((each) => each.kind in KINDS);
  $("channel").replaceChildren(...options.map(option));
  open(options.find((each) => each.channel === last) ?? options[0]);
}

function option({ channel: name, kind }) {
  const { group, name: called } = KINDS[kind];
  return h("option", { value: name }, group ? `${group} · ${called}` : called);
}

/** Opens the tenant's chat on a channel. */
function open(chosen) {
  channel = chosen;
  $("channel").value = channel.channel;
  const { files, commands = [] } = KINDS[channel.kind];
  stop();
  chat.clear();
  way.clear();
  asStaff(false);
  reply(null);
  $("organisation").textContent = tenant.name;
  $("avatar").textContent = initials(tenant.name);
  $("chips").replaceChildren(...tenant.suggestions.map(chip));
  $("commands").replaceChildren(...commands.map(chip));
  $("commands").hidden = !commands.length;
  $("staff-switch").hidden = !channel.staff;
  $("open-attach").hidden = !files;
  $("attach").hidden = true;
  $("unsent").hidden = true;
  stop = line().follow(address(), { news, connected });
  tellPeer();
}

function tellPeer() {
  $("peer").textContent = peer(tenant, channel);
}

function chip(question) {
  const ask = () => say({ text: question });
  return h("li", {}, h("button", { type: "button", dir: "auto", onclick: ask }, question));
}

/** Returns the first letters of the name's first two longer words. */
function initials(name) {
  const words = name.split(/[\s'’-]+/u).filter((word) => word.length > 3);
  return words.slice(0, 2).map((word) => word[0].toUpperCase()).join("") || name[0];
}

// Incoming messages

function news({ messages, typing }) {
  connected(true);
  tellPeer();
  chat.update(messages);
  chat.typing(typing);
  $("empty").hidden = chat.size > 0;
  $("status").textContent = typing ? "typing…" : "online";
  $("status").classList.toggle("busy", typing);
  const latest = chat.latestSaid();
  if (latest && latest.id !== followed) pick(latest);
  if (!document.hidden && messages.some((each) => each.author === "concierge" && each.ack < 3)) seen();
}

/** Marks our messages as read; called while the chat is visible. */
async function seen() {
  await line().read(address()).catch(() => connected(false));
}

function connected(holds) {
  clearTimeout(notices);
  if (holds) $("lost").hidden = true;
  else notices = setTimeout(() => ($("lost").hidden = false), 1000);
  if (!holds) $("status").textContent = "connecting…";
}

function pickByHand(message) {
  pick(message);
  if (narrow.matches) openWay(true);
}

/** Shows a message's way in the panel. The newest message is followed automatically, once. */
function pick(message) {
  followed = chat.latestSaid()?.id ?? "";
  chat.mark(message.id);
  way.show(tenant.tenant, message).catch(() => connected(false));
}

// Outgoing messages

/** Sends the text and the fields of `message`, with the id of the message that it answers. */
async function say(message) {
  const quote = answering ? { quote: answering.id } : {};
  const staff = $("as-staff").checked ? { staff: true } : {};
  reply(null);
  $("unsent").hidden = true;
  try {
    const { webhook_status: status } = await line().say(address(), { ...message, ...quote, ...staff });
    if (status < 200 || status > 299) refused(`The webhook answered ${status || "nothing"}.`);
  } catch (error) {
    if (message.text && !$("text").value) $("text").value = message.text;
    refused(`Not sent: ${error.message}`);
  }
}

/** Sends a file, with the text in the box as its caption. */
async function attached(prepare) {
  const text = takeText();
  try {
    say({ ...(await prepare()), ...(text ? { text } : {}) });
  } catch (error) {
    $("text").value = text;
    refused(`Not sent: ${error.message}`);
  }
}

function refused(words) {
  $("unsent").textContent = words;
  $("unsent").hidden = false;
}

function takeText() {
  const text = $("text").value.trim();
  $("text").value = "";
  return text;
}

function submit() {
  const text = takeText();
  if (text) say({ text });
  $("text").focus();
}

/** Makes the next message answer this one; null clears it. */
function reply(message) {
  answering = message;
  $("replying").hidden = !message;
  $("replying-to").textContent = message ? message.text || `[${message.kind}]` : "";
  if (message) $("text").focus();
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
  forget(tenant);
  openControls(false);
  enter(tenant);
});
$("channel").addEventListener("change", () => {
  localStorage.setItem("channel", $("channel").value);
  open(tenant.channels.find((each) => each.channel === $("channel").value));
});
$("no-reply").addEventListener("click", () => reply(null));
attach.wire(attached);
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
