// Goes straight to the room of a live session. Works without: the link is on the page.
const room = document.querySelector("[data-room]");
if (room) location.replace(room.href);
