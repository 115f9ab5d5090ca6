// The samples page: grids, the chain of levels, refinements of a coarse image.

import {Neighbours} from "./neighbours.js";
import {base64Png, canvasOfBase64, cut, get, guarded, post} from "./request.js";

const byId = (id) => document.getElementById(id);
const LARGEST_SEED = 2 ** 31 - 1;
const REFINEMENTS = 24;
const newSeed = () => Math.floor(Math.random() * LARGEST_SEED);

let models = [];
let levels = [];
let asked = null;
let refined = null;

const neighbours = new Neighbours();

const model = () => models.find(({name}) => name === byId("model").value);

function showModel() {
  const {encodes, classes} = model();
  byId("temperature-field").hidden = !encodes;
  byId("classes-field").hidden = !classes.length;
  byId("classes").replaceChildren(...classes.map((name) => {
    const label = document.createElement("label");
    const box = document.createElement("input");
    Object.assign(box, {type: "checkbox", value: name});
    label.append(box, name);
    return label;
  }));
}

async function draw() {
  const wanted = {
    model: model().name,
    count: Math.min(100, Math.max(1, +byId("count").value || 1)),
    seed: Math.min(LARGEST_SEED, Math.max(0, +byId("seed").value || 0)),
    labels: [...byId("classes").querySelectorAll(":checked")].map((box) => box.value),
  };
  if (model().encodes) wanted.temperature = +byId("temperature").value;
  document.body.classList.add("waiting");
  byId("told").textContent = "Drawing...";
  const started = performance.now();
  const drawn = await guarded(() => post("/api/samples", wanted));
  document.body.classList.remove("waiting");
  if (!drawn) {
    byId("told").textContent = "";
    return;
  }
  asked = wanted;
  neighbours.forget();
  const strips = await Promise.all(drawn.levels.map(canvasOfBase64));
  levels = strips.map((strip) => cut(strip, drawn.count));
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  byId("told").textContent =
    `${drawn.count} images in ${seconds} s. Click one to see how it was made.`;
  byId("chain-part").hidden = byId("refined-part").hidden = true;
  byId("grid").replaceChildren(...levels[0].map((canvas, i) => {
    const button = cell("button", canvas, `Sample ${i + 1}${classOf(i)}`);
    button.addEventListener("click", () => showChain(i, button));
    return button;
  }));
  byId("compare").disabled = false;
}

// The class of an image, as it is drawn in turns.
function classOf(i) {
  const names = asked.labels.length ? asked.labels : model().classes;
  return names.length ? `, ${names[i % names.length]}` : "";
}

function cell(kind, canvas, title) {
  const element = document.createElement(kind);
  element.title = title;
  element.setAttribute("aria-label", title);
  if (kind !== "button") element.setAttribute("role", "img");
  element.append(canvas);
  return element;
}

function press(buttons, pressed) {
  for (const button of buttons.children) {
    button.setAttribute("aria-pressed", String(button === pressed));
  }
}

function showChain(i, chosen) {
  press(byId("grid"), chosen);
  byId("chain-part").hidden = false;
  const order = levels.map((_, k) => k).reverse();
  byId("chain").replaceChildren(...order.map((k) => {
    const picture = levels[k][i];
    const shown = picture.cloneNode();
    shown.getContext("2d").drawImage(picture, 0, 0);
    const button = document.createElement("button");
    const words = document.createElement("span");
    words.textContent = `Level ${k}, ${picture.width} px`;
    button.append(shown, words);
    button.disabled = k === 0;
    button.addEventListener("click", () => {
      press(byId("chain"), button);
      refined = {level: k, coarse: base64Png(picture), label: classOf(i).slice(2)};
      refine();
    });
    return button;
  }));
  byId("chain-part").scrollIntoView({block: "nearest", behavior: "smooth"});
}

async function refine() {
  const drawn = await guarded(() => post("/api/samples/refinements", {
    ...refined, model: model().name, count: REFINEMENTS, seed: newSeed(),
  }));
  if (!drawn) return;
  const strip = await canvasOfBase64(drawn.images);
  byId("refined-part").hidden = false;
  byId("refined-title").textContent =
    `${drawn.count} refinements of one image of level ${refined.level}`;
  byId("refined").replaceChildren(...cut(strip, drawn.count).map((canvas, i) =>
    cell("span", canvas, `Refinement ${i + 1}`)));
  byId("refined-part").scrollIntoView({block: "nearest", behavior: "smooth"});
}

byId("asked").addEventListener("submit", (event) => {
  event.preventDefault();
  draw();
});
byId("model").addEventListener("change", () => {
  showModel();
  draw();
});
byId("temperature").addEventListener("input", () => {
  byId("temperature-told").textContent = byId("temperature").value;
});
byId("compare").addEventListener("click", compare);
byId("new-seed").addEventListener("click", drawNew);
byId("more").addEventListener("click", refine);
document.addEventListener("keydown", (event) => {
  const isTyping = event.target.matches("input, select");
  if (isTyping || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "n") drawNew();
  if (event.key === "t" && !byId("compare").disabled) compare();
});

function compare() {
  neighbours.toggle(asked, [...byId("grid").children]);
}

function drawNew() {
  byId("seed").value = newSeed();
  draw();
}

async function start() {
  models = (await guarded(() => get("/api/models"))) ?? [];
  byId("model").replaceChildren(...models.map(({name, words, sizes}) =>
    new Option(`${name}: ${words}, ${sizes[0]} px`, name)));
  if (!models.length) return;
  showModel();
  draw();
}

start();
