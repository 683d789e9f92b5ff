// Builds DOM. Texts always become text nodes: people's messages are never parsed as HTML.

const SVG = "http://www.w3.org/2000/svg";

/** Returns an element with properties and children; `null` children are left out. */
export function h(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined || value === null || value === false) continue;
    if (name === "class") element.className = value;
    else if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.filter((child) => child !== null));
  return element;
}

/** A small drawing of one path, hidden from screen readers: its meaning stands beside it in words. */
export function drawing(box, path, className = "") {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", box);
  svg.setAttribute("aria-hidden", "true");
  if (className) svg.setAttribute("class", className);
  const line = document.createElementNS(SVG, "path");
  line.setAttribute("d", path);
  svg.append(line);
  return svg;
}

export const $ = (id) => document.getElementById(id);

/** Puts a template's copy into `root`, its ids and their references with `prefix`, and returns its `$`. */
export function mount(root, template, prefix) {
  const copy = $(template).content.cloneNode(true);
  for (const name of ["id", "aria-controls"])
    for (const element of copy.querySelectorAll(`[${name}]`)) element.setAttribute(name, prefix + element.getAttribute(name));
  root.append(copy);
  return (id) => $(prefix + id);
}
