// Loads the page again when it was built again, and keeps the place: rows stay, paragraphs come and go.
addEventListener("DOMContentLoaded", () => {
  const state = document.querySelector(".state");
  const events = new EventSource("/events");
  events.addEventListener("built", () => location.reload());
  events.addEventListener("failed", (event) => { state.textContent = event.data; });
  events.onerror = () => { state.textContent = "make preview has ended"; };
});
