// Questions and answers.
import * as streams from "./streams.js";
import { button, copyButton, copyCode, element, thoughts } from "./acts.js";
import { follow } from "./follow.js";
import { openPassage } from "./passage.js";
import { showProse } from "./prose.js";

const log = document.getElementById("log");
const form = document.getElementById("ask");
const question = document.getElementById("question");
const send = document.getElementById("send");
const stop = document.getElementById("stop");
const anew = document.getElementById("anew");
const news = document.getElementById("answer-news");
const { keep, toEnd } = follow(log);

const composing = 229; // the keyCode of a key that an input method takes: Safari says isComposing after the Enter that ends it no more

let route = null;
let examples = []; // questions to begin with
let turns = []; // the chat so far, for chat routes
let cancel = null; // stops the answer that is being written
let again = null; // the button that asks for the last answer again

function body(text) {
  if (route.route_type === "rag/v1/answers" && turns.length === 0) return { question: text };
  if (route.route_type === "llm/v1/completions") return { prompt: text };
  return { messages: [...turns, { role: "user", content: text }] };
}

function source(citation, index, answer) {
  const used = citation.quotes?.length > 0 || answer.includes(`[${index + 1}]`);
  const button = element("button", used ? "source used" : "source");
  button.type = "button";
  button.append(element("b", "", String(index + 1)), element("span", "", [citation.document, citation.heading, citation.page && `page ${citation.page}`].filter(Boolean).join(" · ")));
  button.setAttribute("aria-label", `Source ${index + 1}: ${citation.document}${citation.heading ? `, ${citation.heading}` : ""}${citation.page ? `, page ${citation.page}` : ""}`);
  const collection = route.rag?.collection;
  button.addEventListener("click", () => openPassage(collection, citation.document, citation));
  return button;
}

function writing(on) {
  // Whoever uses the keyboard stays where something can be done.
  const hadFocus = document.activeElement === (on ? send : stop);
  send.hidden = on;
  stop.hidden = !on;
  if (hadFocus) (on ? stop : log).focus({ preventScroll: true });
}

/** Where the answer names a source by its number, the number opens it. */
function linkNumbers(prose, buttons) {
  for (const number of prose.querySelectorAll("sup")) {
    const source = buttons[Number(number.textContent) - 1];
    if (!source) continue;
    const link = element("button", "number", number.textContent);
    link.type = "button";
    link.title = source.getAttribute("aria-label");
    link.setAttribute("aria-label", link.title);
    link.addEventListener("click", () => source.click());
    number.replaceChildren(link);
  }
}

export async function ask(text) {
  if (!route || cancel || !text.trim()) return;
  log.querySelector(".welcome")?.remove();
  anew.hidden = false;
  again?.remove();
  again = null;
  const said = element("div", "asked", text);
  said.dir = "auto";
  log.append(said);
  const answer = element("article", "answer writing");
  const prose = element("div", "prose");
  const thinking = thoughts(answer);
  answer.append(prose);
  log.append(answer);
  toEnd();

  const started = performance.now();
  let firstAt = 0;
  let written = "";
  let frame = 0;
  let stopStream = null;
  const stopping = new AbortController();
  const asked = body(text);
  const before = turns;
  let cited = [];
  const show = (isOpen) => {
    cancelAnimationFrame(frame);
    frame = 0;
    showProse(prose, written, isOpen);
    keep();
  };
  const remember = () => {
    if (!asked.prompt) turns = [...(asked.messages ?? [{ role: "user", content: text }]), { role: "assistant", content: written }];
  };
  const finish = () => {
    answer.classList.remove("writing");
    cancel = null;
    thinking.end();
    copyCode(prose);
    writing(false);
    keep();
  };
  /** Says what there is to say of the answer, and offers what can be done with it. */
  const close = (facts) => {
    const acts = element("div", "acts");
    const copy = written && copyButton("Copy", () => [written.trim(), ...cited].join("\n"));
    again = button("Ask again", () => {
      turns = before;
      said.remove();
      answer.remove();
      log.focus({ preventScroll: true });
      ask(text);
    });
    acts.append(element("p", "facts", facts), ...[copy, again].filter(Boolean));
    answer.append(acts);
    finish();
  };
  const fail = (message) => {
    show(false);
    const trouble = element("p", "trouble", message);
    trouble.setAttribute("role", "alert");
    answer.append(trouble);
    finish();

    // What could not be answered is there to be asked again.
    if (!question.value) {
      question.value = text;
      grow();
    }
  };

  writing(true);
  news.textContent = "The answer is being written.";
  cancel = () => {
    cancel = null;
    stopping.abort();
    stopStream?.();
    show(false);
    // What is on the page is what was said.
    if (written) remember();
    close("stopped");
    news.textContent = "The answer was stopped.";
  };
  try {
    const stopNow = await streams.ask(route, asked, {
      token: (message) => {
        if (stopping.signal.aborted) return;
        firstAt ||= performance.now();
        thinking.end();
        written += message.text;
        // As often as it is seen: not each of a thousand words draws the answer anew.
        frame ||= requestAnimationFrame(() => show(true));
      },
      thought: (message) => {
        if (stopping.signal.aborted) return;
        thinking.add(message.text);
        keep();
      },
      done: (message) => {
        if (stopping.signal.aborted) return;
        remember();
        show(false);
        if (message.citations?.length) {
          const sources = element("div", "sources");
          const buttons = message.citations.map((c, i) => source(c, i, written));
          sources.append(element("h3", "", "Sources"), ...buttons);
          answer.append(sources);
          linkNumbers(prose, buttons);
          // What is copied says what its numbers stand for.
          cited = buttons.filter((b) => b.classList.contains("used")).map((b) => `[${b.firstChild.textContent}] ${b.lastChild.textContent}`);
          if (cited.length) cited.unshift("");
        }
        const seconds = ((performance.now() - started) / 1000).toFixed(1);
        const facts = [`${seconds} s`];
        if (firstAt) facts.push(`first words after ${((firstAt - started) / 1000).toFixed(1)} s`);
        if (message.usage) facts.push(`${message.usage.prompt_tokens} + ${message.usage.completion_tokens} tokens`);
        if (message.finishReason === "length") facts.push("cut at the token limit");
        close(facts.join(", "));
        news.textContent = `The answer: ${prose.innerText}`;
      },
      error: (message) => {
        if (!stopping.signal.aborted) fail(message.error?.message ?? "The answer failed.");
      },
    }, stopping.signal);
    // Where it was stopped before it had a name to be stopped by.
    if (stopping.signal.aborted) stopNow();
    else stopStream = stopNow;
  } catch (error) {
    if (!stopping.signal.aborted) fail(error.message);
  }
}

export function setRoute(next, questions) {
  cancel?.();
  route = next;
  examples = questions;
  turns = [];
  again = null;
  anew.hidden = true;
  const welcome = element("section", "welcome");
  const rag = next.route_type === "rag/v1/answers";
  welcome.append(
    element("h2", "", rag ? "Ask your documents." : "Ask the model."),
    element("p", "", rag
      ? "Answers come from the documents on the left and name the passages they rest on. Drop a file there, and ask about it as soon as it is ready."
      : "This route asks the model directly, without documents."));
  if (examples.length) {
    const box = element("div", "examples");
    for (const example of examples.slice(0, 6)) {
      const button = element("button", "", example);
      button.type = "button";
      button.addEventListener("click", () => {
        log.focus({ preventScroll: true });
        ask(example);
      });
      box.append(button);
    }
    welcome.append(box);
  }
  log.replaceChildren(welcome);
}

function grow() {
  question.style.height = "auto";
  question.style.height = `${question.scrollHeight}px`;
  send.disabled = !question.value.trim();
}

question.addEventListener("input", grow);
question.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing && event.keyCode !== composing) {
    event.preventDefault();
    form.requestSubmit();
  }
});
form.addEventListener("submit", (event) => {
  event.preventDefault();
  if (cancel || !question.value.trim()) return;
  const text = question.value;
  question.value = "";
  grow();
  ask(text);
});
stop.addEventListener("click", () => cancel?.());
anew.addEventListener("click", () => {
  setRoute(route, examples);
  question.focus();
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && !event.isComposing && !document.querySelector("dialog[open], .side.open")) cancel?.();
  if (event.key === "/" && !/^(TEXTAREA|INPUT)$/.test(document.activeElement?.tagName)) {
    event.preventDefault();
    question.focus();
  }
});
grow();

// Ready to be typed into, except where focus would open a keyboard over the page.
if (matchMedia("(hover: hover) and (pointer: fine)").matches) question.focus({ preventScroll: true });
