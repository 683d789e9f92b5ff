// The page: choice of organisation and people, both phones, the panels between them.

import * as clock from "./clock.js";
import { $, h, mount } from "./dom.js";
import * as gateway from "./gateway.js";
import { Inbox } from "./inbox.js";
import { KINDS, STAFF_COMMANDS, become, forget, name, peer } from "./people.js";
import { Phone } from "./phone.js";
import { Planned } from "./planned.js";
import { Requests } from "./requests.js";
import * as views from "./views.js";
import { Way } from "./way.js";

const { narrow } = views;
const dark = matchMedia("(prefers-color-scheme: dark)");
const way = new Way(gateway.way);
const person = new Phone($("person"), "", { news: followed, pick: (message) => pickByHand(person, message) });
const agent = new Phone($("agent"), "agent-", { pick: (message) => pickByHand(agent, message) });
const requests = new Requests();
const planned = new Planned();
const inbox = new Inbox();

let tenant = null;
let known = [];
let channel = null;
let latest = "";

// Organisation, channel, staff

function enter(chosen) {
  tenant = chosen;
  localStorage.setItem("tenant", tenant.tenant);
  const last = localStorage.getItem("channel");
  const options = tenant.channels.filter((each) => each.kind in KINDS);
  $("channel").replaceChildren(...options.map(option));
  $("staff").replaceChildren(...tenant.staff.map((each) => h("option", { value: each.staff }, each.name)));
  inbox.enter(tenant.tenant);
  showKnown(tenant).catch(() => person.connected(false));
  open(options.find((each) => each.channel === last) ?? options[0]);
  openAgent();
}

function option({ channel: value, kind }) {
  const { group, name: called } = KINDS[kind];
  return h("option", { value }, group ? `${group} · ${called}` : called);
}

/** Opens the person's chat on a channel. */
function open(chosen) {
  channel = chosen;
  $("channel").value = channel.channel;
  way.clear();
  $("staff-switch").hidden = !channel.staff;
  const address = () => peer(tenant, channel);
  const { commands = [] } = KINDS[channel.kind];
  person.open({ tenant, channel, peer: address, name: name(tenant, channel), chips: tenant.suggestions, commands });
  requests.enter(tenant, address);
  planned.enter(tenant, address, () => self()?.timezone ?? tenant.timezone);
  tellPeer();
}

/** Opens the chat of a member of staff, on the channel by which they are reached. */
function openAgent() {
  const member = tenant.staff.find((each) => each.staff === $("staff").value);
  const line = tenant.channels.find((each) => each.channel === member?.channel);
  if (line) agent.open({ tenant, channel: line, peer: () => member.peer, name: member.name, chips: [], commands: STAFF_COMMANDS });
}

function tellPeer() {
  $("peer").textContent = peer(tenant, channel);
  $("name").textContent = name(tenant, channel);
  $("known").value = self()?.phone ?? "";
}

// People whom the organisation knows

const self = () => known.find((each) => each.phone === peer(tenant, channel));

async function showKnown(entered) {
  known = [];
  const all = await gateway.people(entered.tenant);
  if (entered !== tenant) return;
  known = all;
  const invented = h("option", { value: "" }, known.length ? "or someone known…" : "nobody is known");
  $("known").replaceChildren(invented, ...known.map((each) => h("option", { value: each.phone }, each.name || each.phone)));
  tellPeer();
}

/** Becomes a person whom the organisation knows, on the channel on which it writes first. */
function choose(phone) {
  const chosen = known.find((each) => each.phone === phone);
  if (!chosen) return;
  become(tenant, chosen);
  open(tenant.channels.find((each) => each.channel === tenant.begins_on) ?? channel);
  views.show("planned");
}

// The message's way

/** Shows the way of the person's newest message, once. */
function followed() {
  tellPeer();
  const newest = person.chat.latestSaid();
  if (newest && newest.id !== latest) pick(person, newest);
}

function pickByHand(phone, message) {
  pick(phone, message);
  if (narrow.matches) openWay(true);
  else views.show("way");
}

function pick(phone, message) {
  latest = person.chat.latestSaid()?.id ?? "";
  for (const each of [person, agent]) each.chat.mark(each === phone ? message.id : "");
  way.show(tenant.tenant, message).catch(() => person.connected(false));
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

function wire() {
  mount($("tools"), "head-of-person", "");
  mount(agent.$("tools"), "head-of-agent", "");
  agent.$("staff-switch").hidden = true;
  agent.$("empty").querySelector("p").textContent = "Nothing yet. A request for a human arrives here.";
  agent.$("text").setAttribute("aria-label", "Answer");
  agent.$("composer").querySelector(".send").setAttribute("aria-label", "Post the answer");
  $("new-person").addEventListener("click", () => {
    forget(tenant);
    openControls(false);
    open(channel);
  });
  $("known").addEventListener("change", () => {
    openControls(false);
    choose($("known").value);
  });
  $("channel").addEventListener("change", () => {
    localStorage.setItem("channel", $("channel").value);
    open(tenant.channels.find((each) => each.channel === $("channel").value));
  });
  $("staff").addEventListener("change", openAgent);
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
  dark.addEventListener("change", () => theme());
  narrow.addEventListener("change", () => ($("way").inert = narrow.matches && !$("way").classList.contains("open")));
  clock.wire();
  views.wire(() => {
    for (const each of [person, agent]) {
      each.seen();
      each.chat.toEnd();
    }
  });
}

async function start() {
  wire();
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

start().catch((error) => person.fail(`The simulation cannot be reached: ${error.message}`));
