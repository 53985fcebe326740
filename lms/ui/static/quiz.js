// Answers on slow and broken lines: every change is kept on the device until the server has acknowledged it.
// The pages work without this script; all words come from data- attributes that the server wrote.

const page = document.querySelector("[data-attempt]");
const status = document.querySelector("[data-status]");
const form = document.querySelector("form[data-answer]");
const handIn = document.querySelector("form[data-hand-in]");
const words = status.dataset;
const attempt = page.dataset.attempt;
const waitingPrefix = `masar.answer.${attempt}.`;
const sentPrefix = `masar.sent.${attempt}.`;
const client = Array.from(crypto.getRandomValues(new Uint8Array(12)), (byte) => byte.toString(16).padStart(2, "0")).join("");

// Without storage (private windows of some browsers) the queue lives as long as the page does.
const memory = new Map();
const store = (() => {
  try {
    localStorage.setItem("masar.probe", "1");
    localStorage.removeItem("masar.probe");
    return {
      keys: () => Object.keys(localStorage),
      get: (key) => localStorage.getItem(key),
      set: (key, value) => localStorage.setItem(key, value),
      remove: (key) => localStorage.removeItem(key),
    };
  } catch {
    return {
      keys: () => [...memory.keys()],
      get: (key) => memory.get(key),
      set: (key, value) => memory.set(key, value),
      remove: (key) => memory.delete(key),
    };
  }
})();

let turn = 0;
let acknowledged = 0;
let token = document.querySelector("input[name=csrf_token]")?.value;
let sending = null;
let retry = 0;
let retryAfter = 2000;

// One key an answer, so that two windows never write over each other; the time in front keeps them in order.
const waiting = () => store.keys().filter((key) => key.startsWith(waitingPrefix)).sort();

function tell(sentence, kind, link) {
  status.textContent = sentence;
  status.className = `saved ${kind}`;
  if (link) {
    const a = document.createElement("a");
    a.href = location.pathname;
    a.textContent = link;
    status.append(" ", a);
  }
}

function tellWaiting(link) {
  const count = waiting().length;
  const forms = JSON.parse(words.waiting);
  const category = new Intl.PluralRules(document.documentElement.lang).select(count);
  const [example, sentence] = forms[category] ?? forms.other;
  tell(sentence.replace(String(example), String(count)), "waiting", link);
}

function given() {
  const fields = {};
  for (const [name, value] of new FormData(form)) {
    if (name !== "csrf_token") (fields[name] ??= []).push(value);
  }
  return fields;
}

const written = () => JSON.stringify(given());
let kept = form ? written() : "";
let unfit = null;

function keep() {
  if (!form || written() === kept) return;
  kept = written();
  const answer = { question: Number(form.dataset.answer), answer: given(), language: document.documentElement.lang };
  turn += 1;
  store.set(`${waitingPrefix}${String(Date.now()).padStart(15, "0")}.${client}.${String(turn).padStart(6, "0")}`, JSON.stringify(answer));
}

// An answer gets its number when it is first sent and keeps it, so that the server knows it again. A refused answer uses up none.
function numbered(key) {
  const answer = JSON.parse(store.get(key));
  if (!answer.client) {
    Object.assign(answer, { client, client_seq: acknowledged + 1 });
    store.set(key, JSON.stringify(answer));
  }
  return answer;
}

// How long it was kept here before it is sent now: on another device a later answer may have been given since.
const waited = (key) => Math.max(0, Date.now() - Number(key.slice(waitingPrefix.length).split(".")[0]));

async function post(key, answer) {
  try {
    const reply = await fetch(page.dataset.answers, {
      method: "POST",
      credentials: "same-origin",
      headers: { "Content-Type": "application/json", Accept: "application/json", "X-CSRFToken": token },
      body: JSON.stringify({ ...answer, waited: waited(key) }),
    });
    return { ...(await reply.json()), status: reply.status };
  } catch {
    return { status: 0 };
  }
}

// After logging in anew in another window the old token is void; the page itself has a fresh one.
async function refreshToken() {
  try {
    const answer = await fetch(location.pathname, { credentials: "same-origin" });
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    token = fresh.querySelector("[data-attempt] input[name=csrf_token]")?.value ?? token;
  } catch {
    // Still offline: the answer waits on.
  }
}

// A sentence beside the field it speaks of; gives false where the page has no place for one.
function mistake(sentence) {
  const place = document.querySelector("[data-mistake]");
  if (!place) return false;
  place.textContent = sentence;
  place.hidden = !sentence;
  for (const field of form.querySelectorAll("input[type=text]")) {
    if (sentence) field.setAttribute("aria-invalid", "true");
    else field.removeAttribute("aria-invalid");
  }
  return true;
}

// The sentence for an answer that the server did not take; on its own page, leaving sends the same again no more.
function refused(answer, reply) {
  if (reply.status === 409) return reply.error ?? words.refused;
  if (!form || answer.question !== Number(form.dataset.answer)) return words.refusedThere.replace("{number}", answer.question);
  kept = null;
  unfit = written();
  return mistake(reply.error ?? "") ? words.refused : (reply.error ?? words.refused);
}

// Gives true when everything was taken.
async function sendAll() {
  clearTimeout(retry);
  let refreshed = false;
  let taken = true;
  for (let [key] = waiting(); key; [key] = waiting()) {
    const answer = numbered(key);
    tell(words.saving, "busy");
    const reply = await post(key, answer);
    if (reply.status === 200 && reply.acknowledged === answer.client_seq) {
      if (answer.client === client) acknowledged = answer.client_seq;
      store.set(sentPrefix + answer.client, String(answer.client_seq));
      store.remove(key);
      retryAfter = 2000;
      const here = form && answer.question === Number(form.dataset.answer);
      if (here) mistake("");
      tell(reply.said, "");
      // The server has a later answer than the one that waited here: show that one.
      if (here && !reply.counts && written() === kept && !waiting().length) location.reload();
    } else if (reply.status === 422 || reply.status === 409) {
      store.remove(key);
      taken = false;
      tell(refused(answer, reply), "wrong");
    } else if (reply.status === 403 && !refreshed) {
      refreshed = true;
      await refreshToken();
    } else {
      tellWaiting(reply.status === 401 || reply.status === 403 ? words.login : "");
      retry = setTimeout(send, retryAfter);
      retryAfter = Math.min(retryAfter * 2, 60000);
      return false;
    }
  }
  return taken;
}

function send() {
  sending ??= sendAll().finally(() => { sending = null; });
  return sending;
}

async function save() {
  keep();
  const taken = await send();
  // Something may have been kept while the last answer was on its way.
  return waiting().length ? send() : taken;
}

if (form) {
  let pause = 0;
  form.addEventListener("change", save);
  form.addEventListener("input", (event) => {
    if (event.target.type !== "text") return;
    clearTimeout(pause);
    pause = setTimeout(save, 1500);
  });
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    clearTimeout(pause);
    if (await save()) location.assign(form.dataset.next);
  });
  addEventListener("pagehide", () => { if (written() !== unfit) keep(); });
}

if (handIn) {
  handIn.addEventListener("submit", async (event) => {
    event.preventDefault();
    // Stay where an answer was refused or still waits: handing in without it would lose it.
    if (!(await send()) || waiting().length) return;
    const sent = {};
    for (const key of store.keys()) {
      if (key.startsWith(sentPrefix)) sent[key.slice(sentPrefix.length)] = Number(store.get(key));
    }
    handIn.elements.sent.value = JSON.stringify(sent);
    handIn.submit();
  });
}

// The server did not know this answer yet when it made the page.
function restore() {
  const answers = waiting().map((key) => JSON.parse(store.get(key)));
  const last = answers.filter((answer) => answer.question === Number(form.dataset.answer)).pop();
  if (!last) return;
  for (const field of form.elements) {
    if (!field.name || field.name === "csrf_token") continue;
    const values = last.answer[field.name] ?? [];
    if (field.type === "radio" || field.type === "checkbox") field.checked = values.includes(field.value);
    else field.value = values[0] ?? "";
  }
  kept = written();
}

async function arrive() {
  if (form) restore();
  if (waiting().length) await send();
  if ("finished" in page.dataset && !waiting().length) {
    store.keys().filter((key) => key.startsWith(sentPrefix)).forEach(store.remove);
  }
}

addEventListener("online", send);
document.addEventListener("visibilitychange", () => { if (!document.hidden && waiting().length) send(); });
arrive();

// The time left, by the server's clock; said aloud only when little is left.
const timer = document.querySelector("[data-expires]");
if (timer) {
  const ahead = Date.now() - Date.parse(timer.dataset.now);
  const end = Date.parse(timer.dataset.expires);
  const shown = timer.querySelector("[data-left]");
  const aloud = timer.querySelector("[data-aloud]");
  let said = Infinity;
  const tick = async () => {
    const left = Math.max(0, Math.ceil((end - (Date.now() - ahead)) / 1000));
    shown.textContent = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`;
    shown.hidden = false;
    for (const minutes of [5, 1]) {
      if (left <= minutes * 60 && left > 0 && said > minutes) {
        said = minutes;
        aloud.textContent = timer.dataset[`left${minutes}`];
      }
    }
    if (left > 0) return;
    clearInterval(ticking);
    aloud.textContent = timer.dataset.over;
    if (form) await save();
  };
  const ticking = setInterval(tick, 1000);
  tick();
}
