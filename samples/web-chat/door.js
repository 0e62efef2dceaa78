// The dialog in which a gateway that asks who one is gets its answer, and the button that says who it was.
import * as identity from "./identity.js";

const dialog = document.getElementById("door");
const form = document.getElementById("door-key");
const field = document.getElementById("door-field");
const sign = document.getElementById("door-sign-in");
const why = document.getElementById("door-why");
const person = document.getElementById("person");

let waiting = null; // while the dialog is open: a promise for all who wait to be let in

// There is nothing behind this dialog for somebody who has not been let in.
dialog.addEventListener("cancel", (event) => event.preventDefault());

sign.addEventListener("click", async () => {
  sign.disabled = true;
  try {
    await identity.signIn();
  } catch (error) {
    why.textContent = error.message;
    sign.disabled = false;
  }
});

person.addEventListener("click", () => identity.leave());

/** Shows who has been let in. */
export function show() {
  const who = identity.who();
  person.hidden = !who;
  person.textContent = who ?? "";
  person.title = who ? `${who}: sign out` : "";
  person.setAttribute("aria-label", person.title);
}

async function open(reason) {
  const way = await identity.ways();
  sign.hidden = !way;
  why.textContent = (await identity.trouble()) ?? (identity.who() ? reason : "");
  field.value = "";
  dialog.showModal();
  (way ? sign : field).focus();
  await new Promise((resolve) => {
    form.onsubmit = (event) => {
      event.preventDefault();
      const key = field.value.trim();
      if (!key) return;
      identity.keepKey(key);
      dialog.close();
      resolve();
    };
  });
  waiting = null;
}

/** Waits until somebody has said who they are; `reason` is what the gateway said to who they were. */
export const admitted = (reason) => (waiting ??= open(reason));
