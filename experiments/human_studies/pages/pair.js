/** A jsPsych plugin: two pictures, and perhaps the original; one is chosen. */

import { firstChoice, keyedButton, pressAny, watchSight } from "./answering.js";
import * as pictures from "./pictures.js";

const { ParameterType } = jsPsychModule;

const KEYS = { f: "left", j: "right" };
const ROOM = 256;

export class Pair {
  static info = {
    name: "pair",
    version: "1.0.0",
    parameters: {
      /** Tokens of prepared pictures by role: left, right, original or none. */
      images: { type: ParameterType.OBJECT },
      /** Their pixels a side. */
      size: { type: ParameterType.INT },
      question: { type: ParameterType.STRING },
    },
    data: {
      choice: { type: ParameterType.STRING },
      reaction_ms: { type: ParameterType.FLOAT },
      hidden: { type: ParameterType.BOOL },
    },
  };

  constructor(jsPsych) {
    this.jsPsych = jsPsych;
  }

  async trial(display, trial, onLoad, onShown = () => {}) {
    const whole = document.createElement("div");
    whole.className = "trial";
    const question = document.createElement("p");
    question.textContent = trial.question;
    whole.append(question);
    if (trial.images.original) {
      whole.append(figure(picture(trial, "original"), "Original"));
    }
    const buttons = [
      keyedButton("left", "Left", "f"),
      keyedButton("right", "Right", "j"),
    ];
    for (const button of buttons) {
      button.prepend(picture(trial, button.value));
    }
    const row = document.createElement("div");
    row.className = "pair";
    row.append(...buttons);
    whole.append(row);
    display.replaceChildren(whole);
    onLoad();
    // Keys reach jsPsych while something within it has the focus.
    this.jsPsych.getDisplayContainerElement().focus({ preventScroll: true });
    const sight = watchSight();
    const onset = performance.now();
    const answered = firstChoice(this.jsPsych, buttons, KEYS);
    onShown(buttons);
    const choice = await answered;
    return {
      choice,
      reaction_ms: performance.now() - onset,
      hidden: sight.end(),
    };
  }

  async simulate(trial, mode, options, onLoad) {
    if (mode === "visual") {
      const display = this.jsPsych.getDisplayElement();
      const press = (buttons) => pressAny(this.jsPsych, buttons);
      return this.trial(display, trial, onLoad, press);
    }
    onLoad();
    return {
      choice: Math.random() < 0.5 ? "left" : "right",
      reaction_ms: 500 + 1000 * Math.random(),
      hidden: false,
    };
  }
}

function picture(trial, role) {
  // Two and a gap in the width; one or two rows and texts in the height.
  const wide = (window.innerWidth - 48) / 2;
  const rows = trial.images.original ? 2 : 1;
  const high = (window.innerHeight - 200) / rows;
  const canvas = pictures.canvas(trial.size, Math.min(ROOM, wide, high));
  pictures.draw(canvas, trial.images[role]);
  return canvas;
}

function figure(canvas, label) {
  const made = document.createElement("figure");
  const caption = document.createElement("figcaption");
  caption.textContent = label;
  made.append(canvas, caption);
  return made;
}
