// What stands inside of a block of Markdown, as DOM nodes: code, bold, italics, struck out, links and the numbers of sources. Text is never parsed as HTML,
// nothing is loaded, and a link leads to the web or to a mail, or is text. Other than in CommonMark, a line's end is one here too, and a single asterisk
// between two letters or digits is a multiplication.
const punctuation = /[!-/:-@[-`{-~]/;
const numbers = /\[(\d{1,3}(?:\s*,\s*\d{1,3})*)\](?!\()/y;
const link = /!?\[((?:[^[\]\\]|\\.|\[[^[\]]*\])*)\]\(\s*<?([^\s<>()]*(?:\([^\s()]*\)[^\s()]*)*)>?(?:\s+(?:"[^"]*"|'[^']*'))?\s*\)/y;
const autolink = /<((?:https?:\/\/|mailto:)[^\s<>]+)>/y;
const address = /https?:\/\/[^\s<>]+/y;
const special = /[\\`*_~[!<h\n]/g;
const deepest = 8; // bold in italics in ...

const isWord = (c) => c !== undefined && /[0-9A-Za-z]/.test(c);
const isSpace = (c) => c === undefined || /\s/.test(c);

function element(tag, text) {
  const e = document.createElement(tag);
  if (text !== undefined) e.textContent = text;
  return e;
}

function at(pattern, text, i) {
  pattern.lastIndex = i;
  return pattern.exec(text);
}

function run(text, i) {
  let n = 1;
  while (text[i + n] === text[i]) n += 1;
  return n;
}

function anchor(to, label) {
  let url;
  try {
    url = new URL(to);
  } catch {
    return null;
  }
  if (!["http:", "https:", "mailto:"].includes(url.protocol)) return null;
  const a = element("a");
  a.href = a.title = url.href;
  a.target = "_blank";
  a.rel = "noopener noreferrer nofollow";
  a.append(label);
  return a;
}

/** An address without what a sentence puts behind it. */
function bare(found) {
  let end = found.length;
  while (end > 0 && (/[.,:;!?'"*_~\]]/.test(found[end - 1]) || (found[end - 1] === ")" && !found.slice(0, end).includes("(")))) end -= 1;
  return found.slice(0, end);
}

class Reader {
  constructor(text, isOpen, depth) {
    Object.assign(this, { text, isOpen, depth, unclosed: new Set() });
  }

  inner(text, isOpen = false) {
    const parts = document.createDocumentFragment();
    if (this.depth >= deepest) parts.append(text);
    else new Reader(text, isOpen, this.depth + 1).read(parts);
    return parts;
  }

  // Each of these answers what begins at i and where it ends, or nothing.
  code(i) {
    const n = run(this.text, i);
    if (!this.unclosed.has(`code ${n}`)) {
      for (let end = this.text.indexOf("`", i + n); end >= 0; end = this.text.indexOf("`", end)) {
        const m = run(this.text, end);
        if (m === n) {
          const inside = this.text.slice(i + n, end).replaceAll("\n", " ");
          return [element("code", /^ .*\S.* $/.test(inside) ? inside.slice(1, -1) : inside), end + n];
        }
        end += m;
      }
      this.unclosed.add(`code ${n}`);
    }
    return ["`".repeat(n), i + n];
  }

  /** Where a run of `mark` closes what `n` of them opened, -1 for nowhere. */
  closing(mark, n, from) {
    for (let end = this.text.indexOf(mark, from); end >= 0; end = this.text.indexOf(mark, end)) {
      const m = run(this.text, end);
      const [before, after] = [this.text[end - 1], this.text[end + m]];
      const fits = n === 1 ? m !== 2 : m >= n;
      const isInside = isWord(before) && isWord(after) && (mark === "_" || (mark === "*" && n === 1));
      if (fits && !isSpace(before) && before !== "\\" && !isInside) return n === 1 ? end : end + m - n;
      end += m;
    }
    return -1;
  }

  emphasis(i) {
    const mark = this.text[i];
    const n = run(this.text, i);
    const [before, after] = [this.text[i - 1], this.text[i + n]];
    const isInside = isWord(before) && isWord(after) && (mark === "_" || (mark === "*" && n === 1));
    const opens = mark === "~" ? n === 2 : n <= 3;
    if (!opens || isSpace(after) || isInside || this.unclosed.has(mark + n)) return [mark.repeat(n), i + n];
    let end = this.closing(mark, n, i + n);
    const isCut = end < 0 && this.isOpen && n === 2;
    if (isCut) end = this.text.length;
    if (end < 0) {
      this.unclosed.add(mark + n);
      return [mark.repeat(n), i + n];
    }
    const inside = this.inner(this.text.slice(i + n, end), isCut);
    const outer = element(mark === "~" ? "del" : n === 1 ? "em" : "strong");
    if (n === 3) {
      const em = element("em");
      em.append(inside);
      outer.append(em);
    } else {
      outer.append(inside);
    }
    return [outer, Math.min(end + n, this.text.length)];
  }

  bracket(i) {
    const cited = at(numbers, this.text, i);
    if (cited) {
      const all = document.createDocumentFragment();
      all.append(...cited[1].split(",").map((number) => element("sup", number.trim())));
      return [all, i + cited[0].length];
    }
    const found = at(link, this.text, i);
    // A picture is a link to it: what loads from elsewhere tells whoever is there that it was read.
    const a = found && anchor(found[2], this.text[i] === "!" ? found[1] || found[2] : this.inner(found[1]));
    return a && [a, i + found[0].length];
  }

  web(i) {
    const pointed = this.text[i] === "<" ? at(autolink, this.text, i)?.[1] : undefined;
    if (pointed) return [anchor(pointed, pointed) ?? pointed, i + pointed.length + 2];
    if (this.text[i] !== "h" || isWord(this.text[i - 1])) return null;
    const found = at(address, this.text, i);
    const to = found && bare(found[0]);
    const a = to && anchor(to, to);
    return a && [a, i + to.length];
  }

  one(i) {
    switch (this.text[i]) {
      case "\\": return punctuation.test(this.text[i + 1] ?? "") ? [this.text[i + 1], i + 2] : null;
      case "`": return this.code(i);
      case "\n": return [element("br"), i + 1];
      case "[": case "!": return this.bracket(i);
      case "<": case "h": return this.web(i);
      default: return this.emphasis(i);
    }
  }

  read(parent) {
    let plain = "";
    const flush = () => {
      if (plain) parent.append(plain);
      plain = "";
    };
    for (let i = 0; i < this.text.length;) {
      special.lastIndex = i;
      const next = special.exec(this.text)?.index ?? this.text.length;
      plain += this.text.slice(i, next);
      if (next === this.text.length) break;
      const [found, end] = this.one(next) ?? [this.text[next], next + 1];
      if (typeof found === "string") {
        plain += found;
      } else {
        flush();
        parent.append(found);
      }
      i = end;
    }
    flush();
  }
}

/** Appends what `text` says to `parent`; with `isOpen` it is still being written, and what is bold at its end will be closed. */
export const inline = (parent, text, isOpen = false) => new Reader(text, isOpen, 0).read(parent);
