// The content of a bubble: text, files, locations, the quoted message, and buttons.

import { drawing, h } from "./dom.js";
import { isLarge, render } from "./markup.js";

const PIN = "M12 21s-6.5-5.6-6.5-11a6.5 6.5 0 0 1 13 0c0 5.4-6.5 11-6.5 11ZM12 8a2 2 0 1 0 .01 0";
const SHEET = "M7 3.5h7l4 4v13H7ZM13.5 3.5v4.5h4.5";
const LIST = "M8 7h11M8 12h11M8 17h11M4.5 7v.01M4.5 12v.01M4.5 17v.01";

/** Returns the nodes of a message's bubble. */
export function content({ text, detail }) {
  const { location, file, quote, press } = detail;
  const nodes = [];
  if (quote) nodes.push(quoted(quote));
  if (location) nodes.push(card(PIN, location.name || "Location", `${location.latitude}, ${location.longitude}`));
  if (file) nodes.push(attached(file));
  const told = location && location.name === text;
  if (text && !told) nodes.push(words(text, press));
  return nodes;
}

/** Returns the buttons under a message: `press` gets the chosen row. A list opens first. */
export function choices({ id, detail }, press) {
  const { label, rows } = detail.choices ?? { rows: [] };
  if (!rows.length) return null;
  const buttons = rows.map((row) => h("li", {}, button(row, () => press({ id: row.id, title: row.title, on: id }))));
  const list = h("ul", { class: "choices" }, ...buttons);
  if (!label) return list;
  return h("details", { class: "list" }, h("summary", {}, drawing("0 0 24 24", LIST), h("span", {}, label)), list);
}

function button(row, onclick) {
  const soft = row.description ? h("span", { class: "soft" }, row.description) : null;
  return h("button", { type: "button", dir: "auto", onclick }, h("span", {}, row.title), soft);
}

function words(text, press) {
  if (press) return h("span", { class: "words" }, text);
  return h("span", { class: `words${isLarge(text) ? " large" : ""}` }, ...render(text));
}

function quoted({ author, text, kind }) {
  const who = { person: "You", staff: "Staff" }[author] ?? "Concierge";
  return h("blockquote", { class: "quote", dir: "auto" }, h("span", { class: "author" }, who), text || `[${kind}]`);
}

/** Returns a file's node if the gateway has downloaded it and the browser can show it; otherwise a card. */
function attached({ id, mimetype, filename }) {
  const src = `/_sim/phone/files/${id}`;
  const kind = mimetype.split("/")[0];
  if (id && kind === "image") return h("img", { class: "picture", src, alt: filename || "Picture" });
  if (id && kind === "audio") return h("audio", { src, controls: true, preload: "metadata", "aria-label": "Voice note" });
  const name = filename || mimetype || "File";
  if (!id) return card(SHEET, name, "");
  return h("a", { class: "sheet", href: src, target: "_blank", rel: "noopener" }, card(SHEET, name, mimetype));
}

const card = (path, name, soft) =>
  h("div", { class: "place" }, drawing("0 0 24 24", path), h("span", {}, name, soft ? h("span", { class: "soft" }, soft) : null));
