/**
 * A jsPsych plugin: a cross, a picture for a time in whole frames, a grey mask
 * until the answer. Answers count from the mask on, so that every picture is
 * shown for its whole time. Nothing says whether an answer was right.
 */

import * as frames from "./frames.js";
import * as pictures from "./pictures.js";

const { ParameterType } = jsPsychModule;

const CROSS_MS = 500;
const MASK = "#808080";
const KEYS = { f: "real", j: "generated" };
const ROOM = 320;

export class TimedImage {
  static info = {
    name: "timed-image",
    version: "1.0.0",
    parameters: {
      /** The token of a picture that is prepared. */
      image: { type: ParameterType.STRING },
      /** Its pixels a side. */
      size: { type: ParameterType.INT },
      requested_ms: { type: ParameterType.INT },
      /** The length of a frame of the display. */
      frame_ms: { type: ParameterType.FLOAT },
    },
    data: {
      choice: { type: ParameterType.STRING },
      reaction_ms: { type: ParameterType.FLOAT },
      measured_ms: { type: ParameterType.FLOAT },
      frames: { type: ParameterType.INT },
      frame_ms: { type: ParameterType.FLOAT },
      hidden: { type: ParameterType.BOOL },
    },
  };

  constructor(jsPsych) {
    this.jsPsych = jsPsych;
  }

  async trial(display, trial, onLoad, onMask = () => {}) {
    const room = Math.min(ROOM, window.innerWidth - 32);
    const canvas = pictures.canvas(trial.size, room);
    const buttons = answerButtons();
    display.replaceChildren(stage(canvas, buttons));
    onLoad();
    // Keys reach jsPsych while something within it has the focus.
    this.jsPsych.getDisplayContainerElement().focus({ preventScroll: true });
    const sight = watchSight();

    pictures.drawCross(canvas);
    const wait = frames.count(CROSS_MS, trial.frame_ms);
    // Drawn in the frame that `pass` returns in, so shown from the next one on;
    // so is the mask, and the time between them is that of the picture.
    const onset = await frames.pass(wait, await frames.next(), trial.frame_ms);
    pictures.draw(canvas, trial.image);
    const wanted = frames.count(trial.requested_ms, trial.frame_ms);
    const masked = await frames.pass(wanted, onset, trial.frame_ms);
    pictures.fill(canvas, MASK);

    const answered = this.answer(buttons);
    onMask(buttons);
    const choice = await answered;
    return {
      choice,
      reaction_ms: performance.now() - onset,
      measured_ms: masked - onset,
      frames: Math.round((masked - onset) / trial.frame_ms),
      frame_ms: trial.frame_ms,
      hidden: sight.end(),
    };
  }

  /** Resolves with the first button or key. */
  answer(buttons) {
    return new Promise((resolve) => {
      const keys = this.jsPsych.pluginAPI.getKeyboardResponse({
        callback_function: ({ key }) => resolve(KEYS[key.toLowerCase()]),
        valid_responses: Object.keys(KEYS),
        persist: false,
        allow_held_key: false,
      });
      for (const button of buttons) {
        button.disabled = false;
        button.addEventListener("click", () => {
          this.jsPsych.pluginAPI.cancelKeyboardResponse(keys);
          resolve(button.value);
        });
      }
    });
  }

  async simulate(trial, mode, options, onLoad) {
    const choice = Math.random() < 0.5 ? "real" : "generated";
    if (mode === "visual") {
      const display = this.jsPsych.getDisplayElement();
      return this.trial(display, trial, onLoad, (buttons) => {
        const button = buttons.find(({ value }) => value === choice);
        this.jsPsych.pluginAPI.clickTarget(button, 300 * Math.random());
      });
    }
    onLoad();
    const shown = frames.count(trial.requested_ms, trial.frame_ms);
    const measured = shown * trial.frame_ms;
    return {
      choice,
      reaction_ms: measured + 300 + 500 * Math.random(),
      measured_ms: measured,
      frames: shown,
      frame_ms: trial.frame_ms,
      hidden: false,
    };
  }
}

function answerButtons() {
  return Object.entries(KEYS).map(([key, value]) => {
    const button = document.createElement("button");
    const hint = document.createElement("kbd");
    hint.textContent = key.toUpperCase();
    button.value = value;
    button.disabled = true;
    button.append(value === "real" ? "Real " : "Generated ", hint);
    return button;
  });
}

function stage(canvas, buttons) {
  const whole = document.createElement("div");
  whole.className = "trial";
  const row = document.createElement("div");
  row.className = "buttons";
  row.append(...buttons);
  whole.append(canvas, row);
  return whole;
}

/** Notes whether the page is out of sight at any time until `end`. */
export function watchSight() {
  let hidden = document.hidden;
  const note = () => {
    hidden ||= document.hidden;
  };
  document.addEventListener("visibilitychange", note);
  return {
    end() {
      document.removeEventListener("visibilitychange", note);
      return hidden;
    },
  };
}
