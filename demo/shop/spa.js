// Swaps the whole body, as page-swapping scripts do: the new one is parsed from a document of its own.

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
