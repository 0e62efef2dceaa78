// What can be done with an answer: copied, its code copied, asked for again; and what the model thought before it.
const copied = 1500; // ms in which a button says that it has copied

export const element = (tag, className, text) => {
  const e = document.createElement(tag);
  if (className) e.className = className;
  if (text !== undefined) e.textContent = text;
  return e;
};

export function button(label, onClick) {
  const e = element("button", "act", label);
  e.type = "button";
  e.addEventListener("click", () => onClick(e));
  return e;
}

/** A button that copies what `read` gives when it is pressed; null where the browser lets no page do so (it needs https, or localhost). */
export function copyButton(label, read) {
  if (!navigator.clipboard) return null;
  return button(label, async (e) => {
    try {
      await navigator.clipboard.writeText(read());
      e.textContent = "Copied";
    } catch {
      e.textContent = "Not permitted";
    }
    setTimeout(() => { e.textContent = label; }, copied);
  });
}

/** Puts a button to copy it on each block of code in `prose`, which grows no more. */
export function copyCode(prose) {
  for (const code of prose.querySelectorAll("pre")) {
    const copy = copyButton("Copy", () => code.textContent);
    if (!copy) return;
    copy.setAttribute("aria-label", "Copy the code");
    const box = element("div", "code");
    code.replaceWith(box);
    box.append(code, copy);
  }
}

/** What the model thinks, above its answer in `answer`: `{add(text), end()}`. */
export function thoughts(answer) {
  const box = element("details", "thoughts");
  const title = element("summary", "", "Thinking");
  const words = element("div");
  words.dir = "auto";
  box.append(title, words);
  let began = 0;
  return {
    add(text) {
      if (!began) {
        began = performance.now();
        answer.prepend(box);
      }
      words.append(text);
      words.normalize();
    },
    /** The answer has begun, or there will be none. */
    end() {
      if (title.textContent === "Thinking") title.textContent = `Thought for ${((performance.now() - began) / 1000).toFixed(1)} s`;
    },
  };
}
