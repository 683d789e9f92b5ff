// Attachments: a file, a voice note, a location.

import * as gateway from "./gateway.js";

const DAKAR = { latitude: 14.6708, longitude: -17.4381, name: "Place de l'Indépendance, Dakar" };

/** Wires the menu behind the "+"; `$` finds a part of the phone, and `send` gets the message to send. */
export function wire($, send) {
  const open = (on) => {
    $("attach").hidden = !on;
    $("open-attach").setAttribute("aria-expanded", on);
  };
  const choose = (id, act) =>
    $(id).addEventListener("click", () => {
      open(false);
      act();
    });
  $("open-attach").addEventListener("click", () => open($("attach").hidden));
  document.addEventListener("keydown", (event) => event.key === "Escape" && open(false));
  choose("attach-file", () => $("file").click());
  choose("attach-voice", () => send(voice));
  choose("attach-place", () => send(async () => ({ location: DAKAR })));
  $("file").addEventListener("change", () => {
    const [file] = $("file").files;
    $("file").value = "";
    if (file) send(() => picked(file));
  });
}

async function picked(file) {
  const kind = { image: "image", audio: "voice" }[file.type.split("/")[0]] ?? "document";
  return { file: { id: await gateway.upload(file, file.name), kind } };
}

/** The page's own sample, since browsers record WebM, which WhatsApp does not use for voice notes. */
async function voice() {
  const sample = await (await fetch("/phone/sample.oga")).blob();
  const note = new Blob([sample], { type: "audio/ogg; codecs=opus" });
  return { file: { id: await gateway.upload(note, ""), kind: "voice" } };
}
