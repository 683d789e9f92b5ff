// The life of a request for a human: state, promise and steps, as they happen.

import { $, h } from "./dom.js";
import * as gateway from "./gateway.js";
import { poll } from "./poll.js";

const EVERY = 1000;
const HOUR = { hour: "2-digit", minute: "2-digit", hourCycle: "h23" };
const TIME = new Intl.DateTimeFormat(undefined, HOUR);
const EXACT = new Intl.DateTimeFormat(undefined, { ...HOUR, second: "2-digit" });
const OPEN = ["requested", "notified", "taken"];
const NONE = "No request yet. Ask for a person of the team, and see here who is told, when, and how it goes on.";

export class Requests {
  #tenant = null;
  #peer = () => "";
  #all = [];
  #chosen = "";
  #shown = "";

  constructor() {
    $("requests").addEventListener("change", () => {
      this.#chosen = $("requests").value;
      this.#draw();
    });
    poll(() => this.#look(), EVERY);
  }

  /** Follows the requests of an organisation: the newest one of the person whom `peer` returns. */
  enter(tenant, peer) {
    this.#tenant = tenant;
    this.#peer = peer;
    this.#all = [];
    this.#chosen = "";
    this.#draw();
  }

  async #look() {
    if (!this.#tenant) return;
    const { tenant } = this.#tenant;
    const all = await gateway.handoffs(tenant);
    if (tenant !== this.#tenant.tenant) return;
    const mine = (list) => list.find((each) => each.peer === this.#peer())?.id;
    if (mine(all) !== mine(this.#all)) this.#chosen = mine(all) ?? "";
    this.#all = all;
    this.#draw();
  }

  #draw() {
    const request = this.#all.find((each) => each.id === this.#chosen);
    const shape = JSON.stringify([this.#all.map((each) => [each.id, each.state, each.name]), request]);
    if (shape === this.#shown) return;
    this.#shown = shape;
    const blank = request ? [] : [h("option", { value: "" }, "choose one")];
    $("requests").replaceChildren(...blank, ...this.#all.map(option));
    $("requests").value = request?.id ?? "";
    $("requests").hidden = !this.#all.length;
    const longer = request && request.steps.length > document.querySelectorAll(".step").length;
    $("request-body").replaceChildren(...(request ? this.#life(request) : [h("p", { class: "way-empty" }, NONE)]));
    if (longer) $("request-body").scrollTop = $("request-body").scrollHeight;
  }

  #life(request) {
    return [
      h("p", { class: "way-outcome" }, h("span", { class: `state ${request.state}` }, request.state), h("span", { class: "way-reason" }, request.reasons.join(", ").replaceAll("_", " "))),
      this.#facts(request),
      h("ol", { class: "life", "aria-label": "Steps", "aria-live": "polite" }, ...request.steps.map((step) => this.#step(step))),
    ];
  }

  #facts(request) {
    const lines = [];
    const told = (name, value) => value && lines.push(h("dt", {}, name), h("dd", {}, value));
    told("Person", [request.name, request.peer].filter(Boolean).join(" · "));
    told("Asks", request.summary);
    told("Taken by", this.#called(request.taken_by));
    told("Promised", request.promised_at && `an answer by ${TIME.format(new Date(request.promised_at))}${request.broken ? `, after ${request.broken} broken` : ""}`);
    told("Rating", request.rating && `${"★".repeat(request.rating)}${"☆".repeat(5 - request.rating)} (${request.rating} of 5)`);
    told("Refused", request.refused);
    return h("dl", { class: "facts" }, ...lines);
  }

  #step({ at, step, by, to, way, result, why }) {
    const until = step === "promised" ? `by ${TIME.format(new Date(result))}` : result;
    const who = [to && `to ${this.#called(to)}`, by && `by ${this.#called(by)}`, way && `on ${way}`].filter(Boolean).join(" ");
    const rest = [until, why].filter(Boolean).join(", ").replaceAll("_", " ");
    return h("li", { class: `step ${step}` },
      h("time", { class: "mono", datetime: at }, EXACT.format(new Date(at))),
      h("span", {}, h("strong", {}, step.replaceAll("_", " ")), who ? ` ${who}` : "", rest ? h("span", { class: "soft" }, rest) : null),
    );
  }

  /** Returns the name of a member of staff, or the word that stands for another. */
  #called(staff) {
    return this.#tenant.staff.find((each) => each.staff === staff)?.name ?? (staff === "person" ? "the person" : staff);
  }
}

function option(request) {
  const open = OPEN.includes(request.state) ? "" : " (over)";
  return h("option", { value: request.id }, `#${request.number || "…"} · ${request.name || request.peer}${open}`);
}
