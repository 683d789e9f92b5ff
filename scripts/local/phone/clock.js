// The run's clock on the page: it is told wherever there is a place for it, and moved forward by buttons.

import * as gateway from "./gateway.js";
import { poll } from "./poll.js";

const EVERY = 1000;
const EXACT = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" });
const DAY = new Intl.DateTimeFormat(undefined, { weekday: "short", day: "numeric", month: "short" });

let current = new Date();

/** Returns the run's time, as it was told last. */
export const now = () => current;

/** Moves the clock with `step`, which returns the new time; `button` cannot be pressed until then. */
export async function move(button, step) {
  button.disabled = true;
  try {
    tell(await step());
  } finally {
    button.disabled = false;
  }
}

function tell(time) {
  current = time;
  for (const place of document.querySelectorAll("time.now")) {
    const day = place.dataset.day === undefined ? "" : `${DAY.format(time)}, `;
    place.textContent = day + EXACT.format(time);
    place.dateTime = time.toISOString();
  }
}

/** Follows the clock, and wires the buttons that move it by minutes. */
export function wire() {
  for (const button of document.querySelectorAll("[data-minutes]"))
    button.addEventListener("click", () => move(button, () => gateway.forward(Number(button.dataset.minutes))));
  poll(async () => tell(await gateway.clock()), EVERY);
}
