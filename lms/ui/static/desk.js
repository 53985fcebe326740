// The translation desk, livelier: what is typed is looked at, kept on the device until it is saved, and sent by two keys.
// The page works without this script; every sentence comes from the server.

const form = document.querySelector("form.desk");
const field = form.querySelector("textarea");
const findings = form.querySelector("[data-findings]");
const preview = form.querySelector("[data-preview]");
const warned = form.querySelector("[name=warned]");
const name = `masar.desk.${form.dataset.key}`;
const written = field.value;

form.querySelector(".keys").hidden = false;

// What was kept for an earlier state of this text has been saved, or overtaken and decided, since.
const kept = (() => {
  try {
    const stem = name.slice(0, name.lastIndexOf("/") + 1);
    for (const key of Object.keys(localStorage)) if (key.startsWith(stem) && key !== name) localStorage.removeItem(key);
    return localStorage.getItem(name);
  } catch { return null; }
})();
if (kept && kept !== written && !document.querySelector(".notice.bad")) field.value = kept;

function keep() {
  try {
    if (field.value === written) localStorage.removeItem(name);
    else localStorage.setItem(name, field.value);
  } catch { /* a private window: the page itself keeps it */ }
}

let turn = 0;
async function look() {
  const mine = ++turn;
  const body = new FormData(form);
  try {
    const answer = await fetch(form.dataset.look, {
      method: "POST", headers: { Accept: "application/json" }, body: new URLSearchParams(body),
    });
    if (!answer.ok || mine !== turn) return;
    const seen = await answer.json();
    const list = document.createElement("ul");
    list.className = "findings";
    for (const each of seen.findings) {
      const item = document.createElement("li");
      item.textContent = each.sentence;
      if (each.blocking) item.className = "blocking";
      list.append(item);
    }
    findings.replaceChildren(...(seen.findings.length ? [list] : []));
    warned.value = seen.findings.length;
    preview.innerHTML = seen.html; // made and escaped by our own renderer
  } catch { /* without a line there is nothing to say; saving will */ }
}

let waiting;
field.addEventListener("input", () => {
  keep();
  clearTimeout(waiting);
  waiting = setTimeout(look, 700);
});
if (field.value !== written) look();

document.addEventListener("click", (event) => {
  const put = event.target.closest("[data-put]");
  if (!put) return;
  event.preventDefault();
  field.value = put.dataset.put;
  field.dispatchEvent(new Event("input"));
  field.focus();
});

// Only with Ctrl or Command: single letters belong to screen readers.
form.addEventListener("keydown", (event) => {
  if (!(event.ctrlKey || event.metaKey) || event.altKey) return;
  const value = event.key === "Enter" ? "review" : event.key === "s" ? "draft" : null;
  if (!value) return;
  event.preventDefault();
  form.requestSubmit(form.querySelector(`button[value=${value}]`));
});
