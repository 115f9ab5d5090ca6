// What was painted and selected: a list of marks, drawn again at any size.
//
// Points are fractions of the window that the model sees, from 0 to 1, so that
// another level, or another window, draws the same marks with its own pixels.

import {canvasOf} from "./request.js";

export class Surface {
  constructor() {
    this.marks = [];
    this.undone = [];
    this.version = 0;
    this.cache = new Map();
    this.placed = null;
  }

  // The window that points are fractions of: left, top and side in pixels of
  // the photograph. Marks stay where they are when it moves.
  get box() {
    return this.placed;
  }

  set box(box) {
    if (this.placed && box) this.moved(this.placed, box);
    this.placed = box;
  }

  add(mark) {
    this.marks.push(mark);
    this.undone = [];
    this.touch();
  }

  // Redraws after the newest mark went on growing.
  touch() {
    this.version += 1;
    this.cache.clear();
  }

  undo() {
    if (!this.marks.length) return false;
    this.undone.push(this.marks.pop());
    this.touch();
    return true;
  }

  redo() {
    if (!this.undone.length) return false;
    this.marks.push(this.undone.pop());
    this.touch();
    return true;
  }

  reset() {
    this.marks = [];
    this.undone = [];
    this.touch();
  }

  moved([left, top, side], [newLeft, newTop, newSide]) {
    if (left === newLeft && top === newTop && side === newSide) return;
    const x = (value) => (left + value * side - newLeft) / newSide;
    const y = (value) => (top + value * side - newTop) / newSide;
    const scale = side / newSide;
    for (const mark of [...this.marks, ...this.undone]) {
      if (mark.points) mark.points = mark.points.map((p) => [x(p[0]), y(p[1])]);
      if (mark.width) mark.width *= scale;
      if (mark.rectangle) {
        const [a, b, w, h] = mark.rectangle;
        mark.rectangle = [x(a), y(b), w * scale, h * scale];
      }
    }
    this.touch();
  }

  // The painting of a level, RGBA, every pixel clear or opaque.
  paint(side) {
    return this.cached(`paint ${side}`, () => {
      const canvas = canvasOf(side, side);
      const context = canvas.getContext("2d", READ);
      const pixels = context.createImageData(side, side);
      for (const mark of this.marks) {
        if (mark.kind === "clear") pixels.data.fill(0);
        if (mark.kind === "paint") stroke(pixels, mark, [...mark.color, 255]);
        if (mark.kind === "erase") stroke(pixels, mark, [0, 0, 0, 0]);
        if (mark.kind === "painting") overlay(pixels, mark);
      }
      context.putImageData(pixels, 0, 0);
      return canvas;
    });
  }

  // The region, white where it is and clear elsewhere.
  region(side) {
    return this.cached(`region ${side}`, () => {
      const canvas = canvasOf(side, side);
      const context = canvas.getContext("2d", READ);
      for (const mark of this.marks) select(context, mark, side);
      return canvas;
    });
  }

  get isPainted() {
    return this.marks.some((mark) => PAINTING.includes(mark.kind))
      && isMarked(this.paint(64));
  }

  get isSelected() {
    return this.marks.some((mark) => SELECTING.includes(mark.kind))
      && isMarked(this.region(128));
  }

  cached(key, make) {
    if (!this.cache.has(key)) this.cache.set(key, make());
    return this.cache.get(key);
  }
}

const READ = {willReadFrequently: true};
const PAINTING = ["paint", "painting"];
const SELECTING = ["rectangle", "lasso", "brush", "invert", "image"];

function isMarked(canvas) {
  const {data} = canvas.getContext("2d", READ).getImageData(
    0, 0, canvas.width, canvas.height);
  for (let i = 3; i < data.length; i += 4) if (data[i]) return true;
  return false;
}

function select(context, mark, side) {
  const scaled = (mark.points || []).map(([x, y]) => [x * side, y * side]);
  context.fillStyle = context.strokeStyle = "white";
  context.globalCompositeOperation =
    mark.subtract || mark.kind === "erase" ? "destination-out" : "source-over";
  if (mark.kind === "clear") {
    context.clearRect(0, 0, side, side);
  } else if (mark.kind === "rectangle") {
    const [[x0, y0], [x1, y1]] = [scaled[0], scaled[scaled.length - 1]];
    const [left, top] = [Math.min(x0, x1), Math.min(y0, y1)].map(Math.floor);
    const [right, bottom] = [Math.max(x0, x1), Math.max(y0, y1)].map(Math.ceil);
    context.fillRect(left, top, right - left, bottom - top);
  } else if (mark.kind === "lasso") {
    context.beginPath();
    scaled.forEach(([x, y]) => context.lineTo(x, y));
    context.closePath();
    context.fill();
  } else if (mark.kind === "brush" || mark.kind === "erase") {
    context.lineWidth = Math.max(1, mark.width * side);
    context.lineCap = context.lineJoin = "round";
    context.beginPath();
    context.moveTo(...scaled[0]);
    scaled.forEach(([x, y]) => context.lineTo(x, y));
    // A single point has no length, and is a dot all the same.
    context.lineTo(scaled[0][0] + 0.01, scaled[0][1]);
    context.stroke();
  } else if (mark.kind === "invert") {
    context.globalCompositeOperation = "xor";
    context.fillRect(0, 0, side, side);
  } else if (mark.kind === "image") {
    const [x, y, w, h] = mark.rectangle.map((value) => value * side);
    context.drawImage(mark.image, x, y, w, h);
  }
  context.globalCompositeOperation = "source-over";
}

// Puts a painting over what is there, but for its pixels that are rather clear.
function overlay(pixels, {image, rectangle}) {
  const side = pixels.width;
  const context = canvasOf(side, side).getContext("2d", READ);
  context.imageSmoothingEnabled = false;
  context.drawImage(image, ...rectangle.map((value) => value * side));
  const {data} = context.getImageData(0, 0, side, side);
  for (let i = 0; i < data.length; i += 4) {
    if (data[i + 3] >= 128) pixels.data.set([...data.subarray(i, i + 3), 255], i);
  }
}

function stroke(pixels, mark, color) {
  const side = pixels.width;
  const diameter = Math.max(1, Math.round(mark.width * side));
  let last = null;
  for (const [x, y] of mark.points) {
    const next = [Math.floor(x * side), Math.floor(y * side)];
    const steps = last
      ? Math.max(Math.abs(next[0] - last[0]), Math.abs(next[1] - last[1]), 1)
      : 1;
    const from = last || next;
    for (let i = 1; i <= steps; i += 1) {
      stamp(
        pixels,
        Math.round(from[0] + ((next[0] - from[0]) * i) / steps),
        Math.round(from[1] + ((next[1] - from[1]) * i) / steps),
        diameter,
        color,
      );
    }
    last = next;
  }
}

// Marks the pixels that a brush of so many fractions touches at a point.
export function touched(side, width, [x, y], color) {
  const canvas = canvasOf(side, side);
  const context = canvas.getContext("2d", READ);
  const pixels = context.createImageData(side, side);
  const diameter = Math.max(1, Math.round(width * side));
  stamp(
    pixels, Math.floor(x * side), Math.floor(y * side), diameter,
    [...color, 255]);
  context.putImageData(pixels, 0, 0);
  return canvas;
}

// A disc of whole pixels.
function stamp(pixels, x, y, diameter, color) {
  const side = pixels.width;
  const first = -Math.floor((diameter - 1) / 2);
  const centre = diameter % 2 ? 0 : 0.5;
  for (let dy = first; dy < first + diameter; dy += 1) {
    for (let dx = first; dx < first + diameter; dx += 1) {
      const inside = (dx - centre) ** 2 + (dy - centre) ** 2
        <= (diameter / 2) ** 2;
      const [column, row] = [x + dx, y + dy];
      if (!inside || column < 0 || row < 0 || column >= side || row >= side) {
        continue;
      }
      pixels.data.set(color, 4 * (row * side + column));
    }
  }
}
