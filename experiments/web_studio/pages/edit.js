// The editing page: opens photographs, keeps the desk, and listens to keys.

import {download, get, guarded, picture, post, Refusal, tell} from "./request.js";
import {LevelRows} from "./levels.js";
import {CoarsePane, PhotoPane} from "./panes.js";
import {Surface} from "./surface.js";
import {Tools} from "./tools.js";
import {Variations} from "./variations.js";

const byId = (id) => document.getElementById(id);

// What the page works on; panes and tools read it.
const work = {
  desk: null,
  models: [],
  // The name of the model that the desk draws with.
  model: null,
  base: null,
  original: null,
  patch: null,
  levels: null,
  level: 1,
  tool: "paint",
  zoomed: false,
  encodes: true,
  levelChanges: null,
  surface: new Surface(),
  // The window that the page shows; the desk's follows it.
  get box() { return this.surface.box; },
  set box(box) { this.surface.box = box; },
  side: () => work.levels?.[work.level]?.width ?? 8,
  path: (end) => `/api/desks/${work.desk}/${end}`,
  brushWidth: () => tools?.brushWidth() ?? 0,
  color: () => tools.rgb(),
  compared: () => (held ? 1 : +byId("compare").value / 100),
  // Marks are made on the photograph without a variation over it.
  showBefore: () => { work.patch = null; },
};
let held = false;
let tools = null;

const photo = new PhotoPane(byId("photo"), work);
const coarse = new CoarsePane(byId("coarse"), work);
const variations = new Variations(work, (patch) => {
  work.patch = patch;
  refresh();
});
const levelRows = new LevelRows(work, () => variations.drawIfLive());
tools = new Tools(work, photo, coarse, marked, place);

function marked() {
  refresh();
  if (work.surface.marks.length) variations.drawIfLive();
}

function refresh() {
  photo.draw();
  coarse.draw();
  const {surface, state} = work;
  byId("undo").disabled = !surface.marks.length;
  byId("redo").disabled = !surface.undone.length;
  byId("clear").disabled = !surface.marks.length;
  byId("save-edit").disabled = !work.base || (!state?.position && !work.patch);
  byId("download").disabled = !work.base;
  byId("accept").disabled = variations.chosen === null;
}

// The desk ------------------------------------------------------------------

async function withDesk() {
  // Whoever is quicker than the list of models waits for it.
  await started;
  if (!work.desk) {
    const answer = await post(`/api/desks?model=${encodeURIComponent(byId("model").value)}`);
    work.desk = answer.desk;
    work.model = answer.model;
  }
}

const OPENING = ["photograph", "example", "edit"];

// Asks for a change of the desk; what opens something takes a new desk if the
// old one was put away.
async function change(path, value) {
  document.body.classList.add("waiting");
  const state = await guarded(async () => {
    await withDesk();
    try {
      return await post(work.path(path), value);
    } catch (error) {
      const isGone = error instanceof Refusal && error.status === 410;
      if (!isGone || !OPENING.includes(path)) throw error;
      work.desk = null;
      await withDesk();
      return post(work.path(path), value);
    }
  });
  document.body.classList.remove("waiting");
  if (state) work.model = state.model;
  return state;
}

// The loads of pictures that began, and the newest that was shown.
let loads = 0;
let newestShown = 0;

// Shows a state of the desk: the photograph, its pyramid, its history.
async function show(state, isNew = false) {
  if (!state) return;
  const load = (loads += 1);
  const {sizes} = modelOf(state);
  const kinds = state.reconstructs ? ["original", "reconstruction"] : ["original"];
  const loaded = await guarded(() => Promise.all([
    picture(work.path(`photograph.png?v=${state.version}`)),
    ...kinds.flatMap((kind) => sizes.map((_, k) =>
      picture(work.path(`levels/${kind}/${k}.png?v=${state.version}`)))),
  ]));
  if (!loaded || (load < newestShown && !isNew)) return;
  newestShown = Math.max(load, newestShown);
  const [base, ...pictures] = loaded.map(({canvas}) => canvas);
  Object.assign(work, {
    state, base, patch: null, box: (!isNew && asked) || state.box,
    levels: pictures.slice(0, sizes.length),
    encodes: modelOf(state).encodes,
  });
  if (isNew) {
    work.original = base;
    work.surface.reset();
  }
  work.level = Math.min(Math.max(1, work.level), sizes.length - 1);
  variations.forget();
  byId("model").value = work.model;
  document.body.classList.add("opened");
  byId("tools").inert = byId("editing").inert = false;
  document.body.classList.toggle("without-encoder", !work.encodes);
  byId("photo-told").textContent = `Photograph ${state.width} x ${state.height}`;
  showLevelChoice(sizes);
  showPyramid(sizes, pictures);
  levelRows.show(sizes);
  if (!work.encodes && !byId("levels").hidden) openTab("draw");
  showHistory(state);
  refresh();
}

function modelOf(state) {
  return work.models.find((model) => model.name === state.model);
}

function showLevelChoice(sizes) {
  byId("level").replaceChildren(...sizes.slice(1).map((size, i) =>
    new Option(`level ${i + 1}, ${size} px`, i + 1, false, i + 1 === work.level)));
}

function showPyramid(sizes, pictures) {
  byId("pyramid").replaceChildren(...sizes.map((size, k) => {
    const item = document.createElement("button");
    item.className = "level";
    item.disabled = k === 0;
    item.setAttribute("aria-pressed", String(k === work.level));
    item.title = k ? `Paint on level ${k}` : "The finest level is drawn, not painted";
    const pair = document.createElement("span");
    pair.className = "pair";
    pair.append(pictures[k]);
    if (pictures.length > sizes.length) pair.append(pictures[sizes.length + k]);
    const words = document.createElement("span");
    words.textContent = `Level ${k}, ${size} px`;
    item.append(pair, words);
    item.addEventListener("click", () => useLevel(k));
    return item;
  }));
  byId("pyramid").classList.toggle("with-reconstructions", pictures.length > sizes.length);
}

function useLevel(k) {
  work.level = k;
  byId("level").value = k;
  [...byId("pyramid").children].forEach((item, i) =>
    item.setAttribute("aria-pressed", String(i === k)));
  tools.showSize();
  refresh();
  variations.drawIfLive();
}

function showHistory({history, position}) {
  const steps = [{what: "opened"}, ...history].map((step, i) => {
    const item = document.createElement("li");
    const button = document.createElement("button");
    const level = step.what === "painting" || step.what === "region"
      ? ` on level ${step.level}, seed ${step.seed}` : "";
    button.textContent = {
      opened: "The photograph as it was opened",
      painting: "Painting", region: "Region", levels: "Levels changed",
    }[step.what] + level;
    button.setAttribute("aria-current", String(i === position));
    button.addEventListener("click", async () =>
      show(await change(`history?position=${i}`)));
    item.append(button);
    return item;
  });
  byId("steps").replaceChildren(...steps);
  byId("tab-history").textContent = position ? `History (${position})` : "History";
}

// The window that the desk was asked for last, until it is shown; how many
// answers are awaited; and the newest one that was not shown.
let asked = null;
let awaited = 0;
let unshown = null;

async function place(box) {
  const last = asked ?? work.state.box;
  if (box.every((value, i) => value === last[i])) return;
  asked = box;
  awaited += 1;
  const state = await change("window", {box});
  awaited -= 1;
  unshown = state ?? unshown;
  // The last of several windows is the one to show.
  if (awaited) return;
  if (!state) asked = null;
  const newest = unshown;
  unshown = null;
  if (newest) await show(newest);
  else work.box = work.state.box;
  if (asked === box) asked = null;
  marked();
}

async function accept() {
  if (variations.chosen === null) return;
  const state = await change(`accept?${variations.query}`);
  if (!state) return;
  work.surface.reset();
  byId("compare").value = 0;
  await show(state);
  tell("Accepted. Paint on, or download it.");
}

async function openFile(file) {
  if (!file) return;
  if (file.name?.endsWith(".json")) {
    await openEdit(file);
    return;
  }
  await show(await change("photograph", file), true);
}

async function openEdit(file) {
  const state = await change("edit", file);
  if (!state) return;
  await show(state, true);
  const first = await change("history?position=0");
  await show(first, true);
  await show(await change(`history?position=${state.position}`));
}

// Controls ------------------------------------------------------------------

function chooseFile(id) {
  byId(id).value = "";
  byId(id).click();
}

const openExample = async () => show(await change("example"), true);
for (const id of ["open", "open-first"]) byId(id).addEventListener("click", () => chooseFile("file"));
for (const id of ["example", "example-first"]) byId(id).addEventListener("click", openExample);
byId("file").addEventListener("change", () => openFile(byId("file").files[0]));
byId("open-edit").addEventListener("click", () => chooseFile("edit-file"));
byId("edit-file").addEventListener("change", () => openEdit(byId("edit-file").files[0]));
byId("save-edit").addEventListener("click", () => guarded(() =>
  download(work.path(`edit.json?${work.patch ? variations.query : ""}`), "edit.json")));
byId("download").addEventListener("click", () => guarded(() => {
  const {number} = variations.drawing ?? {};
  const path = work.patch && variations.chosen !== null
    ? `composites/${number}/${variations.chosen}.png?download=true`
    : "photograph.png?download=true";
  return download(work.path(path), "edit.png");
}));
byId("accept").addEventListener("click", accept);
byId("level").addEventListener("change", () => useLevel(+byId("level").value));
byId("model").addEventListener("change", async () => {
  // The first desk takes the model that is chosen when something is opened.
  if (!work.desk) return;
  const name = encodeURIComponent(byId("model").value);
  const state = await change(`model?model=${name}`);
  if (state?.open) {
    await show(state);
    variations.drawIfLive();
  }
  byId("model").value = work.model;
});
byId("compare").addEventListener("input", () => {
  const value = +byId("compare").value;
  byId("compare-told").textContent = value ? `${value} %` : "off";
  photo.draw();
});
byId("zoom").addEventListener("click", zoom);
byId("undo").addEventListener("click", undo);
byId("redo").addEventListener("click", redo);
byId("clear").addEventListener("click", clear);
byId("invert").addEventListener("click", invert);
byId("import-region").addEventListener("click", () => chooseFile("region-file"));
byId("region-file").addEventListener("change", () => {
  if (work.base) tools.importRegion(byId("region-file").files[0]);
});
byId("export-region").addEventListener("click", () => tools.exportRegion());
byId("import-painting").addEventListener("click", () => chooseFile("painting-file"));
byId("painting-file").addEventListener("change", () => {
  if (work.base) tools.importPainting(byId("painting-file").files[0]);
});
byId("export-painting").addEventListener("click", () => tools.exportPainting());
byId("help-button").addEventListener("click", () => byId("help").showModal());
byId("close-help").addEventListener("click", () => byId("help").close());

function zoom() {
  work.zoomed = !work.zoomed;
  byId("zoom").setAttribute("aria-pressed", String(work.zoomed));
  photo.draw();
}

function afterUndo() {
  work.patch = null;
  if (!work.surface.marks.length) variations.forget();
  marked();
}

function undo() {
  if (work.surface.undo()) afterUndo();
}

function redo() {
  if (work.surface.redo()) afterUndo();
}

function clear() {
  if (!work.surface.marks.length) return;
  work.surface.add({kind: "clear"});
  work.patch = null;
  variations.forget();
  refresh();
}

function invert() {
  if (!work.base) return;
  work.surface.add({kind: "invert"});
  work.patch = null;
  marked();
}

// Tabs ----------------------------------------------------------------------

const tabs = ["draw", "levels", "history"];
function openTab(name) {
  for (const tab of tabs) {
    const isOpen = tab === name;
    byId(`tab-${tab}`).setAttribute("aria-selected", String(isOpen));
    byId(`tab-${tab}`).tabIndex = isOpen ? 0 : -1;
    byId(tab).hidden = !isOpen;
  }
  levelRows.use(name === "levels");
}
tabs.forEach((tab, i) => {
  byId(`tab-${tab}`).addEventListener("click", () => openTab(tab));
  byId(`tab-${tab}`).addEventListener("keydown", (event) => {
    const way = {ArrowRight: 1, ArrowLeft: -1}[event.key];
    if (!way) return;
    const next = tabs[(i + way + tabs.length) % tabs.length];
    openTab(next);
    byId(`tab-${next}`).focus();
  });
});

// Files that are dropped or pasted ------------------------------------------

document.addEventListener("dragover", (event) => event.preventDefault());
document.addEventListener("drop", (event) => {
  event.preventDefault();
  openFile(event.dataTransfer.files[0]);
});
document.addEventListener("paste", (event) => openFile(event.clipboardData.files[0]));

// Keys ----------------------------------------------------------------------

const keys = {
  w: () => tools.choose("window"),
  b: () => tools.choose("paint"),
  i: () => tools.choose("eyedropper"),
  e: () => tools.choose("erase"),
  r: () => tools.choose("rectangle"),
  l: () => tools.choose("lasso"),
  m: () => tools.choose("brush"),
  v: invert,
  x: clear,
  z: zoom,
  d: () => variations.draw(),
  n: () => variations.drawNew(),
  a: accept,
  h: () => byId("help").showModal(),
  "?": () => byId("help").showModal(),
  "[": () => tools.step(-1),
  "]": () => tools.step(1),
  0: () => variations.choose(null),
};
let pressed = 0;

document.addEventListener("keydown", (event) => {
  const isTyping = event.target.matches("input:not([type=range]):not([type=checkbox]), select")
    || byId("help").open;
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "z" && !isTyping) {
    event.preventDefault();
    if (event.shiftKey) redo();
    else undo();
    return;
  }
  if (isTyping || event.ctrlKey || event.metaKey || event.altKey) return;
  const isOnPicture = [photo.canvas, coarse.canvas].includes(event.target);
  if (event.key === "Tab" && isOnPicture && !event.shiftKey) {
    event.preventDefault();
    if (!held) pressed = performance.now();
    held = true;
    photo.draw();
    return;
  }
  const key = event.key.toLowerCase();
  if (/^[1-9]$/.test(key)) variations.choose(+key - 1);
  else if (keys[key] && !event.repeat) keys[key]();
  else if (keys[key] && "[]".includes(key)) keys[key]();
  else return;
  event.preventDefault();
});
document.addEventListener("keyup", (event) => {
  if (event.key !== "Tab" || !held) return;
  release();
  // A short press moves on, as everywhere else.
  if (performance.now() - pressed < 250) {
    (event.target === photo.canvas ? byId("compare") : byId("tab-draw")).focus();
  }
});
window.addEventListener("blur", release);

function release() {
  held = false;
  photo.draw();
}

// Start ---------------------------------------------------------------------

async function start() {
  work.models = (await guarded(() => get("/api/models"))) ?? [];
  const able = work.models.filter((model) => model.edits);
  byId("model").replaceChildren(...able.map((model) =>
    new Option(`${model.name}: ${model.words}, ${model.sizes[0]} px`, model.name)));
  if (!able.length) tell("None of the runs can edit; look at their samples instead.", true);
  refresh();
}

// The desk goes with the page, and with it what only the desk has.
window.addEventListener("beforeunload", (event) => {
  const isWork = work.state?.history.length || work.surface.marks.length
    || variations.chosen !== null;
  if (work.desk && isWork) event.preventDefault();
});
window.addEventListener("pagehide", () => {
  if (work.desk) fetch(`/api/desks/${work.desk}`, {method: "DELETE", keepalive: true});
});
const started = start();
