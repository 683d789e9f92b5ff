// The mails that went out, as a mail program shows them, with a box for the reply.

import { $, h } from "./dom.js";
import * as gateway from "./gateway.js";
import { poll } from "./poll.js";

const EVERY = 1500;
const KEPT = 50;
const TIME = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
const NONE = "No mail yet. Staff are told by mail when they do not answer on WhatsApp.";

export class Inbox {
  #tenant = "";
  #mails = [];
  #since = 0;
  #open = 0;
  #seen = 0;

  constructor() {
    poll(() => this.#look(), EVERY);
  }

  /** Shows the mails of an organisation. */
  enter(tenant) {
    this.#tenant = tenant;
    this.#open = 0;
    this.#list();
    $("mail").replaceChildren();
  }

  async #look() {
    const { next, mails } = await gateway.mails(this.#since);
    this.#since = next;
    this.#mails = [...mails.reverse(), ...this.#mails].slice(0, KEPT);
    if (mails.length) this.#list();
    if ($("inbox").checkVisibility()) this.#seen = this.#since;
    const fresh = this.#mine().filter((each) => each.seq > this.#seen).length;
    $("mails-count").textContent = fresh || "";
    $("mails-count").hidden = !fresh;
  }

  #mine() {
    return this.#mails.filter((each) => each.tenant === this.#tenant);
  }

  #list() {
    const rows = this.#mine().map((mail) => this.#row(mail));
    $("mails").replaceChildren(...(rows.length ? rows : [h("li", { class: "way-empty" }, NONE)]));
  }

  #row(mail) {
    const onclick = () => this.#show(mail);
    const head = h("span", { class: "mail-to" }, mail.to, h("time", { datetime: mail.at }, TIME.format(new Date(mail.at))));
    return h("li", {}, h("button", { type: "button", "aria-current": mail.seq === this.#open, onclick }, head, h("span", { class: "soft", dir: "auto" }, mail.subject)));
  }

  #show(mail) {
    this.#open = mail.seq;
    this.#list();
    $("mail").replaceChildren(
      h("h3", { dir: "auto" }, mail.subject),
      h("p", { class: "soft" }, `${mail.from} → ${mail.to}`),
      h("iframe", { class: "mail-page", title: "The mail", src: `/_sim/mail/${mail.seq}/page`, sandbox: "allow-popups allow-popups-to-escape-sandbox" }),
      h("details", {}, h("summary", {}, "As plain text"), h("pre", { dir: "auto" }, mail.text)),
      ...(mail.reply_to ? [this.#reply(mail)] : []),
    );
    $("mail").scrollTop = 0;
  }

  #reply(mail) {
    const box = h("textarea", { rows: 3, maxlength: 4096, dir: "auto", "aria-label": "Reply by mail", placeholder: "Reply by mail" });
    const status = h("p", { class: "soft", role: "status" });
    const send = async (event) => {
      event.preventDefault();
      const text = box.value.trim();
      if (!text) return;
      try {
        const { webhook_status: answered } = await gateway.answerMail(mail.seq, text);
        const taken = answered >= 200 && answered < 300;
        status.textContent = taken ? "Sent." : `The webhook answered ${answered || "nothing"}.`;
        if (taken) box.value = "";
      } catch (error) {
        status.textContent = `Not sent: ${error.message}`;
      }
    };
    return h("form", { class: "mail-reply", onsubmit: send }, box, h("button", { type: "submit", class: "plain" }, "Reply to the mail"), status);
  }
}
