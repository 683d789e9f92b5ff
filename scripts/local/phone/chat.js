// The chat as a person sees it on their phone: bubbles, days, ticks.

import { choices, content } from "./content.js";
import { drawing, h } from "./dom.js";

const TIME = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
const DAY = new Intl.DateTimeFormat("en", { weekday: "long", day: "numeric", month: "long" });
const ONE = "m4.5 6.5 3 3 6-7";
const TWO = "m1.5 6.5 3 3 6-7M8 8.6l.9.9 6-7";
const CLOCK = "M9 1.5a4.5 4.5 0 1 0 .01 0M9 3.6V6l1.6 1";
const BACK = "M10 6 4.5 11.5 10 17M4.5 11.5H15a5 5 0 0 1 5 5v2";
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
  #asked;
  #$;

  /** `$` finds a part of the phone. `pick` is called with the message whose way to show, `press` with the button
   * pressed under one, `reply` with the message that is to be answered. */
  constructor($, { pick, press, reply }) {
    this.#$ = $;
    this.#asked = { pick, press, reply };
    this.#$("scroll").addEventListener("scroll", () => this.#showWayBack());
    this.#$("to-end").addEventListener("click", () => this.toEnd());
  }

  clear() {
    this.#messages.clear();
    this.#elements.clear();
    this.#$("messages").replaceChildren();
    this.typing(false);
  }

  get size() {
    return this.#messages.size;
  }

  /** Returns the newest message that is not the concierge's. */
  latestSaid() {
    return [...this.#messages.values()].findLast((each) => each.author !== "concierge");
  }

  /** Adds new and changed messages; the list stays scrolled to its end if it was there. */
  update(messages) {
    const atEnd = this.#atEnd();
    for (const message of messages) {
      const known = this.#elements.get(message.id);
      const before = this.#messages.get(message.id);
      this.#messages.set(message.id, message);
      if (!known) this.#append(message);
      else if (JSON.stringify(before.detail) === JSON.stringify(message.detail)) known.querySelector(".meta").replaceWith(this.#meta(message));
      else this.#renew(known, message);
    }
    this.#$("empty").hidden = this.size > 0;
    if (atEnd || messages.some((each) => each.author === "person")) this.#stay();
    else this.#showWayBack();
  }

  typing(on) {
    const atEnd = this.#atEnd();
    this.#$("typing").hidden = !on;
    if (atEnd) this.toEnd();
  }

  /** Marks the bubble whose way is shown. */
  mark(id) {
    this.#elements.get(this.#picked)?.classList.remove("picked");
    this.#picked = id;
    this.#elements.get(id)?.classList.add("picked");
  }

  toEnd() {
    this.#$("scroll").scrollTop = this.#$("scroll").scrollHeight;
    this.#showWayBack();
  }

  /** Stays at the end, also when a picture that is still loading makes the list longer. */
  #stay() {
    this.toEnd();
    for (const picture of this.#$("messages").querySelectorAll("img"))
      if (!picture.complete) picture.addEventListener("load", () => this.toEnd(), { once: true });
  }

  #append(message) {
    const list = this.#$("messages");
    const last = [...this.#messages.values()].at(-2);
    const newDay = !last || dayOf(last) !== dayOf(message);
    if (newDay) list.append(h("li", { class: "day" }, dayName(message)));
    const first = newDay || last.author !== message.author;
    const element = this.#bubble(message, first);
    this.#elements.set(message.id, element);
    list.append(element);
  }

  /** Replaces the bubble once its file has been downloaded. */
  #renew(known, message) {
    const bubble = this.#bubble(message, known.classList.contains("first"));
    bubble.classList.toggle("picked", known.classList.contains("picked"));
    known.replaceWith(bubble);
    this.#elements.set(message.id, bubble);
  }

  #bubble(message, first) {
    const classes = ["message", first ? "first" : "", { person: "own", staff: "staff" }[message.author] ?? ""];
    const whoever = message.author === "staff" ? h("p", { class: "author", dir: "ltr" }, "Staff, on the organisation's phone") : null;
    const press = choices(message, (chosen) => this.#asked.press(chosen));
    const parts = [whoever, ...content(message), this.#meta(message), press, this.#reply(message)];
    const element = h("li", { class: classes.join(" ").trim(), dir: "auto" }, ...parts);
    element.addEventListener("click", (event) => {
      const busy = event.target.closest("a, audio, .choices, summary, .reply") || !getSelection().isCollapsed;
      if (!busy) this.#asked.pick(message);
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

  #reply(message) {
    const onclick = () => this.#asked.reply(message);
    return h("button", { type: "button", class: "reply", "aria-label": "Reply", onclick }, drawing("0 0 24 24", BACK));
  }

  #atEnd() {
    const { scrollTop, scrollHeight, clientHeight } = this.#$("scroll");
    return scrollHeight - scrollTop - clientHeight < 60;
  }

  #showWayBack() {
    this.#$("to-end").hidden = this.#atEnd();
  }
}

const dayOf = (message) => new Date(message.at * 1000).toDateString();

function dayName(message) {
  const day = dayOf(message);
  if (day === new Date().toDateString()) return "Today";
  if (day === new Date(Date.now() - 86_400_000).toDateString()) return "Yesterday";
  return DAY.format(message.at * 1000);
}
