// The shop's own script: the bag, the product page, "ask us", and the demo's strip on top.

// The queue for calls before Porchlight's script has loaded.
window.Porchlight = window.Porchlight || function () { (Porchlight.q = Porchlight.q || []).push(arguments); };

const $ = (selector) => document.querySelector(selector);

// ── The bag: a number, stored for the tab.

const inBag = () => Number(sessionStorage.getItem("bag")) || 0;

// ── Buttons. Delegated, because spa.js replaces the body.

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

// ── Product page: product.html?lamp=…, by default the lamp in the HTML.

const LAMPS = {
  porch: ["Porch Lantern No. 4", "€ 189", "A wall lantern for the front door. Hand-folded blackened steel, four panes of seeded glass, and a warm, candle-shaped light.", "Steel, seeded glass", "24 × 24 × 46 cm", "E27, warm white, dimmable"],
  ember: ["Ember Table Lamp", "€ 149", "Turned from one piece of oak, with the chisel marks left in. The shade of undyed linen gives a soft, warm light.", "Solid oak, linen, brass", "∅ 32, height 52 cm", "E27, warm white, dimmable"],
  moth: ["Moth Pendant", "€ 219", "A wide, low dome to hang over a table. It lights the table and not the ceiling.", "Spun steel, oak, cotton cord", "∅ 48, cord 180 cm", "E27, warm white, dimmable"],
  heron: ["Heron Floor Lamp", "€ 329", "Three oak legs that stand firmly on uneven floors. A good light for reading.", "Solid oak, linen, steel", "∅ 46, height 148 cm", "E27, warm white, dimmable"],
  acorn: ["Acorn Night Light", "€ 59", "A small, soft light for stairs, hallways and nurseries.", "Oak, blown glass", "∅ 14, height 18 cm", "LED, 1 W, USB-C charging"],
  harbour: ["Harbour Lantern", "€ 129", "A windproof storm lantern for the garden, or for the table when the power is out.", "Steel, borosilicate glass", "∅ 17, height 36 cm", "LED flame, 40 hours per charge"],
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

// ── The demo's strip switches between visitors: it writes the loader's record, which holds the visitor's key.

const demo = $(".demo").dataset;
const slot = "porchlight:" + demo.site;

function become(key) {
  if (key) localStorage.setItem(slot, JSON.stringify({ key, active: true }));
  else localStorage.removeItem(slot);
  location.reload();
}

// ── The state on the page; spa.js calls `showState` for each new body.

function showState() {
  const isMia = (localStorage.getItem(slot) || "").includes(demo.miaKey);
  $("[data-do=mia]").setAttribute("aria-pressed", isMia);
  $("[data-do=new-visitor]").setAttribute("aria-pressed", !isMia);
  $(".bag output").textContent = inBag();
}
showState();
