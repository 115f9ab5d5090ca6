/** A jsPsych plugin: a page of text with buttons, which may prepare what follows. */

const { ParameterType } = jsPsychModule;

export class Notice {
  static info = {
    name: "notice",
    version: "1.0.0",
    parameters: {
      title: { type: ParameterType.STRING },
      lines: { type: ParameterType.STRING, array: true },
      /** What the next part asks; empty for nothing. */
      question: { type: ParameterType.STRING, default: "" },
      /** The address of a picture below the text; empty for none. */
      picture: { type: ParameterType.STRING, default: "" },
      /** Dictionaries of `value` and `label`; the first is the way on. */
      buttons: { type: ParameterType.OBJECT, array: true },
      /** The share of the study that is done; null shows none. */
      done: { type: ParameterType.FLOAT, default: null },
      /**
       * Work before the first button can be pressed: takes a function that
       * hears what to say meanwhile, returns a promise.
       */
      ready: { type: ParameterType.FUNCTION, default: async () => {} },
    },
    data: { pressed: { type: ParameterType.STRING } },
  };

  constructor(jsPsych) {
    this.jsPsych = jsPsych;
  }

  async trial(display, trial, onLoad, onReady = () => {}) {
    const page = element("section", "notice");
    page.append(element("h1", "", trial.title));
    if (trial.done !== null) page.append(progress(trial.done));
    if (trial.question) page.append(element("p", "question", trial.question));
    for (const line of trial.lines) page.append(element("p", "", line));
    if (trial.picture) {
      const picture = element("img");
      picture.src = trial.picture;
      picture.alt = "Examples of real pictures";
      page.append(picture);
    }
    const row = element("div", "buttons");
    const buttons = trial.buttons.map(({ value, label }, i) => {
      const button = element("button", i ? "" : "first", label);
      button.value = value;
      return button;
    });
    row.append(...buttons);
    page.append(row);
    display.replaceChildren(page);
    window.scrollTo(0, 0);
    onLoad();
    const pressed = Promise.race(buttons.map((button) => new Promise(
      (resolve) => button.addEventListener("click", () => resolve(button.value)),
    )));
    const enabled = enableWhenReady(buttons[0], trial.ready);
    // Other buttons need not wait.
    await Promise.race([pressed, enabled.then(() => onReady(buttons[0]))]);
    return { pressed: await pressed };
  }

  async simulate(trial, mode, options, onLoad) {
    // Nothing to press ends the study, and says so.
    if (mode === "visual" || trial.buttons.length === 0) {
      const display = this.jsPsych.getDisplayElement();
      return this.trial(display, trial, onLoad, (button) => button?.click());
    }
    onLoad();
    return { pressed: trial.buttons[0].value };
  }
}

async function enableWhenReady(button, ready) {
  if (!button) return;
  const label = button.textContent;
  button.disabled = true;
  await ready((words) => {
    button.textContent = words;
  });
  button.textContent = label;
  button.disabled = false;
  button.focus({ preventScroll: true });
}

function progress(share) {
  const bar = element("div", "progress");
  const done = element("div");
  done.style.width = `${100 * share}%`;
  bar.setAttribute("role", "progressbar");
  bar.setAttribute("aria-valuenow", Math.round(100 * share));
  bar.setAttribute("aria-label", "Part of the study that is done");
  bar.append(done);
  return bar;
}

function element(tag, className = "", text = "") {
  const made = document.createElement(tag);
  if (className) made.className = className;
  made.textContent = text;
  return made;
}
