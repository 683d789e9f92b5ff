// Sets the PIN of an administrator, for the holder of a link. The link works once.

import { post, worded } from "./link.js";

const WORDS = {
  en: {
    title: "Your PIN", old: "Your present PIN", pin: "New PIN, 4 to 8 digits", again: "The new PIN again", send: "Set it",
    ask: "Choose a PIN that you have nowhere else.", done: "Your PIN is set. You can close this page.",
    differ: "The two are not the same.", weak: "4 to 8 digits, please, not all alike and not in a row.",
    wrong: "The present PIN is wrong.", locked: "Too many wrong PINs. Try again in a quarter of an hour.",
    invalid: "This link is not valid any more. Ask for a new one with #pin.", failed: "That did not work. Please try again.",
  },
  fr: {
    title: "Votre code PIN", old: "Votre code PIN actuel", pin: "Nouveau code PIN, 4 à 8 chiffres", again: "Le nouveau code, encore une fois", send: "Enregistrer",
    ask: "Choisissez un code que vous n'avez nulle part ailleurs.", done: "Votre code PIN est enregistré. Vous pouvez fermer cette page.",
    differ: "Les deux ne sont pas pareils.", weak: "4 à 8 chiffres, s'il vous plaît, ni tous pareils ni à la suite.",
    wrong: "Le code PIN actuel est faux.", locked: "Trop de codes faux. Réessayez dans un quart d'heure.",
    invalid: "Ce lien n'est plus valable. Demandez-en un nouveau avec #pin.", failed: "Cela n'a pas marché. Réessayez, s'il vous plaît.",
  },
  es: {
    title: "Su PIN", old: "Su PIN actual", pin: "PIN nuevo, de 4 a 8 cifras", again: "El PIN nuevo otra vez", send: "Guardar",
    ask: "Elija un PIN que no tenga en ningún otro sitio.", done: "Su PIN está guardado. Puede cerrar esta página.",
    differ: "Los dos no son iguales.", weak: "De 4 a 8 cifras, ni todas iguales ni seguidas.",
    wrong: "El PIN actual es incorrecto.", locked: "Demasiados PIN incorrectos. Inténtelo dentro de un cuarto de hora.",
    invalid: "Este enlace ya no es válido. Pida otro con #pin.", failed: "No ha funcionado. Inténtelo otra vez.",
  },
  pt: {
    title: "O seu PIN", old: "O seu PIN atual", pin: "PIN novo, 4 a 8 dígitos", again: "O PIN novo outra vez", send: "Guardar",
    ask: "Escolha um PIN que não tenha em mais lado nenhum.", done: "O seu PIN está guardado. Pode fechar esta página.",
    differ: "Os dois não são iguais.", weak: "4 a 8 dígitos, nem todos iguais nem seguidos.",
    wrong: "O PIN atual está errado.", locked: "Demasiados PIN errados. Tente de novo daqui a um quarto de hora.",
    invalid: "Esta ligação já não é válida. Peça outra com #pin.", failed: "Não funcionou. Tente de novo.",
  },
  ar: {
    title: "رقمك السري", old: "رقمك السري الحالي", pin: "رقم سري جديد من 4 إلى 8 أرقام", again: "الرقم الجديد مرة أخرى", send: "حفظ",
    ask: "اختر رقما لا تستعمله في مكان آخر.", done: "تم حفظ رقمك السري. يمكنك إغلاق هذه الصفحة.",
    differ: "الرقمان مختلفان.", weak: "من 4 إلى 8 أرقام، غير متشابهة وغير متتالية.",
    wrong: "الرقم السري الحالي خاطئ.", locked: "أرقام خاطئة كثيرة. حاول بعد ربع ساعة.",
    invalid: "هذا الرابط لم يعد صالحا. اطلب رابطا جديدا بـ #pin.", failed: "لم ينجح ذلك. حاول من جديد.",
  },
  wo: {
    title: "Sa PIN", old: "Sa PIN bi am léegi", pin: "PIN bu bees, 4 ba 8 lim", again: "PIN bu bees bi, beneen yoon", send: "Denc ko",
    ask: "Tànnal PIN boo amul feneen.", done: "Sa PIN denc nañu ko. Mën nga tëj xët wii.",
    differ: "Ñaar yi niroowuñu.", weak: "4 ba 8 lim, bañ a nirook bañ a toppante.",
    wrong: "PIN bi am léegi baaxul.", locked: "PIN yu baaxul yu bare. Jéemaatal ci fukki simili ak juróom.",
    invalid: "Lien bii baaxatul. Laajal bu bees ak #pin.", failed: "Antuwul. Jéemaatal.",
  },
};
const FAILURES = { 400: "weak", 401: "invalid", 403: "wrong", 429: "locked" };

const page = document.querySelector("main");
const [tenant, title, status, form, present, old, pin, again, send] = [
  "tenant", "title", "status", "form", "present", "old", "pin", "again", "send",
].map((id) => document.getElementById(id));

let words = WORDS.en;

function speak(wanted) {
  words = worded(WORDS, wanted);
  document.title = title.textContent = words.title;
  for (const label of document.querySelectorAll("label")) label.textContent = words[label.htmlFor];
  send.textContent = words.send;
}

function tell(key) {
  page.dataset.state = key;
  status.textContent = words[key];
  status.classList.toggle("bad", !["ask", "done"].includes(key));
  if (["done", "invalid"].includes(key)) form.hidden = true;
}

async function ask(path, body) {
  const answer = await post(path, body);
  if (answer?.ok) return answer.json();
  tell(FAILURES[answer?.status] ?? "failed");
  return null;
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  if (pin.value !== again.value) {
    tell("differ");
    return;
  }
  send.disabled = true;
  const shown = await ask("pin", { pin: pin.value, old: old.value });
  send.disabled = false;
  if (shown) tell("done");
});

speak(navigator.languages);
const shown = await ask("pin/state");
if (shown) {
  speak([shown.language, ...navigator.languages]);
  tenant.textContent = shown.tenant;
  present.hidden = !shown.has_pin;
  form.hidden = false;
  tell("ask");
}
