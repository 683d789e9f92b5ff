// The chat as a person sees it on their phone: bubbles, days, ticks.

import { $, drawing, h } from "./dom.js";
import { isLarge, render } from "./markup.js";

const TIME = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
const DAY = new Intl.DateTimeFormat("en", { weekday: "long", day: "numeric", month: "long" });
const ONE = "m4.5 6.5 3 3 6-7";
const TWO = "m1.5 6.5 3 3 6-7M8 8.6l.9.9 6-7";
const CLOCK = "M9 1.5a4.5 4.5 0 1 0 .01 0M9 3.6V6l1.6 1";
const PIN = "M12 21s-6.5-5.6-6.5-11a6.5 6.5 0 0 1 13 0c0 5.4-6.5 11-6.5 11ZM12 8a2 2 0 1 0 .01 0";
const TICKS = {
  "-1": ["failed", null, "not accepted"],
  0: ["", CLOCK, "waiting"],
  1: ["", ONE, "sent"],
  2: ["", TWO, "delivered"],
  3: ["read", TWO, "read"],
};

export class Chat {
  #messages = new Map();
  #elements = new Map();
  #picked = "";
  #pick;

  /** `pick` is called with the message whose way is wanted. */
  constructor(pick) {
    this.#pick = pick;
    $("scroll").addEventListener("scroll", () => this.#showWayBack());
    $("to-end").addEventListener("click", () => this.toEnd());
  }

  clear() {
    this.#messages.clear();
    this.#elements.clear();
    $("messages").replaceChildren();
    this.typing(false);
  }

  get size() {
    return this.#messages.size;
  }

  /** The newest message that was not the concierge's own. */
  latestSaid() {
    return [...this.#messages.values()].findLast((each) => each.author !== "concierge");
  }

  /** Takes new and changed messages; the list stays at its end if it was there. */
  update(messages) {
    const atEnd = this.#atEnd();
    for (const message of messages) {
      const known = this.#elements.get(message.id);
      this.#messages.set(message.id, message);
      if (known) known.querySelector(".meta").replaceWith(this.#meta(message));
      else this.#append(message);
    }
    $("empty").hidden = this.size > 0;
    if (atEnd || messages.some((each) => each.author === "person")) this.toEnd();
    else this.#showWayBack();
  }

  typing(on) {
    const atEnd = this.#atEnd();
    $("typing").hidden = !on;
    if (atEnd) this.toEnd();
  }

  /** Marks the bubble whose way is shown. */
  mark(id) {
    this.#elements.get(this.#picked)?.classList.remove("picked");
    this.#picked = id;
    this.#elements.get(id)?.classList.add("picked");
  }

  toEnd() {
    $("scroll").scrollTop = $("scroll").scrollHeight;
    this.#showWayBack();
  }

  #append(message) {
    const list = $("messages");
    const last = [...this.#messages.values()].at(-2);
    const newDay = !last || dayOf(last) !== dayOf(message);
    if (newDay) list.append(h("li", { class: "day" }, dayName(message)));
    const first = newDay || last.author !== message.author;
    const element = this.#bubble(message, first);
    this.#elements.set(message.id, element);
    list.append(element);
  }

  #bubble(message, first) {
    const classes = ["message", first ? "first" : "", { person: "own", staff: "staff" }[message.author] ?? ""];
    const whoever = message.author === "staff" ? h("p", { class: "author", dir: "ltr" }, "Staff, on the organisation's phone") : null;
    const element = h("li", { class: classes.join(" ").trim(), dir: "auto" }, whoever, ...content(message), this.#meta(message));
    element.addEventListener("click", (event) => {
      const busy = event.target.closest("a") || !getSelection().isCollapsed;
      if (!busy) this.#pick(message);
    });
    return element;
  }

  #meta(message) {
    const [name, path, words] = TICKS[message.ack] ?? TICKS[0];
    const own = message.author === "person";
    const tick = own && path ? drawing("0 0 18 12", path, name) : null;
    const failed = own && !path ? h("span", { class: "failed" }, "! not accepted") : null;
    const time = TIME.format(message.at * 1000);
    const label = `${time}${own ? `, ${words}` : ""}. Show this message's way`;
    return h("button", { type: "button", class: "meta", dir: "ltr", "aria-label": label }, time, tick, failed);
  }

  #atEnd() {
    const { scrollTop, scrollHeight, clientHeight } = $("scroll");
    return scrollHeight - scrollTop - clientHeight < 60;
  }

  #showWayBack() {
    $("to-end").hidden = this.#atEnd();
  }
}

function content(message) {
  const nodes = [];
  const { location, file } = message.detail;
  if (location) nodes.push(place(`${location.name || "Location"} (${location.latitude}, ${location.longitude})`));
  if (file) nodes.push(place(file.filename || file.mimetype));
  if (message.text && !(location && location.name === message.text)) {
    const large = isLarge(message.text) ? " large" : "";
    nodes.push(h("span", { class: `words${large}` }, ...render(message.text)));
  }
  return nodes;
}

const place = (words) => h("div", { class: "place" }, drawing("0 0 24 24", PIN), h("span", {}, words));
const dayOf = (message) => new Date(message.at * 1000).toDateString();

function dayName(message) {
  const day = dayOf(message);
  if (day === new Date().toDateString()) return "Today";
  if (day === new Date(Date.now() - 86_400_000).toDateString()) return "Yesterday";
  return DAY.format(message.at * 1000);
}
