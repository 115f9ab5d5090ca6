// One row per level: kept, drawn anew or taken from a second photograph.

import {guarded, picture, post, tell} from "./request.js";

const byId = (id) => document.getElementById(id);

export class LevelRows {
  // `changed` is called when a row asks for something else.
  constructor(work, changed) {
    this.work = work;
    this.changed = changed;
    this.rows = [];
    this.isUsed = false;
    byId("open-second").addEventListener("click", () => {
      byId("second-file").value = "";
      byId("second-file").click();
    });
    byId("second-file").addEventListener("change", () =>
      this.openSecond("second", byId("second-file").files[0]));
    byId("example-second").addEventListener("click", () =>
      this.openSecond("second_example"));
  }

  show(sizes) {
    if (this.rows.length !== sizes.length) {
      this.rows = sizes.map((size, k) => this.row(size, k));
      byId("level-rows").replaceChildren(...this.rows.map((row) => row.element));
    }
    this.note();
  }

  row(size, k) {
    const element = document.createElement("fieldset");
    element.className = "level-row";
    const legend = document.createElement("legend");
    legend.textContent = `${k}, ${size} px`;
    const source = document.createElement("select");
    source.setAttribute("aria-label", `Level ${k} is`);
    source.append(
      new Option("its own", "own"),
      new Option("drawn anew", "drawn"),
      new Option("the second's", "second"),
    );
    const scaled = document.createElement("span");
    scaled.className = "pair";
    const scale = document.createElement("input");
    Object.assign(scale, {type: "range", min: 0, max: 2, step: 0.05, value: 1});
    scale.setAttribute("aria-label", `Scale of level ${k}`);
    const told = document.createElement("output");
    told.textContent = "1";
    scaled.append(scale, told);
    scale.addEventListener("input", () => { told.textContent = scale.value; });
    for (const control of [source, scale]) {
      control.addEventListener("change", () => {
        this.note();
        this.changed();
      });
    }
    element.append(legend, source, scaled);
    return {element, source, scale};
  }

  use(isUsed) {
    this.isUsed = isUsed;
    this.note();
  }

  // Writes down what the rows ask for; nothing while another tab is open.
  note() {
    this.work.levelChanges = this.isUsed
      ? this.rows.map(({source, scale}) =>
        ({source: source.value, scale: +scale.value}))
      : null;
  }

  async openSecond(path, file) {
    if (!this.work.base) {
      tell("Open a photograph first.", true);
      return;
    }
    const state = await guarded(() => post(this.work.path(path), file));
    if (!state) return;
    const {canvas} = await picture(this.work.path(`second.png?v=${Date.now()}`));
    const shown = byId("second").getContext("2d");
    shown.imageSmoothingEnabled = false;
    shown.drawImage(canvas, 0, 0, 64, 64);
    this.changed();
  }
}
