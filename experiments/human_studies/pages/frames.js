/** Frames of the display: how long they are, and waiting for them. */

const COUNTED = 40;

/** Resolves at the next frame with its time in milliseconds. */
export function next() {
  return new Promise((resolve) => requestAnimationFrame(resolve));
}

/** The median length of a frame in milliseconds, over about 40 frames. */
export async function measure() {
  const lengths = [];
  let before = await next();
  while (lengths.length < COUNTED) {
    const now = await next();
    lengths.push(now - before);
    before = now;
  }
  lengths.sort((a, b) => a - b);
  return lengths[COUNTED / 2];
}

/** The whole number of frames nearest to a time, at least one. */
export function count(milliseconds, frame) {
  return Math.max(1, Math.round(milliseconds / frame));
}

/**
 * Waits until `frames` frames have passed since `start`, a frame's time. A frame
 * that the browser dropped counts too, since the picture stayed meanwhile.
 */
export async function pass(frames, start, frame) {
  for (;;) {
    const now = await next();
    if (now - start >= (frames - 0.5) * frame) return now;
  }
}
