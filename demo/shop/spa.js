// Replaces the whole body by that of another parsed document, as page-swapping scripts do.

let swaps = 0;

document.addEventListener("click", async (event) => {
  const link = event.target.closest("a[data-swap]");
  if (!link) return;
  event.preventDefault();
  const html = await (await fetch(link.href)).text();
  const next = new DOMParser().parseFromString(html, "text/html");
  document.body.replaceWith(document.adoptNode(next.body));
  history.pushState(null, "", link.href);
  document.querySelector("[data-swaps]").textContent = ++swaps;
  showState();
});
