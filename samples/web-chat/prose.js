// A small, safe subset of Markdown as DOM nodes: paragraphs, lists, code, bold and italics. Text is never parsed as HTML.

function inline(parent, text) {
  const pattern = /`([^`]+)`|\*\*([^*]+)\*\*|\*([^*\s][^*]*)\*|\[(\d{1,3})\]/g;
  let at = 0;
  for (const match of text.matchAll(pattern)) {
    parent.append(text.slice(at, match.index));
    const element = document.createElement(match[1] ? "code" : match[2] ? "strong" : match[4] ? "sup" : "em");
    element.textContent = match[1] ?? match[2] ?? match[3] ?? match[4];
    parent.append(element);
    at = match.index + match[0].length;
  }
  parent.append(text.slice(at));
}

function block(text) {
  if (text.startsWith("```")) {
    const pre = document.createElement("pre");
    const code = document.createElement("code");
    code.textContent = text.replace(/^```[^\n]*\n?/, "").replace(/\n?```\s*$/, "");
    pre.append(code);
    return pre;
  }
  const lines = text.split("\n");
  const ordered = lines.every((line) => /^\s*\d+[.)]\s/.test(line));
  if (ordered || lines.every((line) => /^\s*[-*]\s/.test(line))) {
    const list = document.createElement(ordered ? "ol" : "ul");
    for (const line of lines) {
      const item = document.createElement("li");
      inline(item, line.replace(/^\s*(?:[-*]|\d+[.)])\s+/, ""));
      list.append(item);
    }
    return list;
  }
  const paragraph = document.createElement("p");
  inline(paragraph, text);
  return paragraph;
}

/** Shows `text` in `element`; called again with more text as an answer grows. */
export function showProse(element, text) {
  const blocks = text.trim().match(/```[\s\S]*?(?:```|$)|[\s\S]+?(?=\n\s*\n|\n```|$)/g) ?? [];
  element.replaceChildren(...blocks.map((b) => b.trim()).filter(Boolean).map(block));
}
