// The nearest training image beside every sample.

import {canvasOfBase64, cut, get, guarded, post, remove} from "./request.js";

const byId = (id) => document.getElementById(id);
const PAGE = crypto.getRandomValues(new Uint32Array(4)).join("-");
const ADDRESS = `/api/samples/neighbours?page=${PAGE}`;
const FOLLOWED_MS = 300;

export class Neighbours {
  constructor() {
    this.search = 0;
    byId("stop-search").addEventListener("click", () => this.forget());
  }

  // Searches for the neighbours of what was asked for; `cells` show it.
  async find(asked, cells) {
    const search = ++this.search;
    this.setBusy(true);
    const follower = setInterval(() => this.follow(search), FOLLOWED_MS);
    const found = await guarded(() => post(ADDRESS, asked));
    clearInterval(follower);
    if (search !== this.search) return;
    this.setBusy(false);
    if (!found) return;
    const strip = await canvasOfBase64(found.images);
    if (search !== this.search) return;
    cut(strip, found.count).forEach((canvas, i) => this.show(cells[i], canvas, found, i));
    byId("grid").classList.add("compared");
    byId("searched-told").textContent =
      `At the right of each sample the nearest of ${found.searched.toLocaleString("en")} ` +
      "training images, with the distance of their pixels: 0 is a copy.";
  }

  show(cell, canvas, found, i) {
    cell.querySelectorAll(".neighbour, .distance").forEach((old) => old.remove());
    canvas.className = "neighbour";
    const told = document.createElement("span");
    told.className = "distance";
    told.textContent = found.distances[i].toFixed(1);
    cell.append(canvas, told);
    cell.title = `Sample ${i + 1}; training image ${found.numbers[i] + 1} at ` +
      `distance ${told.textContent}`;
    cell.setAttribute("aria-label", cell.title);
  }

  // Stops a search, and shows none.
  forget() {
    const wasBusy = !byId("stop-search").hidden;
    this.search += 1;
    this.setBusy(false);
    byId("grid").classList.remove("compared");
    byId("searched-told").textContent = "";
    if (wasBusy) guarded(() => remove(ADDRESS));
  }

  async follow(search) {
    const told = await get(ADDRESS).catch(() => null);
    if (search !== this.search) return;
    const bar = byId("search-progress");
    if (told?.total) bar.value = told.done / told.total;
    else bar.removeAttribute("value");
  }

  setBusy(isBusy) {
    byId("search-progress").hidden = byId("stop-search").hidden = !isBusy;
    byId("compare").disabled = isBusy;
  }
}
