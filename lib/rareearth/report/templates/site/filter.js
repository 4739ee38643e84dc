// Hides the cards that lack a word of the filter; without a script all are shown.
const form = document.querySelector(".filter"), input = form.querySelector("input");
const plain = text => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
const groups = [...document.querySelectorAll(".group")];
const cards = groups.flatMap(group => [...group.querySelectorAll(".card")].map(
  card => [card, plain(`${group.querySelector("h2").textContent} ${card.textContent}`)]));
function filter() {
  const words = plain(input.value).split(/\s+/);
  for (const [card, text] of cards) card.hidden = !words.every(word => text.includes(word));
  for (const group of groups) group.hidden = !group.querySelector(".card:not([hidden])");
  const shown = cards.filter(([card]) => !card.hidden).length;
  document.querySelector("#found").textContent = input.value.trim() ? `${shown} of ${cards.length} reports` : "";
}
input.addEventListener("input", filter);
form.addEventListener("submit", event => event.preventDefault());
form.hidden = false;
filter();
