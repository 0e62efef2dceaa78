// The blocks of a Markdown text, as far as models write them: CommonMark 0.31 (https://spec.commonmark.org/0.31.2/) and the tables of
// https://github.github.com/gfm/#tables-extension-. Other than there, what is indented by two belongs to the item above it, whatever the width of its number,
// and nothing becomes code by being indented. A text that is still being written is read as if it ended where it does.
const fence = /^ {0,3}(`{3,}(?=[^`]*$)|~{3,})/;
const heading = /^ {0,3}(#{1,6})(?:\s+(.*))?$/;
const rule = /^ {0,3}(?:(?:\*\s*){3,}|(?:-\s*){3,}|(?:_\s*){3,})$/;
const quote = /^ {0,3}> ?/;
const item = /^( *)([-*+]|(\d{1,9})[.)])(?:( +)(?=\S)|\s*$)/;
const divider = /^ *\|? *:?-+:? *(?:\| *:?-+:? *)*\|? *$/;
const deepest = 12; // quotes and lists within one another

const indent = (line) => line.length - line.trimStart().length;
const isBlank = (line) => line.trim() === "";

function afterBlanks(lines, at) {
  while (at < lines.length && isBlank(lines[at])) at += 1;
  return at;
}

/** What stands between the bars of a table's row. */
function cells(line) {
  const row = line.trim().replaceAll("\\|", "\0");
  const inner = row.slice(row.startsWith("|") ? 1 : 0, row.length > 1 && row.endsWith("|") ? -1 : undefined);
  return inner.split("|").map((cell) => cell.replaceAll("\0", "|").trim());
}

const startsTable = (lines, at) =>
  at + 1 < lines.length && lines[at].includes("|") && divider.test(lines[at + 1]) && cells(lines[at]).length === cells(lines[at + 1]).length;

/** Whether a block begins here that a paragraph does not swallow. */
function starts(lines, at) {
  const line = lines[at];
  const marker = item.exec(line);
  return fence.test(line) || heading.test(line) || rule.test(line) || quote.test(line) || startsTable(lines, at)
    || (marker !== null && marker[4] !== undefined && (marker[3] === undefined || Number(marker[3]) === 1));
}

function code(lines, at, [, mark]) {
  const isEnd = (line) => line.trim().length >= mark.length && [...line.trim()].every((c) => c === mark[0]);
  let end = at + 1;
  while (end < lines.length && !isEnd(lines[end])) end += 1;
  const margin = indent(lines[at]);
  const text = lines.slice(at + 1, end).map((line) => line.slice(Math.min(margin, indent(line)))).join("\n");
  return [{ kind: "code", text }, Math.min(end + 1, lines.length)];
}

function quoted(lines, at, depth) {
  let end = at;
  while (end < lines.length && quote.test(lines[end])) end += 1;
  return [{ kind: "quote", blocks: read(lines.slice(at, end).map((line) => line.replace(quote, "")), depth + 1) }, end];
}

function table(lines, at) {
  const sides = cells(lines[at + 1]).map((cell) => (cell.endsWith(":") ? (cell.startsWith(":") ? "center" : "right") : ""));
  let end = at + 2;
  while (end < lines.length && !isBlank(lines[end]) && lines[end].includes("|")) end += 1;
  const row = (line) => sides.map((_, i) => cells(line)[i] ?? "");
  return [{ kind: "table", sides, head: row(lines[at]), rows: lines.slice(at + 2, end).map(row) }, end];
}

/** The lines of an item after its first, without their indent, and where they end. */
function itemLines(lines, at, margin, width) {
  const own = [];
  const belongs = (line) => indent(line) >= margin + 2;
  for (let wasBlank = false; at < lines.length; at += 1) {
    const next = afterBlanks(lines, at);
    if (next === lines.length) break;
    if (next > at) {
      if (!belongs(lines[next])) break;
      own.push(...lines.slice(at, next));
      at = next;
      wasBlank = true;
    }
    if (!belongs(lines[at]) && (wasBlank || item.test(lines[at]) || starts(lines, at))) break;
    own.push(lines[at].slice(Math.min(indent(lines[at]), width)));
    wasBlank = false;
  }
  return [own, at];
}

function list(lines, at, depth) {
  const first = item.exec(lines[at]);
  const isOrdered = first[3] !== undefined;
  const items = [];
  for (;;) {
    const [, lead, mark, , gap] = item.exec(lines[at]);
    const width = lead.length + mark.length + (gap && gap.length <= 4 ? gap.length : 1);
    const [own, end] = itemLines(lines, at + 1, lead.length, width);
    items.push(read([lines[at].slice(width), ...own], depth + 1));
    const next = afterBlanks(lines, end);
    const marker = next < lines.length && !rule.test(lines[next]) && item.exec(lines[next]);
    if (!marker || (marker[3] !== undefined) !== isOrdered) return [{ kind: "list", start: isOrdered ? Number(first[3]) : null, items }, end];
    at = next;
  }
}

function paragraph(lines, at, isWhole) {
  let end = at + 1;
  while (end < lines.length && !isBlank(lines[end]) && (isWhole || !starts(lines, end))) end += 1;
  return [{ kind: "paragraph", text: lines.slice(at, end).map((line) => line.trim()).join("\n") }, end];
}

function one(lines, at, depth) {
  if (depth > deepest) return paragraph(lines, at, true);
  const opening = fence.exec(lines[at]);
  if (opening) return code(lines, at, opening);
  const title = heading.exec(lines[at]);
  if (title) return [{ kind: "heading", level: title[1].length, text: (title[2] ?? "").trim().replace(/(^|\s)#+$/, "").trim() }, at + 1];
  if (rule.test(lines[at])) return [{ kind: "rule" }, at + 1];
  if (quote.test(lines[at])) return quoted(lines, at, depth);
  if (startsTable(lines, at)) return table(lines, at);
  return item.test(lines[at]) ? list(lines, at, depth) : paragraph(lines, at, false);
}

function read(lines, depth) {
  const found = [];
  for (let at = afterBlanks(lines, 0); at < lines.length;) {
    const [block, end] = one(lines, at, depth);
    found.push(depth ? block : { ...block, source: lines.slice(at, end).join("\n") });
    at = afterBlanks(lines, end);
  }
  return found;
}

/**
 * The blocks of `text`, each with its `source`: {kind: "paragraph", text}, {kind: "heading", level: 1..6, text}, {kind: "code", text}, {kind: "rule"}, {kind: "quote", blocks},
 * {kind: "list", start: number or null, items: [blocks]}, {kind: "table", sides: ["", "right" or "center"], head: [text], rows: [[text]]}.
 */
export const blocks = (text) => read(text.split(/\r?\n/).map((line) => line.replace(/^[ \t]+/, (space) => space.replaceAll("\t", "    "))), 0);
