// The shop's own script: the bag, the product page, "ask us", and the demo's strip on top.

// Calls wait here until Porchlight's script is there.
window.Porchlight = window.Porchlight || function () { (Porchlight.q = Porchlight.q || []).push(arguments); };

const $ = (selector) => document.querySelector(selector);

// ── The bag: a number, for as long as the tab lives.

const inBag = () => Number(sessionStorage.getItem("bag")) || 0;

// ── Buttons, wherever they are.

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-do]");
  if (!button) return;
  switch (button.dataset.do) {
    case "ask":
      Porchlight("open");
      break;
    case "add":
      sessionStorage.setItem("bag", inBag() + 1);
      showState();
      break;
    case "new-visitor":
      become(null);
      break;
    case "mia":
      become(demo.miaKey);
      break;
  }
});

// ── Product page: product.html?lamp=… Without one, what stands in the page.

const LAMPS = {
  porch: ["Porch Lantern No. 4", "€ 189", "A wall lantern for the side of the door where the keys are. Blackened steel folded by hand, four panes of seeded glass, and a candle-shaped light that is kind to late faces.", "Steel, seeded glass", "24 × 24 × 46 cm", "E27, warm white, dimmable"],
  ember: ["Ember Table Lamp", "€ 149", "Turned from one piece of oak and left with the marks of the chisel. The shade is undyed linen, so the light comes out the colour of toast.", "Solid oak, linen, brass", "∅ 32, height 52 cm", "E27, warm white, dimmable"],
  moth: ["Moth Pendant", "€ 219", "A wide, low dome for over the table. It keeps its light for the people under it and leaves the ceiling in peace.", "Spun steel, oak, cotton cord", "∅ 48, cord 180 cm", "E27, warm white, dimmable"],
  heron: ["Heron Floor Lamp", "€ 329", "Three oak legs that stand on any floor, however old. Made for reading one more chapter.", "Solid oak, linen, steel", "∅ 46, height 148 cm", "E27, warm white, dimmable"],
  acorn: ["Acorn Night Light", "€ 59", "As big as two hands, as bright as a small moon. For stairs, for nurseries, for finding the kitchen.", "Oak, blown glass", "∅ 14, height 18 cm", "LED, 1 W, charged by USB-C"],
  harbour: ["Harbour Lantern", "€ 129", "A storm lantern that has never met a wind it minded. Carry it to the far end of the garden, or to the table when the power is out.", "Steel, borosilicate glass", "∅ 17, height 36 cm", "LED flame, 40 hours a charge"],
};

const lamp = LAMPS[new URLSearchParams(location.search).get("lamp")];
const product = $(".product");
if (product && lamp) {
  const [name, price, text, ...specs] = lamp;
  document.title = `${name} · Lantern & Oak`;
  for (const place of document.querySelectorAll("[data-lamp=name]")) place.textContent = name;
  $("[data-lamp=price]").textContent = price;
  $("[data-lamp=text]").textContent = text;
  document.querySelectorAll(".specs [data-lamp]").forEach((place, i) => { place.textContent = specs[i]; });
  $(".product use").setAttribute("href", "lamps.svg#" + new URLSearchParams(location.search).get("lamp"));
}
$(".finishes")?.addEventListener("change", (event) => { product.dataset.finish = event.target.value; });

// ── The demo's strip: who is looking at the shop? Porchlight keeps the visitor's key in this very place.

const demo = $(".demo").dataset;
const slot = "porchlight:" + demo.site;

function become(key) {
  if (key) localStorage.setItem(slot, JSON.stringify({ key, active: true }));
  else localStorage.removeItem(slot);
  location.reload();
}

// ── What the page shows of all this; spa.js calls it for each new body.

function showState() {
  const isMia = (localStorage.getItem(slot) || "").includes(demo.miaKey);
  $("[data-do=mia]").setAttribute("aria-pressed", isMia);
  $("[data-do=new-visitor]").setAttribute("aria-pressed", !isMia);
  $(".bag output").textContent = inBag();
}
showState();
