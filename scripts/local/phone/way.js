// The panel with a message's way: each function's work, its time, and the outcome.

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

  /** `ask(tenant, message)` returns a message's way so far. */
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

  /** Shows the way of `message`, and polls until it is complete. */
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
      way.spans.length ? waterfall(way) : "",
      way.hops.length ? timeline(way) : "",
    );
  }
}

/** Whether all answers are sent and their functions done: only receipts can follow. */
function finished(way) {
  if (!way.outcome) return false;
  if (!way.turn) return true;
  const sent = (call) => call.status >= 200 && call.status < 300;
  const delivered = way.hops.some((hop) => hop.function === "deliver"); // a webchat has no calls
  return delivered && (!way.calls.length || way.calls.some(sent));
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

/** Returns the table of the message's spans: name, start, duration, depth. */
function waterfall({ spans }) {
  const whole = Math.max(1, ...spans.map((span) => span.since_ms + span.ms));
  return h("table", { class: "waterfall" },
    h("caption", { class: "hidden" }, "Spans of the message's trace"),
    h("colgroup", {}, ...["what", "when", "number", "number"].map((name) => h("col", { class: name }))),
    h("thead", { class: "hidden" }, h("tr", {}, ...["Span", "When", "Start", "Duration"].map((name) => h("th", { scope: "col" }, name)))),
    h("tbody", {}, ...spans.map((span) => spanRow(span, whole))),
  );
}

function spanRow(span, whole) {
  const hop = span.kind === "server" || span.kind === "consumer";
  const bar = h("b", { class: span.failed ? "failed" : hop ? "" : "part" });
  bar.style.insetInlineStart = `${(100 * span.since_ms) / whole}%`;
  bar.style.width = `${(100 * span.ms) / whole}%`;
  const name = h("th", { scope: "row", title: span.name }, span.name);
  name.style.paddingInlineStart = `${span.depth * 0.7}em`;
  return h("tr", { class: hop ? "of-hop" : "", "data-depth": span.depth },
    name,
    h("td", { "aria-hidden": "true" }, h("span", { class: "track" }, bar)),
    h("td", { class: "mono" }, `+${ms(span.since_ms)}`),
    h("td", { class: "mono" }, ms(span.ms)),
  );
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

/** Returns a document's path, its collections dimmer than its ids, with the number of writes. */
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
