// The two pictures that are worked on: the photograph and a coarse level.

import {canvasOf} from "./request.js";
import {touched} from "./surface.js";

const ACCENT = "#2f7cf6";
const VIOLET = "rgba(150, 70, 255, 0.45)";

// What both panes share: a canvas as sharp as the screen, and a pointer.
class Pane {
  constructor(canvas, work) {
    this.canvas = canvas;
    this.work = work;
    this.hover = null;
    new ResizeObserver(() => this.draw()).observe(canvas);
  }

  // Sizes the canvas to the screen's pixels; returns its context.
  prepared() {
    const ratio = window.devicePixelRatio || 1;
    const width = Math.max(1, Math.round(this.canvas.clientWidth * ratio));
    const height = Math.max(1, Math.round(this.canvas.clientHeight * ratio));
    if (this.canvas.width !== width || this.canvas.height !== height) {
      this.canvas.width = width;
      this.canvas.height = height;
    }
    const context = this.canvas.getContext("2d", {willReadFrequently: true});
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, width, height);
    return context;
  }

  // The pointer in the canvas' own pixels.
  at(event) {
    const box = this.canvas.getBoundingClientRect();
    return [
      ((event.clientX - box.left) * this.canvas.width) / box.width,
      ((event.clientY - box.top) * this.canvas.height) / box.height,
    ];
  }

  // The square of the window on the canvas: left, top and side.
  square() {
    return [0, 0, 1];
  }

  fraction(event) {
    const [x, y] = this.at(event);
    const [left, top, side] = this.square();
    return [(x - left) / side, (y - top) / side];
  }

  // The colour that is seen under the pointer, without marks.
  colorAt([x, y]) {
    const source = this.plain();
    if (!source || x < 0 || y < 0 || x >= 1 || y >= 1) return null;
    const pixel = source.getContext("2d").getImageData(
      Math.floor(x * source.width), Math.floor(y * source.height), 1, 1).data;
    return [pixel[0], pixel[1], pixel[2]];
  }

  drawCursor(context) {
    const width = this.work.brushWidth();
    if (!this.hover || !width) return;
    const [left, top, side] = this.square();
    const [x, y] = [left + this.hover[0] * side, top + this.hover[1] * side];
    context.beginPath();
    context.arc(x, y, Math.max(2, (width * side) / 2), 0, 2 * Math.PI);
    context.lineWidth = 3;
    context.strokeStyle = "rgba(0, 0, 0, 0.6)";
    context.stroke();
    context.lineWidth = 1.5;
    context.strokeStyle = "white";
    context.stroke();
  }

  drawRegion(context) {
    const {surface} = this.work;
    if (!surface.isSelected) return;
    const [left, top, side] = this.square();
    const shown = Math.min(512, Math.max(64, Math.round(side)));
    const tint = canvasOf(shown, shown);
    const inner = tint.getContext("2d");
    inner.drawImage(surface.region(shown), 0, 0);
    inner.globalCompositeOperation = "source-in";
    inner.fillStyle = VIOLET;
    inner.fillRect(0, 0, shown, shown);
    context.imageSmoothingEnabled = true;
    context.drawImage(tint, left, top, side, side);
  }
}

export class PhotoPane extends Pane {
  // The part of the photograph that is seen: all, or around the window.
  seen() {
    const {box, base, zoomed} = this.work;
    if (!zoomed || !box) return [0, 0, base.width, base.height];
    const margin = Math.round(box[2] * 0.06);
    return [box[0] - margin, box[1] - margin, box[2] + 2 * margin,
      box[2] + 2 * margin];
  }

  // Scale and offset from the photograph to the canvas.
  placed() {
    const [left, top, width, height] = this.seen();
    const scale = Math.min(
      this.canvas.width / width, this.canvas.height / height);
    return [
      scale,
      (this.canvas.width - width * scale) / 2 - left * scale,
      (this.canvas.height - height * scale) / 2 - top * scale,
    ];
  }

  square() {
    const {box, base} = this.work;
    if (!base) return [0, 0, 1];
    const [scale, dx, dy] = this.placed();
    return [dx + box[0] * scale, dy + box[1] * scale, box[2] * scale];
  }

  photographAt(event) {
    const [x, y] = this.at(event);
    const [scale, dx, dy] = this.placed();
    return [(x - dx) / scale, (y - dy) / scale];
  }

  plain() {
    const {base, patch, box} = this.work;
    if (!base) return null;
    const canvas = canvasOf(box[2], box[2]);
    const context = canvas.getContext("2d", {willReadFrequently: true});
    context.drawImage(base, -box[0], -box[1]);
    if (patch) {
      context.drawImage(
        patch.canvas, patch.corner[0] - box[0], patch.corner[1] - box[1]);
    }
    return canvas;
  }

  draw() {
    const context = this.prepared();
    const {base, original, patch, surface, tool} = this.work;
    if (!base) return;
    const [scale, dx, dy] = this.placed();
    context.setTransform(scale, 0, 0, scale, dx, dy);
    context.imageSmoothingEnabled = scale < 1;
    context.imageSmoothingQuality = "high";
    context.drawImage(base, 0, 0);
    if (patch) context.drawImage(patch.canvas, ...patch.corner);
    context.setTransform(1, 0, 0, 1, 0, 0);
    if (!patch && surface.isPainted) {
      context.imageSmoothingEnabled = false;
      const [left, top, side] = this.square();
      context.drawImage(
        surface.paint(this.work.side()), left, top, side, side);
    }
    const share = this.work.compared();
    if (share > 0) {
      const before = patch ? base : original;
      context.save();
      context.beginPath();
      const [start, end] = [dx, dx + base.width * scale];
      context.rect(start, 0, (end - start) * share, this.canvas.height);
      context.clip();
      context.setTransform(scale, 0, 0, scale, dx, dy);
      context.imageSmoothingEnabled = scale < 1;
      context.drawImage(before, 0, 0);
      context.restore();
      if (share < 1) {
        context.fillStyle = "white";
        context.fillRect(
          start + (end - start) * share - 1, dy, 2, base.height * scale);
      }
      return;
    }
    if (!patch) this.drawRegion(context);
    this.drawWindow(context, tool === "window");
    if (tool !== "window") this.drawCursor(context);
  }

  drawWindow(context, withHandles) {
    const [left, top, side] = this.square();
    if (withHandles) {
      context.fillStyle = "rgba(0, 0, 0, 0.45)";
      const {width, height} = this.canvas;
      context.beginPath();
      context.rect(0, 0, width, height);
      context.rect(left, top, side, side);
      context.fill("evenodd");
    }
    context.lineWidth = 2;
    context.strokeStyle = withHandles ? ACCENT : "rgba(255, 255, 255, 0.55)";
    context.setLineDash(withHandles ? [] : [6, 5]);
    context.strokeRect(left + 1, top + 1, side - 2, side - 2);
    context.setLineDash([]);
    if (!withHandles) return;
    for (const [x, y] of [[0, 0], [1, 0], [0, 1], [1, 1]]) {
      context.fillStyle = "white";
      context.strokeStyle = ACCENT;
      const [cx, cy] = [left + x * (side - 14) , top + y * (side - 14)];
      context.fillRect(cx, cy, 14, 14);
      context.strokeRect(cx + 1, cy + 1, 12, 12);
    }
  }
}

export class CoarsePane extends Pane {
  // The level's pixels are enlarged by a whole factor.
  square() {
    const side = this.work.side();
    const smaller = Math.min(this.canvas.width, this.canvas.height);
    const enlarged = side * Math.max(1, Math.floor(smaller / side));
    return [
      Math.floor((this.canvas.width - enlarged) / 2),
      Math.floor((this.canvas.height - enlarged) / 2),
      enlarged,
    ];
  }

  plain() {
    const {levels, level, surface} = this.work;
    if (!levels) return null;
    const canvas = canvasOf(levels[level].width, levels[level].height);
    const context = canvas.getContext("2d", {willReadFrequently: true});
    context.drawImage(levels[level], 0, 0);
    context.drawImage(surface.paint(canvas.width), 0, 0);
    return canvas;
  }

  draw() {
    const context = this.prepared();
    const picture = this.plain();
    if (!picture) return;
    const [left, top, side] = this.square();
    context.imageSmoothingEnabled = false;
    context.drawImage(picture, left, top, side, side);
    this.drawTouched(context);
    this.drawRegion(context);
    this.drawCursor(context);
  }

  // The very pixels that the brush would change.
  drawTouched(context) {
    const {tool} = this.work;
    if (!this.hover || (tool !== "paint" && tool !== "erase")) return;
    const [left, top, side] = this.square();
    const color = tool === "paint" ? this.work.color() : [255, 255, 255];
    const cells = touched(
      this.work.side(), this.work.brushWidth(), this.hover, color);
    context.imageSmoothingEnabled = false;
    context.globalAlpha = 0.6;
    context.drawImage(cells, left, top, side, side);
    context.globalAlpha = 1;
  }
}
