/**
 * A jsPsych plugin: a cross, a picture for a time in whole frames, a grey mask
 * until the answer. Answers count from the mask on, so that every picture is
 * shown for its whole time. Nothing says whether an answer was right.
 */

import { firstChoice, keyedButton, pressAny, watchSight } from "./answering.js";
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
    const buttons = [
      keyedButton("real", "Real", "f"),
      keyedButton("generated", "Generated", "j"),
    ];
    for (const button of buttons) button.disabled = true;
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

    const answered = firstChoice(this.jsPsych, buttons, KEYS);
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

  async simulate(trial, mode, options, onLoad) {
    if (mode === "visual") {
      const display = this.jsPsych.getDisplayElement();
      const press = (buttons) => pressAny(this.jsPsych, buttons);
      return this.trial(display, trial, onLoad, press);
    }
    onLoad();
    const shown = frames.count(trial.requested_ms, trial.frame_ms);
    const measured = shown * trial.frame_ms;
    return {
      choice: Math.random() < 0.5 ? "real" : "generated",
      reaction_ms: measured + 300 + 500 * Math.random(),
      measured_ms: measured,
      frames: shown,
      frame_ms: trial.frame_ms,
      hidden: false,
    };
  }
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
