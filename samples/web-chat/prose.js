// Markdown as DOM nodes, which grow as an answer does: what stands stays, so that what is selected in it stays selected. Text is never parsed as HTML.
import { blocks } from "./markdown.js";

const shown = new WeakMap(); // element -> the sources of its blocks

const tags = {
  bullet_list: "ul", ordered_list: "ol", list_item: "li", blockquote: "blockquote", paragraph: "p", table: "table", thead: "thead", tbody: "tbody", tr: "tr", th: "th", td: "td",
  strong: "strong", em: "em", s: "del",
};

function element(tag, ...children) {
  const e = document.createElement(tag);
  e.append(...children);
  return e;
}

/** A link to the web or to a mail. */
function anchor(to, ...label) {
  const a = element("a", ...label);
  a.href = to;
  a.title = a.href;
  a.target = "_blank";
  a.rel = "noopener noreferrer nofollow";
  return a;
}

function append(parent, text) {
  if (parent.lastChild?.nodeType === Node.TEXT_NODE) parent.lastChild.appendData(text);
  else if (text) parent.append(text);
}

/** What stands inside of a block. A picture is a link to it: what loads from elsewhere tells whoever is there that it was read. */
function inline(parent, tokens) {
  const open = [parent];
  for (const token of tokens) {
    const top = open.at(-1);
    if (token.nesting < 0) open.pop();
    else if (token.nesting > 0) open.push(token.type === "link_open" ? anchor(token.attrGet("href")) : element(tags[token.type.replace(/_open$/, "")]));
    else if (token.type === "code_inline") top.append(element("code", token.content));
    else if (token.type === "softbreak" || token.type === "hardbreak") top.append(element("br"));
    else if (token.type === "source") top.append(...token.content.split(",").map((number) => element("sup", number.trim())));
    else if (token.type === "image") top.append(anchor(token.attrGet("src"), token.content || token.attrGet("src")));
    else append(top, token.content);
    if (token.nesting > 0) top.append(open.at(-1));
  }
}

/** The element of an opening token, which is its own last one in the box that it stands in. */
function opened(token, parent) {
  const type = token.type.replace(/_open$/, "");
  // The first words of an item stand in it, and not in a paragraph of it.
  if (type === "paragraph" && (token.hidden || (parent.localName === "li" && !parent.hasChildNodes()))) return parent;
  const e = element(type === "heading" ? `h${Math.min(Number(token.tag[1]) + 2, 6)}` : tags[type]);
  if (token.attrGet("start")) e.start = token.attrGet("start");
  const side = /text-align:(right|center)/.exec(token.attrGet("style") ?? "");
  if (type === "th" || type === "td") e.className = side?.[1] ?? "";
  if (type === "table") {
    const box = element("div", e);
    box.className = "table";
    parent.append(box);
  } else {
    parent.append(e);
  }
  return e;
}

function node({ tokens }) {
  const box = document.createDocumentFragment();
  const open = [box];
  for (const token of tokens) {
    const top = open.at(-1);
    if (token.nesting > 0) {
      open.push(opened(token, top));
    } else if (token.nesting < 0) {
      // Not before: each word that an element of either direction gets has it look through all that it has. A list has one side for its marks and its margin; words with a direction of their own would not count.
      if (/^(?:ul|ol|p|h\d|th|td)$/.test(top.localName)) top.dir = "auto";
      open.pop();
    } else if (token.type === "inline") {
      inline(top, token.children);
    } else {
      top.append(token.type === "hr" ? element("hr") : element("pre", element("code", token.content.replace(/\n$/, ""))));
    }
  }
  return box.firstChild;
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
  const now = blocks(text, isOpen);
  // The last block may have been shown as one that goes on.
  let same = 0;
  while (same < Math.min(before.length, now.length) - 1 && before[same] === now[same].source) same += 1;
  become(element, [...element.childNodes].slice(same), now.slice(same).map(node));
  shown.set(element, now.map((block) => block.source));
}
