/** Pictures, decoded before they are needed and drawn pixel for pixel. */

const decoded = new Map();
const AT_ONCE = 8;

/** Fetches and decodes pictures; `onProgress` hears how many are ready. */
export async function prepare(tokens, onProgress = () => {}) {
  const missing = tokens.filter((token) => !decoded.has(token));
  let ready = tokens.length - missing.length;
  async function work() {
    for (let token = missing.pop(); token; token = missing.pop()) {
      const response = await fetch(`images/${token}`);
      if (!response.ok) throw new Error(`A picture is missing (${response.status}).`);
      decoded.set(token, await createImageBitmap(await response.blob()));
      onProgress(++ready, tokens.length);
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, work));
}

/** Lets go of pictures that are not shown again. */
export function release(tokens) {
  for (const token of tokens) {
    decoded.get(token)?.close();
    decoded.delete(token);
  }
}

/**
 * A canvas for pictures of `size` pixels, each a whole number of the display's
 * own pixels wide, in at most `room` CSS pixels.
 */
export function canvas(size, room) {
  const made = document.createElement("canvas");
  const ratio = window.devicePixelRatio || 1;
  const scale = Math.max(1, Math.floor((room * ratio) / size));
  made.width = made.height = size * scale;
  made.style.width = made.style.height = `${(size * scale) / ratio}px`;
  return made;
}

export function draw(target, token) {
  const context = target.getContext("2d");
  context.imageSmoothingEnabled = false;
  context.drawImage(decoded.get(token), 0, 0, target.width, target.height);
}

export function fill(target, color) {
  const context = target.getContext("2d");
  context.fillStyle = color;
  context.fillRect(0, 0, target.width, target.height);
}

/** A cross in the middle, where the next picture is going to be. */
export function drawCross(target) {
  const context = target.getContext("2d");
  const middle = target.width / 2;
  const arm = target.width / 16;
  const width = Math.max(2, Math.round(target.width / 80));
  context.clearRect(0, 0, target.width, target.height);
  context.fillStyle = "#141414";
  context.fillRect(middle - arm, middle - width / 2, 2 * arm, width);
  context.fillRect(middle - width / 2, middle - arm, width, 2 * arm);
}
