// "Copy the link", where the browser can; without scripts the link stands there to be copied by hand.
for (const place of navigator.clipboard ? document.querySelectorAll("[data-copy]") : []) {
  const button = Object.assign(document.createElement("button"), { type: "button", className: "button quiet" });
  button.textContent = place.dataset.label;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(place.dataset.copy);
    place.querySelector("[role=status]").textContent = place.dataset.copied;
  });
  place.prepend(button, " ");
}
