// Pointers, wheels and keys on the two panes, made into marks.

import {saveBlob, canvasOf, tell} from "./request.js";

const PAINTING = ["paint", "erase"];
const SELECTING = ["rectangle", "lasso", "brush"];

const HINTS = {
  window: "Drag the square that the model sees; its corners resize it.",
  paint: "Paint coarse colours here or on the photograph.",
  eyedropper: "Click a colour in either picture.",
  erase: "Erases painting and region.",
  rectangle: "Drag a region to draw anew. Shift takes away.",
  lasso: "Draw around a region to draw it anew. Shift takes away.",
  brush: "Brush a region to draw it anew. Shift takes away.",
};

export class Tools {
  // `work` is what the page works on; `changed` is called after every mark.
  constructor(work, photo, coarse, changed, placed) {
    this.work = work;
    this.changed = changed;
    this.placed = placed;
    this.photo = photo;
    this.coarse = coarse;
    this.pixels = 2;
    this.percent = 12;
    this.buttons = [...document.querySelectorAll("[data-tool]")];
    this.colour = document.getElementById("colour");
    this.size = document.getElementById("size");
    for (const button of this.buttons) {
      button.addEventListener("click", () => this.choose(button.dataset.tool));
    }
    this.size.addEventListener("input", () => this.resize(+this.size.value));
    for (const pane of [photo, coarse]) this.listen(pane);
    this.choose("paint");
  }

  get isPainting() {
    return PAINTING.includes(this.work.tool);
  }

  choose(tool) {
    if (tool === "eyedropper" && this.work.tool !== tool) {
      this.before = this.work.tool;
    }
    this.work.tool = tool;
    for (const button of this.buttons) {
      button.setAttribute("aria-pressed", String(button.dataset.tool === tool));
    }
    document.getElementById("hint").textContent = HINTS[tool];
    this.showSize();
    this.redraw();
  }

  redraw() {
    this.photo.draw();
    this.coarse.draw();
  }

  showSize() {
    const told = document.getElementById("size-told");
    this.size.max = this.isPainting ? 16 : 60;
    this.size.value = this.isPainting ? this.pixels : this.percent;
    told.textContent = this.isPainting ? `${this.pixels} px` : `${this.percent} %`;
  }

  resize(value) {
    const size = Math.max(1, Math.min(+this.size.max, value));
    if (this.isPainting) this.pixels = size;
    else this.percent = size;
    this.showSize();
    this.redraw();
  }

  step(direction) {
    const now = this.isPainting ? this.pixels : this.percent;
    this.resize(now + direction * (this.isPainting ? 1 : 2));
  }

  // The brush as a fraction of the window; 0 for tools without one.
  brushWidth() {
    if (this.isPainting) return this.pixels / this.work.side();
    return this.work.tool === "brush" ? this.percent / 100 : 0;
  }

  rgb() {
    const value = parseInt(this.colour.value.slice(1), 16);
    return [value >> 16, (value >> 8) & 255, value & 255];
  }

  pick(pane, point) {
    const rgb = pane.colorAt(point);
    if (!rgb) return;
    const text = rgb.map((c) => c.toString(16).padStart(2, "0")).join("");
    this.colour.value = `#${text}`;
    if (this.work.tool === "eyedropper") {
      this.choose(PAINTING.includes(this.before) ? this.before : "paint");
    }
  }

  // Begins a mark at a point; null for tools that make none.
  begin(point, subtract) {
    const {tool, surface} = this.work;
    let mark = null;
    if (tool === "paint") {
      mark = {kind: "paint", color: this.rgb(), width: this.brushWidth(), points: [point]};
    } else if (tool === "erase") {
      mark = {kind: "erase", width: this.brushWidth(), points: [point]};
    } else if (SELECTING.includes(tool)) {
      mark = {kind: tool, subtract, width: this.brushWidth(), points: [point]};
    }
    if (mark) surface.add(mark);
    return mark;
  }

  listen(pane) {
    const {canvas} = pane;
    let mark = null;
    let drag = null;
    canvas.addEventListener("pointerdown", (event) => {
      if (!this.work.base || event.button > 0) return;
      canvas.focus({preventScroll: true});
      const point = pane.fraction(event);
      if (event.altKey || this.work.tool === "eyedropper") {
        this.pick(pane, point);
        return;
      }
      canvas.setPointerCapture(event.pointerId);
      if (this.work.tool === "window") {
        if (pane === this.photo) drag = this.grab(event);
        return;
      }
      mark = this.begin(point, event.shiftKey);
      this.work.showBefore();
      this.redraw();
    });
    canvas.addEventListener("pointermove", (event) => {
      if (!this.work.base) return;
      pane.hover = pane.fraction(event);
      if (drag) this.drag(drag, event);
      if (mark) {
        for (const one of event.getCoalescedEvents?.() ?? [event]) {
          mark.points.push(pane.fraction(one));
        }
        if (!event.getCoalescedEvents?.().length) mark.points.push(pane.hover);
        this.work.surface.touch();
        this.redraw();
      } else {
        pane.draw();
      }
    });
    const end = () => {
      if (drag) this.placed(this.work.box);
      if (mark) this.changed();
      mark = drag = null;
    };
    canvas.addEventListener("pointerup", end);
    canvas.addEventListener("pointercancel", end);
    canvas.addEventListener("pointerleave", () => {
      pane.hover = null;
      pane.draw();
    });
    canvas.addEventListener("wheel", (event) => {
      event.preventDefault();
      this.step(event.deltaY < 0 ? 1 : -1);
    }, {passive: false});
    canvas.addEventListener("keydown", (event) => this.key(pane, event));
  }

  // What a press on the photograph takes hold of: a corner, or the window.
  grab(event) {
    const point = this.photo.photographAt(event);
    const [left, top, side] = this.work.box;
    const [scale] = this.photo.placed();
    const reach = 24 / scale;
    for (const [x, y] of [[0, 0], [1, 0], [0, 1], [1, 1]]) {
      const corner = [left + x * side, top + y * side];
      if (Math.hypot(point[0] - corner[0], point[1] - corner[1]) < reach) {
        return {fixed: [left + (1 - x) * side, top + (1 - y) * side], x, y};
      }
    }
    return {from: point, box: [...this.work.box]};
  }

  drag(drag, event) {
    const [x, y] = this.photo.photographAt(event);
    if (drag.fixed) {
      const [fx, fy] = drag.fixed;
      const {width, height} = this.work.base;
      const room = [drag.x ? width - fx : fx, drag.y ? height - fy : fy];
      const side = Math.round(Math.min(
        Math.max(Math.abs(x - fx), Math.abs(y - fy), 16), ...room));
      this.work.box = [drag.x ? fx : fx - side, drag.y ? fy : fy - side, side];
    } else {
      const [left, top, side] = drag.box;
      this.work.box = this.inside(
        [left + x - drag.from[0], top + y - drag.from[1], side]);
    }
    this.redraw();
  }

  // A window within the photograph, in whole pixels.
  inside([left, top, side]) {
    const {width, height} = this.work.base;
    const whole = Math.max(16, Math.min(Math.round(side), width, height));
    const limited = (value, room) =>
      Math.max(0, Math.min(Math.round(value), room - whole));
    return [limited(left, width), limited(top, height), whole];
  }

  key(pane, event) {
    const way = {
      ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1],
    }[event.key];
    if (!this.work.base || event.ctrlKey || event.metaKey) return;
    if (pane === this.photo && this.work.tool === "window") {
      const [left, top, side] = this.work.box;
      const step = event.shiftKey ? 16 : 2;
      let box = null;
      if (way) box = [left + way[0] * step, top + way[1] * step, side];
      if (event.key === "+") box = [left - step / 2, top - step / 2, side + step];
      if (event.key === "-") box = [left + step / 2, top + step / 2, side - step];
      if (!box) return;
      event.preventDefault();
      this.work.box = this.inside(box);
      this.redraw();
      clearTimeout(this.placing);
      this.placing = setTimeout(() => this.placed(this.work.box), 400);
    } else if (pane === this.coarse && way) {
      const side = this.work.side();
      const [x, y] = pane.hover ?? [0.5, 0.5];
      const moved = (value, by) => Math.min(
        1 - 0.5 / side, Math.max(0.5 / side, (Math.floor(value * side) + 0.5 + by) / side));
      pane.hover = [moved(x, way[0]), moved(y, way[1])];
      event.preventDefault();
      pane.draw();
    } else if (pane === this.coarse && event.key === " " && pane.hover) {
      event.preventDefault();
      if (this.work.tool === "eyedropper") this.pick(pane, pane.hover);
      else if (this.begin(pane.hover, event.shiftKey)) this.changed();
    }
  }

  // Region files are white on black and of the photograph's size.
  exportRegion() {
    const {base, box, surface} = this.work;
    if (!base || !surface.isSelected) {
      tell("Select a region first.", true);
      return;
    }
    const whole = canvasOf(base.width, base.height);
    const context = whole.getContext("2d");
    context.fillRect(0, 0, whole.width, whole.height);
    context.drawImage(surface.region(box[2]), box[0], box[1]);
    whole.toBlob((blob) => saveBlob(blob, "region.png"));
  }

  async importRegion(file) {
    const read = await this.read(file, "region");
    if (!read) return;
    const {image} = read;
    const context = image.getContext("2d");
    const pixels = context.getImageData(0, 0, image.width, image.height);
    for (let i = 0; i < pixels.data.length; i += 4) {
      const [r, g, b, a] = pixels.data.subarray(i, i + 4);
      const light = Math.round(((0.299 * r + 0.587 * g + 0.114 * b) * a) / 255);
      pixels.data.set([255, 255, 255, light < 32 ? 0 : light], i);
    }
    context.putImageData(pixels, 0, 0);
    this.work.surface.add({kind: "image", ...read});
    this.changed();
  }

  // Painting files have the level's pixels, and are clear where nothing is painted.
  exportPainting() {
    const {base, surface} = this.work;
    if (!base || !surface.isPainted) {
      tell("Paint something first.", true);
      return;
    }
    surface.paint(this.work.side()).toBlob((blob) => saveBlob(blob, "painting.png"));
  }

  async importPainting(file) {
    const read = await this.read(file, "painting");
    if (!read) return;
    this.work.surface.add({kind: "painting", ...read});
    this.changed();
  }

  // A picture of the photograph or of the window, and where in the window it lies.
  async read(file, what) {
    const {base, box} = this.work;
    let bitmap;
    try {
      bitmap = await createImageBitmap(file);
    } catch {
      tell("That file is no picture that can be read.", true);
      return null;
    }
    const {width, height} = bitmap;
    const isWhole = width === base.width && height === base.height;
    if (!isWhole && width !== height) {
      tell(
        `The ${what} is ${width}x${height}; make it ${base.width}x${base.height}, `
        + "the photograph's size, or square for the window.", true);
      return null;
    }
    const image = canvasOf(width, height);
    image.getContext("2d").drawImage(bitmap, 0, 0);
    const [left, top, side] = box;
    const rectangle = isWhole
      ? [-left / side, -top / side, width / side, height / side]
      : [0, 0, 1, 1];
    return {image, rectangle};
  }
}
