// Markdown as models write it, read by markdown-it: CommonMark and GitHub's tables and strikes, but for what is said here.
import MarkdownIt from "./markdown-it.min.js";

const markdown = new MarkdownIt({ breaks: true, linkify: true });
// Nothing becomes code by being indented, a rule below a line is a rule, and what stands in brackets is no reference.
markdown.disable(["code", "lheading", "reference"]);
markdown.validateLink = (url) => /^(?:https?:|mailto:)/i.test(url);
markdown.linkify.set({ fuzzyLink: false, fuzzyEmail: false });

const isWord = (c) => /[0-9A-Za-z]/.test(c);
const isSpace = (c) => c === "" || /\s/.test(c);

// A single asterisk between two letters or digits is a multiplication; more of them open and close beside any sign, since Chinese and Japanese have no spaces there.
markdown.inline.State = class extends markdown.inline.State {
  scanDelims(start, canSplitWord) {
    const { length } = super.scanDelims(start, canSplitWord);
    const [before, after] = [this.src.charAt(start - 1), this.src.charAt(start + length)];
    const isInside = isWord(before) && isWord(after) && (!canSplitWord || length === 1);
    return { length, can_open: !isSpace(after) && !isInside, can_close: !isSpace(before) && !isInside };
  }
};

const numbers = /\[(\d{1,3}(?:\s*,\s*\d{1,3})*)\](?!\()/y;
markdown.inline.ruler.before("link", "source", (state, silent) => {
  numbers.lastIndex = state.pos;
  const found = numbers.exec(state.src);
  if (!found) return false;
  if (!silent) state.push("source", "", 0).content = found[1];
  state.pos += found[0].length;
  return true;
});

const fence = /^ *(?:`{3,}|~{3,})/;
const number = /^ {0,3}\d{1,9}[.)] +/;
const point = /^ +(?:[-*+]|\d{1,9}[.)]) /;

/** Moves points that stand two or more columns below a number to where they belong to it: models indent by two, whatever the number's width. */
function moved(lines) {
  let width = 0;
  let by = 0;
  let isCode = false;
  return lines.map((line) => {
    const wasCode = isCode;
    if (fence.test(line)) isCode = !isCode;
    const margin = line.length - line.trimStart().length;
    if (!wasCode && number.test(line)) [width, by] = [number.exec(line)[0].length, 0];
    else if (!wasCode && line.trim() && margin < 2) [width, by] = [0, 0];
    else if (!wasCode && !by && margin >= 2 && margin < width && point.test(line)) by = width - margin;
    return by && line.trim() ? " ".repeat(by) + line : line;
  });
}

/** Closes what is bold at the end of a text that is still being written. */
function closed(tokens) {
  const last = tokens.findLast((token) => token.type === "inline");
  const marks = last?.content.match(/\*\*/g)?.length ?? 0;
  if (marks % 2 === 1 && !last.content.endsWith("*")) last.children = markdown.parseInline(`${last.content}**`, {})[0].children;
}

/** The blocks of `text`, each `{source, tokens}` with markdown-it's tokens; with `isOpen` more of it is to come. */
export function blocks(text, isOpen) {
  const lines = moved(text.replaceAll(/\r\n?/g, "\n").split("\n"));
  const found = [];
  for (const token of markdown.parse(lines.join("\n"), {})) {
    if (token.level === 0 && token.nesting >= 0) found.push({ source: lines.slice(...token.map).join("\n"), tokens: [] });
    found.at(-1).tokens.push(token);
  }
  if (isOpen && found.length) closed(found.at(-1).tokens);
  return found;
}
