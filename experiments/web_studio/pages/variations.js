// Draws steps, shows their variations as thumbnails, and chooses one.

import {base64Png, canvasOf, cut, get, guarded, picture, post, tell} from "./request.js";

const byId = (id) => document.getElementById(id);
const LARGEST_SEED = 2 ** 31 - 1;

export class Variations {
  // `show` is called with the chosen composite, or null for none.
  constructor(work, show) {
    this.work = work;
    this.show = show;
    this.drawing = null;
    this.chosen = null;
    this.request = 0;
    this.thumbs = byId("thumbs");
    byId("draw-button").addEventListener("click", () => this.draw());
    byId("cancel").addEventListener("click", () => this.cancel());
    byId("new-seed").addEventListener("click", () => this.drawNew());
    byId("shown").addEventListener("change", () => this.showThumbs());
    byId("temperature").addEventListener("input", () => {
      byId("temperature-told").textContent = byId("temperature").value;
    });
    for (const id of [
      "count", "seed", "temperature", "base", "blend", "onto", "keep_coarse", "fit",
    ]) {
      byId(id).addEventListener("change", () => this.drawIfLive());
    }
    this.thumbs.addEventListener("keydown", (event) => {
      const way = {ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1}[event.key];
      if (!way || !this.drawing) return;
      event.preventDefault();
      const {count} = this.drawing;
      this.choose(((this.chosen ?? 0) + way + count) % count, true);
    });
  }

  // The JSON values of the step that the page asks for; null for nothing.
  step() {
    const {surface, box, level, levelChanges, encodes} = this.work;
    const step = {level, count: number("count"), seed: number("seed")};
    if (encodes) {
      Object.assign(step, {
        temperature: number("temperature"),
        base: byId("base").value,
        onto: byId("onto").value,
      });
    }
    step.blend = byId("blend").value;
    if (surface.isSelected) {
      step.mask = base64Png(this.mask(box[2], !levelChanges));
    }
    if (levelChanges) {
      step.changes = levelChanges;
      if (levelChanges.every((change) => change.source !== "drawn")) step.count = 1;
      return step;
    }
    step.keep_coarse = byId("keep_coarse").checked;
    if (surface.isPainted) {
      step.paint = base64Png(surface.paint(this.work.side()));
      if (encodes) step.fit = byId("fit").checked;
    }
    return step.paint || step.mask ? step : null;
  }

  // White on black, of the window's size: the region, and what is painted.
  mask(side, withPaint) {
    const {surface} = this.work;
    const mask = canvasOf(side, side);
    const context = mask.getContext("2d");
    if (withPaint) {
      context.imageSmoothingEnabled = false;
      context.drawImage(surface.paint(this.work.side()), 0, 0, side, side);
      context.globalCompositeOperation = "source-in";
      context.fillStyle = "white";
      context.fillRect(0, 0, side, side);
      context.globalCompositeOperation = "source-over";
    }
    context.drawImage(surface.region(side), 0, 0);
    context.globalCompositeOperation = "destination-over";
    context.fillStyle = "black";
    context.fillRect(0, 0, side, side);
    return mask;
  }

  drawNew() {
    byId("seed").value = Math.floor(Math.random() * LARGEST_SEED);
    return this.draw();
  }

  get isAsked() {
    const {surface, levelChanges} = this.work;
    return levelChanges || surface.isSelected || surface.isPainted;
  }

  drawIfLive() {
    clearTimeout(this.waiting);
    if (byId("live").checked && this.work.base && this.isAsked) {
      this.waiting = setTimeout(() => this.draw(), 150);
    }
  }

  async draw() {
    clearTimeout(this.waiting);
    const step = this.work.base ? this.step() : null;
    if (!step) {
      tell("Paint on the coarse image, or select a region first.", true);
      return;
    }
    const request = (this.request += 1);
    this.setBusy(true);
    const started = performance.now();
    const follow = setInterval(() => this.follow(), 300);
    const path = this.work.path("draw");
    try {
      const drawn = await guarded(() => post(path, step));
      if (!drawn || request !== this.request) return;
      await this.take(drawn, started);
    } finally {
      clearInterval(follow);
      if (request === this.request) this.setBusy(false);
    }
  }

  async take({drawing, count}, started) {
    const paths = ["previews", "drawn"].map((kind) =>
      this.work.path(`variations/${drawing}/${kind}.png`));
    const strips = await guarded(() => Promise.all(paths.map(picture)));
    if (!strips) return;
    const kept = this.drawing?.count === count ? this.chosen : null;
    this.drawing = {
      number: drawing,
      count,
      previews: cut(strips[0].canvas, count),
      drawn: cut(strips[1].canvas, count),
      seconds: (performance.now() - started) / 1000,
    };
    this.showThumbs();
    await this.choose(kept ?? 0);
  }

  async follow() {
    const told = await get(this.work.path("progress")).catch(() => null);
    const bar = byId("progress");
    if (told?.total) bar.value = told.done / told.total;
    else bar.removeAttribute("value");
  }

  async cancel() {
    this.request += 1;
    this.setBusy(false);
    await guarded(() => post(this.work.path("cancel")));
  }

  setBusy(isBusy) {
    byId("cancel").hidden = !isBusy;
    byId("progress").hidden = !isBusy;
    document.body.classList.toggle("busy", isBusy);
  }

  showThumbs() {
    this.thumbs.replaceChildren();
    if (!this.drawing) return;
    const {count, seconds} = this.drawing;
    this.drawing[byId("shown").value].forEach((canvas, i) => {
      const button = document.createElement("button");
      button.className = "thumb";
      button.title = `Variation ${i + 1}`;
      button.setAttribute("aria-label", button.title);
      button.append(canvas);
      button.addEventListener("click", () => this.choose(i, true));
      this.thumbs.append(button);
    });
    byId("choice-told").textContent =
      `${count} ${count === 1 ? "variation" : "variations"} in ${seconds.toFixed(1)} s`;
    this.mark();
  }

  mark() {
    [...this.thumbs.children].forEach((button, i) => {
      button.setAttribute("aria-pressed", String(i === this.chosen));
      button.tabIndex = i === (this.chosen ?? 0) ? 0 : -1;
    });
    byId("accept").disabled = this.chosen === null;
  }

  async choose(index, focus = false) {
    const {drawing} = this;
    if (!drawing || (index !== null && index >= drawing.count)) return;
    this.chosen = index;
    this.mark();
    if (index === null) {
      this.show(null);
      return;
    }
    if (focus) this.thumbs.children[index].focus({preventScroll: true});
    const patch = await guarded(() =>
      picture(this.work.path(`composites/${drawing.number}/${index}.png`)));
    if (patch && this.drawing === drawing && this.chosen === index) {
      this.show(patch);
    }
  }

  // What addresses add to name the chosen variation.
  get query() {
    if (!this.drawing || this.chosen === null) return "";
    return `drawing=${this.drawing.number}&chosen=${this.chosen}`;
  }

  forget() {
    this.request += 1;
    this.drawing = null;
    this.chosen = null;
    this.setBusy(false);
    this.showThumbs();
    byId("choice-told").textContent = "No variations yet";
    byId("accept").disabled = true;
  }
}

function number(id) {
  const input = byId(id);
  const value = Math.min(+input.max, Math.max(+input.min, +input.value || 0));
  return value;
}
