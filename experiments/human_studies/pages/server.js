/**
 * What the page asks of its server. A participant is a random token, which this
 * browser keeps, so that a reload goes on where the study stopped.
 */

const trouble = document.getElementById("trouble");

export class Refused extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

async function ask(address, options = {}) {
  const response = await fetch(address, options);
  if (!response.ok) {
    const told = await response.json().catch(() => ({}));
    throw new Refused(response.status, told.detail ?? response.statusText);
  }
  return response.status === 204 ? null : response.json();
}

function post(address, value, headers = {}) {
  return ask(address, {
    method: "POST",
    headers: { "Content-Type": "application/json", ...headers },
    body: JSON.stringify(value),
  });
}

export function settings() {
  return ask("settings");
}

const place = (study) => `study ${study}`;

/** The participant who began in this browser, or null. */
export function remembered(study) {
  return localStorage.getItem(place(study));
}

export function forget(study) {
  localStorage.removeItem(place(study));
}

export async function enrol(study) {
  const { participant } = await post("participants", {});
  localStorage.setItem(place(study), participant);
  return participant;
}

/** All trials of a participant, in order; null if the study knows none. */
export async function trials(participant) {
  try {
    return await ask("trials", { headers: { "X-Participant": participant } });
  } catch (error) {
    if (error.status === 404) return null;
    throw error;
  }
}

/** Resolves when the answer is on the server's disk; tries until it is. */
export async function keep(participant, answer) {
  for (let wait = 250; ; wait = Math.min(2 * wait, 8000)) {
    try {
      await post("answers", answer, { "X-Participant": participant });
      trouble.hidden = true;
      return;
    } catch (error) {
      if (error instanceof Refused && error.status < 500) throw error;
      tell("Your answer could not be kept yet. Trying again; please wait.");
    }
    await new Promise((resolve) => setTimeout(resolve, wait));
  }
}

/** Shows a message above whatever the page shows. */
export function tell(message) {
  trouble.textContent = message;
  trouble.hidden = false;
}
