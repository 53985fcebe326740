// Checks a signed statement with the public keys that stand in this page. Nothing leaves it, nobody is asked.
const lang = document.documentElement.lang;
const form = document.querySelector("form");
const keys = JSON.parse(form.dataset.keys);
const STATEMENT = /[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}/;
const LONGEST = 4000;

const bytes = (part) => Uint8Array.from(atob(part.replace(/-/g, "+").replace(/_/g, "/")), (sign) => sign.charCodeAt(0));
const plain = (name) => name.normalize("NFC").replace(/\s+/g, " ").trim().toLowerCase().replace(/[\p{Cc}\p{Cf}]/gu, (sign) => (sign === "\u200c" ? sign : ""));
const signsOf = (code) => code.toUpperCase().replace(/[^0-9A-Z]/g, "").replace(/O/g, "0").replace(/[IL]/g, "1").replace(/U/g, "V");

function read(part) {
  try {
    const value = JSON.parse(new TextDecoder().decode(bytes(part)));
    return value && typeof value === "object" ? value : {};
  } catch { return {}; }
}

async function fits(jwk, head, payload, signature) {
  const key = await crypto.subtle.importKey("jwk", { kty: jwk.kty, crv: jwk.crv, x: jwk.x, y: jwk.y }, { name: "ECDSA", namedCurve: "P-256" }, false, ["verify"]);
  const signed = new TextEncoder().encode(head + "." + payload);
  return crypto.subtle.verify({ name: "ECDSA", hash: "SHA-256" }, key, bytes(signature), signed);
}

async function check(pasted, name) {
  const held = pasted.replace(/\s/g, "");
  const cut = held.indexOf("#");
  const found = held.length <= LONGEST && STATEMENT.exec(held.slice(cut + 1));
  if (!found) return ["unreadable", {}];
  const [head, payload, signature] = found[0].split(".");
  const header = read(head);
  if (header.alg !== "ES256") return ["unreadable", {}];
  const jwk = keys.find((key) => key.kid === header.kid);
  if (!jwk) return ["unknown-key", {}];
  if (!(await fits(jwk, head, payload, signature).catch(() => false))) return ["altered", {}];
  const claims = read(payload);
  const code = signsOf(held.slice(0, Math.max(cut, 0)).replace(/^.*\/(?:v|verify)\//i, ""));
  if (code.length === 28 && code !== signsOf(claims.jti)) return ["other-code", claims];
  if (name.trim() && ![claims.sub, claims.alt ?? ""].map(plain).includes(plain(name))) return ["other-name", claims];
  return ["genuine", claims];
}

function show(verdict, claims) {
  for (const each of document.querySelectorAll("[data-verdict]")) each.hidden = each.dataset.verdict !== verdict;
  const day = (text) => new Date(text + "T00:00:00Z").toLocaleDateString(lang + "-u-nu-latn", { dateStyle: "long", timeZone: "UTC" });
  const hours = () => new Intl.NumberFormat(lang + "-u-nu-latn", { style: "unit", unit: "hour", unitDisplay: "long" }).format(claims.hrs);
  const said = "sub" in claims && {
    sub: claims.sub, alt: claims.alt, crs: claims.crs, hrs: hours(), end: day(claims.end), day: day(claims.day), iss: claims.iss, jti: claims.jti,
    knd: document.querySelector('[data-kind="' + (claims.knd === "completion" ? "completion" : "participation") + '"]').textContent,
  };
  document.getElementById("claims").hidden = !said;
  for (const place of document.querySelectorAll("[data-claim]")) {
    place.textContent = (said && said[place.dataset.claim]) || "";
    place.closest("div").hidden = place.textContent === "";
  }
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  show("", {}); // what was said before must not stand beside what is asked now
  show(...(await check(form.elements.held.value, form.elements.name.value)));
});
document.getElementById("works").hidden = false;
