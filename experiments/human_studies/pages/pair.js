/** A jsPsych plugin: two pictures, and perhaps the original; one is chosen. */

import * as pictures from "./pictures.js";
import { watchSight } from "./timed_image.js";

const { ParameterType } = jsPsychModule;

const SIDES = [
  { side: "left", key: "f", label: "Left" },
  { side: "right", key: "j", label: "Right" },
];
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
      whole.append(figure(this.picture(trial, "original"), "Original"));
    }
    const buttons = SIDES.map((one) => this.button(trial, one));
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
    const answered = this.answer(buttons);
    onShown(buttons);
    const choice = await answered;
    return {
      choice,
      reaction_ms: performance.now() - onset,
      hidden: sight.end(),
    };
  }

  picture(trial, role) {
    // Two and a gap in the width, three and texts in the height.
    const wide = (window.innerWidth - 48) / 2;
    const rows = trial.images.original ? 2 : 1;
    const high = (window.innerHeight - 200) / rows;
    const canvas = pictures.canvas(trial.size, Math.min(ROOM, wide, high));
    pictures.draw(canvas, trial.images[role]);
    return canvas;
  }

  button(trial, { side, key, label }) {
    const button = document.createElement("button");
    const text = document.createElement("span");
    const hint = document.createElement("kbd");
    hint.textContent = key.toUpperCase();
    text.append(`${label} `, hint);
    button.value = side;
    button.append(this.picture(trial, side), text);
    return button;
  }

  answer(buttons) {
    return new Promise((resolve) => {
      const keys = this.jsPsych.pluginAPI.getKeyboardResponse({
        callback_function: ({ key }) => resolve(
          SIDES.find((one) => one.key === key.toLowerCase()).side,
        ),
        valid_responses: SIDES.map(({ key }) => key),
        persist: false,
        allow_held_key: false,
      });
      for (const button of buttons) {
        button.addEventListener("click", () => {
          this.jsPsych.pluginAPI.cancelKeyboardResponse(keys);
          resolve(button.value);
        });
      }
    });
  }

  async simulate(trial, mode, options, onLoad) {
    const choice = Math.random() < 0.5 ? "left" : "right";
    if (mode === "visual") {
      const display = this.jsPsych.getDisplayElement();
      return this.trial(display, trial, onLoad, (buttons) => {
        const button = buttons.find(({ value }) => value === choice);
        this.jsPsych.pluginAPI.clickTarget(button, 300 * Math.random());
      });
    }
    onLoad();
    return { choice, reaction_ms: 500 + 1000 * Math.random(), hidden: false };
  }
}

function figure(canvas, label) {
  const made = document.createElement("figure");
  const caption = document.createElement("figcaption");
  caption.textContent = label;
  made.append(canvas, caption);
  return made;
}
