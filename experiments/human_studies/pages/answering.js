/** What both kinds of trials need of a participant's answer. */

/**
 * Resolves with the value of the first button that is pressed, or whose key is.
 *
 * `keys` maps keys to the values of buttons.
 */
export function firstChoice(jsPsych, buttons, keys) {
  return new Promise((resolve) => {
    const listener = jsPsych.pluginAPI.getKeyboardResponse({
      callback_function: ({ key }) => resolve(keys[key.toLowerCase()]),
      valid_responses: Object.keys(keys),
      persist: false,
      allow_held_key: false,
    });
    for (const button of buttons) {
      button.disabled = false;
      button.addEventListener("click", () => {
        jsPsych.pluginAPI.cancelKeyboardResponse(listener);
        resolve(button.value);
      });
    }
  });
}

/** A button with the key that does the same, on the button after its label. */
export function keyedButton(value, label, key) {
  const button = document.createElement("button");
  const text = document.createElement("span");
  const hint = document.createElement("kbd");
  hint.textContent = key.toUpperCase();
  text.append(`${label} `, hint);
  button.value = value;
  button.append(text);
  return button;
}

/** Presses one of the buttons after a moment, as jsPsych's simulation does. */
export function pressAny(jsPsych, buttons) {
  const button = buttons[Math.floor(buttons.length * Math.random())];
  jsPsych.pluginAPI.clickTarget(button, 300 * Math.random());
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
