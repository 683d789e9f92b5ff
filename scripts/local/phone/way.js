// The panel that tells a message's way: what each function did with it, when, and how it ended.

import { $, h } from "./dom.js";

const POLL = 250;
const PATIENCE = 20_000;
const HOUR = { hour: "2-digit", minute: "2-digit" };
const TIME = new Intl.DateTimeFormat(undefined, HOUR);
const EXACT = new Intl.DateTimeFormat(undefined, { ...HOUR, second: "2-digit", fractionalSecondDigits: 3 });

export class Way {
  #ask;
  #current = 0;
  #shown = "";

  /** `ask(tenant, message)` tells a way as it is known by now. */
  constructor(ask) {
    this.#ask = ask;
    this.clear();
  }

  clear() {
    this.#current += 1;
    this.#shown = "";
    $("way-body").replaceChildren(
      h("p", { class: "way-empty" }, "Send a message, and see here which function did what with it, what it stored and how it ended."),
    );
  }

  /** Shows the way of `message`, and goes on asking until it has come to its end. */
  async show(tenant, message) {
    const mine = (this.#current += 1);
    this.#shown = "";
    const end = Date.now() + PATIENCE;
    while (mine === this.#current && Date.now() < end) {
      const way = await this.#ask(tenant, message.turn || message.id);
      if (mine !== this.#current) return;
      this.#draw(message, way);
      if (finished(way)) return;
      await new Promise((resolve) => setTimeout(resolve, POLL));
    }
  }

  #draw(message, way) {
    const shape = JSON.stringify(way);
    if (shape === this.#shown) return;
    this.#shown = shape;
    $("way-body").replaceChildren(
      h("p", { class: "way-quote", dir: "auto" }, message.text || "(no text)"),
      outcome(way, message),
      facts(way),
      ...(way.hops.length ? [spans(way), timeline(way)] : []),
    );
  }
}

/** Every answer is out: nothing more is to be expected but receipts. */
function finished(way) {
  if (!way.outcome) return false;
  if (!way.turn) return true;
  const sent = (call) => call.status >= 200 && call.status < 300;
  return way.calls.length ? way.calls.some(sent) : way.hops.some((hop) => hop.function === "deliver"); // a page is not called
}

function outcome(way, message) {
  const open = message.author === "staff" ? "from the staff" : "under way";
  const words = way.outcome ? way.outcome.replaceAll("_", " ") : open;
  const reason = way.reason ? h("span", { class: "way-reason" }, way.reason) : null;
  return h("p", { class: "way-outcome" }, h("span", { class: `badge ${way.outcome ?? ""}` }, words), reason);
}

function facts(way) {
  const lines = [];
  const told = (name, value) => value && lines.push(h("dt", {}, name), h("dd", {}, value));
  const mono = (text) => text && h("span", { class: "mono" }, text);
  told("Message", mono(way.message));
  told("Turn", mono(way.turn));
  if (way.conversation) {
    const { state, why, human } = way.conversation;
    const until = human ? `, a human until ${TIME.format(new Date(human.until))}` : "";
    told("Conversation", `${state}${until}${why ? ` (${why})` : ""}`);
  }
  const answered = way.calls.find((call) => call.status >= 200 && call.status < 300);
  if (answered?.since_ms) told("Answered", `${ms(answered.since_ms)} after the gateway called`);
  return h("dl", { class: "facts" }, ...lines);
}

/** Who worked when, up to the answer: receipts come later and would make the rest too small to see. */
function spans(way) {
  const hops = way.hops.filter((hop) => hop.topic !== "receipts");
  const whole = Math.max(1, ...hops.map((hop) => hop.since_ms + hop.ms));
  const rows = hops.flatMap((hop) => {
    const bar = h("b");
    bar.style.left = `${(100 * hop.since_ms) / whole}%`;
    bar.style.width = `${(100 * hop.ms) / whole}%`;
    return [h("span", {}, hop.function), h("span", { class: "track" }, bar), h("span", { class: "took mono" }, ms(hop.ms))];
  });
  return h("div", { class: "spans", "aria-hidden": "true" }, ...rows);
}

function timeline(way) {
  const hops = way.hops.map((hop) => [hop.since_ms, hopItem(hop)]);
  const calls = way.calls.map((call) => [call.since_ms ?? Infinity, callItem(call)]);
  const items = [...hops, ...calls].sort(([a], [b]) => a - b).map(([, item]) => item);
  return h("ol", { class: "hops" }, ...items);
}

function hopItem(hop) {
  const trigger = hop.topic ? `on ${hop.topic}` : "called over HTTP";
  const line = h("p", { class: "hop-line" },
    h("span", { class: "status" }, `answered ${hop.status}`),
    h("span", {}, `took ${ms(hop.ms)}`),
    h("span", {}, count(hop.reads, "read")),
    hop.published.length ? h("span", {}, `published ${hop.published.join(", ")}`) : null,
    hop.reason ? h("span", {}, hop.reason) : null,
  );
  const wrote = [...new Set(hop.wrote)].map((text) => path(text, hop.wrote.filter((each) => each === text).length));
  const paths = wrote.length ? h("ul", { class: "paths", "aria-label": "Documents written" }, ...wrote) : null;
  const steps = hop.steps.length ? h("ul", { class: "steps" }, ...hop.steps.map(step)) : null;
  return item("", hop.status, hop.function, trigger, hop, line, paths, steps);
}

function callItem(call) {
  const status = call.status || "no answer (dropped)";
  const line = h("p", { class: "hop-line" }, h("span", { class: "status" }, `answered ${status}`), h("span", { class: "mono" }, call.to));
  return item(" call", call.status, call.channel, `gateway call: ${call.kind}`, call, line);
}

function item(kind, status, name, soft, { at, since_ms }, ...rest) {
  const wrong = status >= 200 && status < 300 ? "" : " wrong";
  const since = h("time", { class: "since mono", datetime: at, title: EXACT.format(new Date(at)) }, since_ms === null ? "" : `+${ms(since_ms)}`);
  const head = h("div", { class: "hop-head" }, h("h3", {}, name), h("span", { class: "soft" }, soft), since);
  return h("li", { class: `hop${kind}${wrong}` }, head, ...rest);
}

/** A document's path, its collections quieter than its ids, and how often it was written. */
function path(text, times) {
  const segments = text.split("/").flatMap((segment, place) => [
    place ? h("span", { class: "collection" }, "/") : null,
    place ? h("wbr") : null,
    h("span", { class: place % 2 ? "" : "collection" }, segment),
  ]);
  const often = times > 1 ? h("span", { class: "collection" }, ` ×${times}`) : null;
  return h("li", {}, ...segments, often);
}

function step({ event, since_ms }) {
  return h("li", {}, h("span", { class: "mono" }, `+${ms(since_ms)}`), h("span", {}, event.replaceAll("_", " ")));
}

const count = (number, noun) => `${number} ${noun}${number === 1 ? "" : "s"}`;
const ms = (value) => (value >= 1000 ? `${(value / 1000).toFixed(2)} s` : `${value >= 100 ? Math.round(value) : value.toFixed(1)} ms`);
