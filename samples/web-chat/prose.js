// A safe subset of Markdown as DOM nodes, which grow as an answer does: what stands stays, so that what is selected in it stays selected.
import { blocks } from "./blocks.js";
import { inline } from "./inline.js";

const shown = new WeakMap(); // element -> the sources of its blocks

function element(tag, ...children) {
  const e = document.createElement(tag);
  e.append(...children);
  return e;
}

/** An element in the direction that its own words are written in. */
function written(tag, text, isOpen) {
  const e = element(tag);
  inline(e, text, isOpen);
  // Not before: each word that an element of either direction gets has it look through all that it has.
  e.dir = "auto";
  return e;
}

function table({ sides, head, rows }) {
  const row = (tag, texts) => element("tr", ...texts.map((text, i) => {
    const cell = written(tag, text, false);
    cell.className = sides[i];
    return cell;
  }));
  const box = element("div", element("table", element("thead", row("th", head)), element("tbody", ...rows.map((texts) => row("td", texts)))));
  box.className = "table";
  return box;
}

function list({ start, items }, isOpen) {
  const e = element(start === null ? "ul" : "ol");
  if (start !== null && start !== 1) e.start = start;
  items.forEach((inside, i) => {
    const li = element("li");
    inside.forEach((block, j) => {
      const isLast = isOpen && i === items.length - 1 && j === inside.length - 1;
      if (block.kind === "paragraph" && j === 0) inline(li, block.text, isLast);
      else li.append(node(block, isLast));
    });
    e.append(li);
  });
  // Of the whole list, whose marks and margin have one side; words that have a direction of their own would not count.
  e.dir = "auto";
  return e;
}

function node(block, isOpen) {
  switch (block.kind) {
    case "code": return element("pre", element("code", block.text));
    case "heading": return written(`h${Math.min(block.level + 2, 6)}`, block.text, isOpen);
    case "rule": return element("hr");
    case "quote": return element("blockquote", ...block.blocks.map((b, i) => node(b, isOpen && i === block.blocks.length - 1)));
    case "list": return list(block, isOpen);
    case "table": return table(block);
    default: return written("p", block.text, isOpen);
  }
}

/** Makes what `parent` has from `had` on what `fresh` is. */
function become(parent, had, fresh) {
  fresh.forEach((wanted, i) => {
    const there = had[i];
    if (!there) {
      parent.append(wanted);
    } else if (there.nodeType === Node.TEXT_NODE && wanted.nodeType === Node.TEXT_NODE) {
      if (wanted.data.startsWith(there.data)) there.appendData(wanted.data.slice(there.data.length));
      else there.data = wanted.data;
    } else if (there.nodeType === Node.ELEMENT_NODE && there.cloneNode(false).isEqualNode(wanted.cloneNode(false))) {
      become(there, [...there.childNodes], [...wanted.childNodes]);
    } else {
      there.replaceWith(wanted);
    }
  });
  for (const left of had.slice(fresh.length)) left.remove();
}

/** Shows `text` in `element`; called again with more text as an answer grows, `isOpen` while more is to come. */
export function showProse(element, text, isOpen = false) {
  const before = shown.get(element) ?? [];
  const now = blocks(text);
  // The last block may have been shown as one that goes on.
  let same = 0;
  while (same < Math.min(before.length, now.length) - 1 && before[same] === now[same].source) same += 1;
  become(element, [...element.childNodes].slice(same), now.slice(same).map((block, i) => node(block, isOpen && same + i === now.length - 1)));
  shown.set(element, now.map((block) => block.source));
}
