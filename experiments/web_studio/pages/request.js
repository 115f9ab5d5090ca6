// Asks the studio, and tells what goes wrong on the page.

const notice = document.getElementById("notice");
let hiding = 0;

// Shows a message; errors stay longer.
export function tell(message, isError = false) {
  notice.textContent = message;
  notice.classList.toggle("error", isError);
  notice.hidden = false;
  clearTimeout(hiding);
  hiding = setTimeout(() => { notice.hidden = true; }, isError ? 9000 : 3500);
}

notice.addEventListener("click", () => { notice.hidden = true; });

// An answer that is a message: `status` is that of HTTP.
export class Refusal extends Error {
  constructor(message, status) {
    super(message);
    this.status = status;
  }
}

async function answer(path, options) {
  let response;
  try {
    response = await fetch(path, options);
  } catch {
    throw new Refusal("The studio does not answer. Is it still running?", 0);
  }
  if (response.ok) return response;
  let message = `The studio answered ${response.status}.`;
  try {
    message = (await response.json()).error;
  } catch { /* It has no message of its own. */ }
  throw new Refusal(message, response.status);
}

export async function get(path) {
  return (await answer(path)).json();
}

export async function remove(path) {
  return (await answer(path, {method: "DELETE"})).json();
}

// Posts JSON values, or a file as it is.
export async function post(path, value = {}) {
  const isFile = value instanceof Blob;
  const response = await answer(path, {
    method: "POST",
    headers: {
      "Content-Type": isFile ? "application/octet-stream" : "application/json",
    },
    body: isFile ? value : JSON.stringify(value),
  });
  return response.json();
}

// A picture as a canvas, and the corner of a composite if it has one.
export async function picture(path) {
  const response = await answer(path);
  const bitmap = await createImageBitmap(
    await response.blob(), {colorSpaceConversion: "none"});
  const canvas = canvasOf(bitmap.width, bitmap.height);
  canvas.getContext("2d").drawImage(bitmap, 0, 0);
  bitmap.close();
  const corner = response.headers.get("studio-corner");
  return {canvas, corner: corner ? corner.split(",").map(Number) : [0, 0]};
}

// Saves what an address answers; a refusal becomes a message.
export async function download(path, name) {
  const blob = await (await answer(path)).blob();
  saveBlob(blob, name);
}

export function saveBlob(blob, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}

export function canvasOf(width, height) {
  const canvas = document.createElement("canvas");
  canvas.width = width;
  canvas.height = height;
  return canvas;
}

// Cuts a strip of square pictures into canvases.
export function cut(strip, count) {
  const side = strip.height;
  return Array.from({length: count}, (_, i) => {
    const canvas = canvasOf(side, side);
    canvas.getContext("2d").drawImage(strip, -i * side, 0);
    return canvas;
  });
}

// The PNG of a canvas in base64, as steps have it.
export function base64Png(canvas) {
  return canvas.toDataURL("image/png").split(",")[1];
}

export async function canvasOfBase64(encoded) {
  const image = new Image();
  image.src = `data:image/png;base64,${encoded}`;
  await image.decode();
  const canvas = canvasOf(image.width, image.height);
  canvas.getContext("2d").drawImage(image, 0, 0);
  return canvas;
}

// Runs what may be refused; the page goes on either way.
export async function guarded(work) {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    // A newer request took its place: nothing to tell.
    if (error.status !== 409) tell(error.message, true);
    return null;
  }
}
