// Whoever registers finds the time zone of their browser chosen already; they may choose another.
const select = document.querySelector("select[data-zone]");
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
if (select && zone && select.value === "UTC") {
  if (![...select.options].some((option) => option.value === zone)) select.add(new Option(zone, zone));
  select.value = zone;
}
