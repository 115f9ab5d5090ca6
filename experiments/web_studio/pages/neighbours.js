// The nearest training image beside every sample.

import {canvasOfBase64, cut, get, guarded, post, remove} from "./request.js";

const byId = (id) => document.getElementById(id);
const PAGE = crypto.getRandomValues(new Uint32Array(4)).join("-");
const ADDRESS = `/api/samples/neighbours?page=${PAGE}`;
const FOLLOWED_MS = 300;

export class Neighbours {
  constructor() {
    this.search = 0;
    this.found = null;
    byId("stop-search").addEventListener("click", () => this.forget());
  }

  // Shows the neighbours of what was asked for beside it, in `cells`, or hides
  // them; they are searched for once.
  toggle(asked, cells) {
    if (this.found === asked) this.present(byId("searched-told").hidden);
    else this.find(asked, cells);
  }

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
    this.found = asked;
    this.present(true);
    byId("searched-told").textContent =
      `At the right of each sample the nearest of ${found.searched.toLocaleString("en")} ` +
      "training images, with the distance of their pixels: 0 is a copy.";
  }

  present(isShown) {
    byId("grid").classList.toggle("compared", isShown);
    byId("compare").setAttribute("aria-pressed", String(isShown));
    byId("searched-told").hidden = !isShown;
  }

  show(cell, canvas, found, i) {
    canvas.className = "neighbour";
    const told = document.createElement("span");
    told.className = "distance";
    told.textContent = found.distances[i].toFixed(1);
    cell.append(canvas, told);
    cell.title += `; training image ${found.numbers[i] + 1} at distance ` +
      told.textContent;
    cell.setAttribute("aria-label", cell.title);
  }

  // Stops a search, and shows none.
  forget() {
    const wasBusy = !byId("stop-search").hidden;
    this.search += 1;
    this.setBusy(false);
    this.found = null;
    this.present(false);
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
