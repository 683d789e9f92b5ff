// The messages that triggers plan for the person, and what became of them, as it happens.

import * as clock from "./clock.js";
import { $, h } from "./dom.js";
import * as gateway from "./gateway.js";
import { poll } from "./poll.js";

const EVERY = 1000;
const SHOWN = 40;
const DAY = { weekday: "short", day: "numeric", month: "short" };
const HOUR = { hour: "2-digit", minute: "2-digit" };
const NONE = "Nothing is planned for this person. Become one whom the organisation knows, in the list above.";

export class Planned {
  #tenant = null;
  #peer = () => "";
  #zone = () => undefined;
  #all = [];
  #shown = "";

  constructor() {
    $("to-next").addEventListener("click", () => this.#toNext());
    poll(() => this.#look(), EVERY);
  }

  /** Follows what is planned for the person whom `peer` returns; `zone` returns their time zone. */
  enter(tenant, peer, zone) {
    this.#tenant = tenant;
    this.#peer = peer;
    this.#zone = zone;
    this.#all = [];
    this.#draw();
  }

  async #look() {
    if (!this.#tenant) return;
    const { tenant } = this.#tenant;
    const peer = this.#peer();
    const all = await gateway.planned(tenant, peer);
    if (tenant !== this.#tenant.tenant || peer !== this.#peer()) return;
    this.#all = all;
    this.#draw();
  }

  get #next() {
    return this.#all.find((each) => each.state === "planned" && new Date(each.due_at) > clock.now());
  }

  async #toNext() {
    const next = this.#next;
    if (!next) return;
    await clock.move($("to-next"), () => gateway.moveTo(next.due_at)).catch(() => {});
    await this.#look().catch(() => {});
  }

  #draw() {
    const next = this.#next;
    const shape = JSON.stringify([this.#all, next && this.#spoken(next)]);
    if (shape === this.#shown) return;
    this.#shown = shape;
    $("to-next").hidden = !next;
    $("to-next").textContent = next ? `To ${this.#spoken(next)}` : "";
    const ahead = this.#all.filter((each) => each.state === "planned");
    const over = this.#all.filter((each) => each.state !== "planned").reverse();
    $("planned-body").replaceChildren(
      ...(this.#all.length ? [] : [h("p", { class: "way-empty" }, NONE)]),
      ...this.#part("Next", ahead),
      ...this.#part("Before", over),
    );
  }

  #part(title, list) {
    if (!list.length) return [];
    return [h("h3", {}, title), h("ol", { class: "occurrences", "aria-label": title }, ...list.slice(0, SHOWN).map((each) => this.#row(each)))];
  }

  #row({ trigger, state, why, local, due_at: due }) {
    const meant = local.slice(11) === this.#format(due, HOUR) ? "" : `, meant for ${local.replace("T", " ")}`;
    return h("li", {},
      h("time", { datetime: due }, `${this.#day(due)}, ${this.#format(due, HOUR)}${meant}`),
      h("strong", {}, trigger),
      h("span", { class: `state ${state}` }, state),
      why ? h("span", { class: "soft" }, why) : null,
    );
  }

  /** Returns the person's day and time in words: `tomorrow 10:00`. */
  #spoken({ due_at: due }) {
    const after = (days) => this.#day(clock.now().getTime() + days * 86_400_000);
    const near = ["today", "tomorrow"].find((_, days) => this.#day(due) === after(days));
    return `${near ?? this.#day(due)} ${this.#format(due, HOUR)}`;
  }

  /** Returns the day, with its year if that is not the present one. */
  #day(at) {
    const year = { year: "numeric" };
    return this.#format(at, this.#format(at, year) === this.#format(clock.now(), year) ? DAY : { ...DAY, ...year });
  }

  #format(at, fields) {
    return new Intl.DateTimeFormat(undefined, { ...fields, hourCycle: "h23", timeZone: this.#zone() }).format(new Date(at));
  }
}
