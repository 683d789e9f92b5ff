// WhatsApp's light marks (*bold*, _italic_, ~struck~, `code`) and links, as DOM nodes.

import { h } from "./dom.js";

const TAGS = { "*": "strong", "_": "em", "~": "s" };
const LINK = /https?:\/\/[^\s<>"“”«»]+/u;
// A mark opens where a word may begin and closes where one may end: 2*3*4 and snake_case stay as they are.
const MARK = /(?<![\p{L}\p{N}])([*_~])(?=\S)([^\n]*?\S)\1(?![\p{L}\p{N}])/u;
const CODE = /`([^`\n]+)`/u;
const TRAILING = /[.,;:!?)\]’'*_~]+$/u;
const LARGE = /^(?:\p{Extended_Pictographic}[\p{Emoji_Modifier}\u{fe0f}\u{200d}\p{Extended_Pictographic}]*\s?){1,3}$/u;

/** Returns the text's nodes. The recursion ends: each mark's inside is shorter than the text it came from. */
export function render(text) {
  const found = [CODE, LINK, MARK]
    .map((pattern) => pattern.exec(text))
    .filter(Boolean)
    .sort((a, b) => a.index - b.index)[0];
  if (!found) return text ? [document.createTextNode(text)] : [];
  const [node, length] = element(found);
  const before = text.slice(0, found.index);
  return [...(before ? [document.createTextNode(before)] : []), node, ...render(text.slice(found.index + length))];
}

/** Whether the text is only one to three emoji, which are shown large. */
export const isLarge = (text) => text.length < 30 && LARGE.test(text.trim());

function element(found) {
  const [whole, first, inside] = found;
  if (whole.startsWith("`")) return [h("code", {}, first), whole.length];
  if (inside !== undefined) return [h(TAGS[first], {}, ...render(inside)), whole.length];
  const address = whole.replace(TRAILING, "");
  const safe = { href: address, target: "_blank", rel: "noopener noreferrer nofollow" };
  return [h("a", safe, address), address.length];
}
