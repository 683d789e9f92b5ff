// A phone: one chat with its message box, on one of an organisation's channels.

import * as attach from "./attach.js";
import { Chat } from "./chat.js";
import { h, mount } from "./dom.js";
import * as gateway from "./gateway.js";
import { KINDS } from "./people.js";
import * as webchat from "./webchat.js";

const NOBODY = { news: () => {}, pick: () => {} };

export class Phone {
  $;
  chat;
  #on;
  #root;
  #tenant = null;
  #channel = null;
  #peer = () => "";
  #name = "";
  #answering = null;
  #stop = () => {};
  #notices = null;

  /** Builds the phone in `root`, its ids with `prefix`. `on.news` is called with each change of the chat, `on.pick`
   * with a message that was chosen. */
  constructor(root, prefix, on = {}) {
    this.#root = root;
    this.#on = { ...NOBODY, ...on };
    this.$ = mount(root, "phone", prefix);
    const press = (chosen) => this.say({ press: chosen });
    this.chat = new Chat(this.$, { pick: (message) => this.#on.pick(message), press, reply: (message) => this.#reply(message) });
    this.#wire();
  }

  /** Opens a chat: `peer` returns the address of the phone's owner, `name` is theirs on the network, `chips` are
   * questions for an empty chat. */
  open({ tenant, channel, peer, name, chips, commands }) {
    this.#tenant = tenant;
    this.#channel = channel;
    this.#peer = peer;
    this.#name = name;
    this.#stop();
    this.chat.clear();
    this.#asStaff(false);
    this.#reply(null);
    const { $ } = this;
    $("organisation").textContent = tenant.name;
    $("avatar").textContent = initials(tenant.name);
    $("chips").replaceChildren(...chips.map((each) => this.#chip(each)));
    $("commands").replaceChildren(...commands.map((each) => this.#chip(each)));
    $("commands").hidden = !commands.length;
    $("open-attach").hidden = !KINDS[channel.kind].files;
    $("attach").hidden = true;
    $("unsent").hidden = true;
    $("text").disabled = false; // until now there was nobody to send it to
    const here = { news: (news) => this.#news(news), connected: (holds) => this.connected(holds) };
    this.#stop = this.#line().follow(this.#address(), here);
  }

  /** Marks our messages as read, if the chat is visible. */
  async seen() {
    if (!this.#tenant || document.hidden || !this.#root.checkVisibility()) return;
    await this.#line().read(this.#address()).catch(() => this.connected(false));
  }

  connected(holds) {
    const { $ } = this;
    clearTimeout(this.#notices);
    if (holds) $("lost").hidden = true;
    else this.#notices = setTimeout(() => ($("lost").hidden = false), 1000);
    if (!holds) $("status").textContent = "connecting…";
  }

  /** Sends the text and the fields of `message`, with the id of the message that it answers. */
  async say(message) {
    const { $ } = this;
    const quote = this.#answering ? { quote: this.#answering.id } : {};
    const author = $("as-staff").checked ? { staff: true } : this.#name ? { name: this.#name } : {};
    this.#reply(null);
    $("unsent").hidden = true;
    try {
      const { webhook_status: status } = await this.#line().say(this.#address(), { ...message, ...quote, ...author });
      if (status < 200 || status > 299) this.#refused(`The webhook answered ${status || "nothing"}.`);
    } catch (error) {
      if (message.text && !$("text").value) $("text").value = message.text;
      this.#refused(`Not sent: ${error.message}`);
    }
  }

  /** Says that nothing can be reached. */
  fail(words) {
    this.$("status").textContent = "not available";
    this.$("lost").textContent = words;
    this.$("lost").hidden = false;
  }

  #address() {
    return { tenant: this.#tenant.tenant, channel: this.#channel.channel, peer: this.#peer() };
  }

  /** Returns the channel's client: a simulated gateway, or a page of the tenant's own. */
  #line() {
    return this.#channel.kind === "webchat" ? webchat : gateway;
  }

  #news({ messages, typing }) {
    const { $ } = this;
    this.connected(true);
    this.chat.update(messages);
    this.chat.typing(typing);
    $("empty").hidden = this.chat.size > 0;
    $("status").textContent = typing ? "typing…" : "online";
    $("status").classList.toggle("busy", typing);
    this.#on.news(messages);
    if (messages.some((each) => each.author === "concierge" && each.ack < 3)) this.seen();
  }

  #chip(question) {
    return h("li", {}, h("button", { type: "button", dir: "auto", onclick: () => this.say({ text: question }) }, question));
  }

  /** Sends a file, with the text in the box as its caption. */
  async #attached(prepare) {
    const text = this.#takeText();
    try {
      this.say({ ...(await prepare()), ...(text ? { text } : {}) });
    } catch (error) {
      this.$("text").value = text;
      this.#refused(`Not sent: ${error.message}`);
    }
  }

  #refused(words) {
    this.$("unsent").textContent = words;
    this.$("unsent").hidden = false;
  }

  #takeText() {
    const text = this.$("text").value.trim();
    this.$("text").value = "";
    return text;
  }

  #submit() {
    const text = this.#takeText();
    if (text) this.say({ text });
    this.$("text").focus();
  }

  /** Makes the next message answer this one; null clears it. */
  #reply(message) {
    this.#answering = message;
    this.$("replying").hidden = !message;
    this.$("replying-to").textContent = message ? message.text || `[${message.kind}]` : "";
    if (message) this.$("text").focus();
  }

  #asStaff(on) {
    this.$("as-staff").checked = on;
    this.$("composer").classList.toggle("staff", on);
    this.$("text").placeholder = on ? "Message to this person, as the staff" : "Message";
  }

  #wire() {
    const { $ } = this;
    $("composer").addEventListener("submit", (event) => {
      event.preventDefault();
      this.#submit();
    });
    $("text").addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      this.#submit();
    });
    $("as-staff").addEventListener("change", (event) => this.#asStaff(event.target.checked));
    $("no-reply").addEventListener("click", () => this.#reply(null));
    attach.wire($, (prepare) => this.#attached(prepare));
    document.addEventListener("visibilitychange", () => this.seen());
  }
}

/** Returns the first letters of the name's first two longer words. */
function initials(name) {
  const words = name.split(/[\s'’-]+/u).filter((word) => word.length > 3);
  return words.slice(0, 2).map((word) => word[0].toUpperCase()).join("") || name[0];
}
