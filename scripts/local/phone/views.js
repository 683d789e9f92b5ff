// The views: beside each other where there is room, one at a time in the hand.

import { $ } from "./dom.js";

const NARROW = matchMedia("(max-width: 859.9px)");
const WIDE = matchMedia("(min-width: 1180px)");
const stage = document.querySelector(".stage");
const tabs = [...$("views").children];

/** Whether the page is shown on a phone. */
export const narrow = NARROW;

const shown = (tab) => tab.checkVisibility();
const name = (tab) => tab.getAttribute("aria-controls");

/** Shows a view: the one in the hand, or the one between the phones. */
export function show(view) {
  stage.dataset.view = view;
  if (view !== "person" && !(view === "agent" && WIDE.matches)) stage.dataset.panel = view;
  mark();
}

function mark() {
  if (WIDE.matches && stage.dataset.panel === "agent") stage.dataset.panel = "way";
  const current = NARROW.matches ? stage.dataset.view : stage.dataset.panel;
  for (const tab of tabs) {
    const chosen = name(tab) === current;
    tab.setAttribute("aria-selected", chosen);
    tab.tabIndex = chosen ? 0 : -1;
  }
}

/** Moves along the tabs with the arrow keys (the tabs pattern of WAI-ARIA). */
function move(event) {
  const step = { ArrowRight: 1, ArrowLeft: -1, Home: -Infinity, End: Infinity }[event.key];
  if (!step) return;
  event.preventDefault();
  const all = tabs.filter(shown);
  const now = all.indexOf(document.activeElement);
  const next = Number.isFinite(step) ? (now + step + all.length) % all.length : step < 0 ? 0 : all.length - 1;
  all[next].focus();
  all[next].click();
}

/** Wires the tabs; `changed` is called when other views are shown. */
export function wire(changed) {
  for (const tab of tabs)
    tab.addEventListener("click", () => {
      show(name(tab));
      changed();
    });
  $("views").addEventListener("keydown", move);
  for (const query of [NARROW, WIDE]) query.addEventListener("change", mark);
  show("way");
  show("person");
}
