/** The study from consent to thanks: builds jsPsych's timelines and runs them. */

import * as frames from "./frames.js";
import { Notice } from "./notice.js";
import { Pair } from "./pair.js";
import * as pictures from "./pictures.js";
import * as server from "./server.js";
import { TimedImage } from "./timed_image.js";
import * as words from "./words.js";

const BLOCK = 60;

/** The button for who shares the browser with whoever stopped. */
const ANOTHER = { value: "another", label: "Somebody else takes part" };

const settings = await server.settings().catch((error) => {
  server.tell(error.message);
  throw error;
});
let frameMs = 1000 / 60;

/** Runs a timeline, or lets jsPsych simulate it where the study is simulated. */
async function run(timeline) {
  const stage = document.createElement("div");
  document.getElementById("study").replaceChildren(stage);
  const jsPsych = initJsPsych({ display_element: stage });
  const built = timeline(jsPsych);
  if (settings.simulated) {
    const visual = new URLSearchParams(location.search).get("mode") === "visual";
    await jsPsych.simulate(built, visual ? "visual" : "data-only");
  } else {
    await jsPsych.run(built);
  }
  return jsPsych.data.get().last(1).values()[0]?.pressed;
}

/** Shows a page and returns the value of the button that was pressed. */
function show(page, ...buttons) {
  return run(() => [{ type: Notice, ...page, buttons }]);
}

/**
 * A participant who agreed, with all trials; null after a refusal. Who `isNew`
 * takes the place of whoever began in this browser, by agreeing: until then
 * that person can still go on.
 */
async function participant(isNew) {
  const known = isNew ? null : server.remembered(settings.study);
  const begun = known && await server.trials(known);
  if (begun) return { token: known, trials: begun };
  const agreed = await show(
    words.CONSENT,
    { value: "agree", label: "I agree and take part" },
    { value: "decline", label: "I do not take part" },
  );
  if (agreed !== "agree") return null;
  const token = await server.enrol(settings.study);
  return { token, trials: await server.trials(token) };
}

function asked(trial, token) {
  const common = {
    size: settings.size,
    on_finish: (data) => {
      pictures.release(Object.values(trial.images));
      return server.keep(token, answer(trial, data));
    },
  };
  if (settings.kind === "which_is_better") {
    const question = words.QUESTIONS[trial.condition];
    return { type: Pair, images: trial.images, question, ...common };
  }
  return {
    type: TimedImage,
    image: trial.images.image,
    requested_ms: trial.requested_ms,
    frame_ms: () => frameMs,
    ...common,
  };
}

function answer(trial, data) {
  const { choice, reaction_ms, hidden } = data;
  const given = { trial: trial.trial, choice, reaction_ms, hidden };
  if (settings.kind === "which_is_better") return given;
  const { measured_ms, frames: shown, frame_ms } = data;
  return { ...given, measured_ms, frames: shown, frame_ms };
}

/** A page that prepares the pictures of a block, then the block. */
function block(jsPsych, { token, trials }, page, part) {
  const tokens = part.flatMap((trial) => Object.values(trial.images));
  const counted = trials.filter((trial) => !trial.practice);
  // -1 while practising.
  const done = counted.indexOf(part[0]);
  const progress = words.progress(done, counted.length);
  const notice = {
    type: Notice,
    title: page.title,
    lines: done < 0 ? page.lines : [...page.lines, progress],
    question: words.QUESTIONS[part[0].condition] ?? "",
    done: done < 0 ? null : done / counted.length,
    buttons: [
      { value: "go", label: "Go on" },
      { value: "stop", label: "Stop here" },
      ...(page === words.BACK ? [ANOTHER] : []),
    ],
    ready: async (say) => {
      await pictures.prepare(tokens, (i, n) => say(`Loading ${i} of ${n}`));
      frameMs = await frames.measure();
    },
    on_finish: ({ pressed }) => {
      if (pressed !== "go") jsPsych.abortExperiment();
    },
  };
  return [notice, ...part.map((trial) => asked(trial, token))];
}

/** Blocks of trials of one condition, none longer than `BLOCK`. */
function blocks(trials) {
  const parts = [];
  for (const trial of trials) {
    const last = parts.at(-1);
    const alike = last?.[0].practice === trial.practice
      && last[0].condition === trial.condition;
    if (alike && last.length < BLOCK) last.push(trial);
    else parts.push([trial]);
  }
  return parts;
}

/** Asks what is left; "stop" or "another" if that was pressed in between. */
async function ask(person) {
  const left = person.trials.filter((trial) => !trial.answered);
  if (left.length === 0) return null;
  const isNew = left.length === person.trials.length;
  const pressed = await run((jsPsych) => {
    const timeline = [];
    if (isNew) {
      const buttons = [{ value: "go", label: "Go on" }];
      timeline.push({ type: Notice, ...words.BRIEFING[settings.kind], buttons });
    }
    blocks(left).forEach((part, i, all) => {
      let page = words.PAUSE;
      if (i === 0 && !isNew) page = words.BACK;
      else if (part[0].practice) page = words.PRACTICE;
      else if (i === 0 || all[i - 1][0].practice) page = words.BEGIN;
      timeline.push(...block(jsPsych, person, page, part));
    });
    return timeline;
  });
  return ["stop", ANOTHER.value].includes(pressed) ? pressed : null;
}

async function takePart(isNew = false) {
  const person = await participant(isNew);
  if (!person) {
    await show(words.DECLINED);
    return;
  }
  const pressed = await ask(person);
  if (pressed === "stop") {
    await show(words.STOPPED, ANOTHER);
  } else if (pressed === null) {
    const button = { value: "next", label: "Let another person take part" };
    await show(words.FINISHED, button);
    server.forget(settings.study);
  }
  await takePart(true);
}

document.getElementById("simulated").hidden = !settings.simulated;
try {
  await takePart();
} catch (error) {
  if (error.status === 409) {
    const full = { ...words.FULL, lines: [error.message] };
    await show(settings.simulated ? words.ALL_SIMULATED : full);
  } else {
    server.tell(`${error.message} Reload this page to go on.`);
    throw error;
  }
}
