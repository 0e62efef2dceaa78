// Has the page's own modules show Markdown in a real Chromium, and prints what came of it, as JSON.
// usage: node prose.mjs BASE
import { createRequire } from "node:module";
import fs from "node:fs";
import path from "node:path";

const [base] = process.argv.slice(2);
const require = createRequire(path.join(process.env.REPOSITORY, "package.json"));
const { chromium } = require("playwright-core");
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM, chromiumSandbox: false, args: ["--disable-background-networking", "--no-first-run"] });
const cases = JSON.parse(fs.readFileSync(path.join(import.meta.dirname, "prose.json"), "utf8"));

// What nobody writes and somebody sends: each must be shown, and in time.
const long = 20000;
const hostile = ["> ".repeat(long), "- ".repeat(long), "*a ".repeat(long), "`".repeat(long), "` `` ".repeat(long), "[".repeat(long), "[a](".repeat(long), "**a *b ".repeat(long), "|".repeat(long), "_a".repeat(long), "# ".repeat(long), "1. ".repeat(long)];

try {
  const page = await browser.newPage();
  await page.goto(`${base}/`);
  const seen = await page.evaluate(async ({ cases, hostile }) => {
    const { showProse } = await import("/prose.js");
    const { follow } = await import("/follow.js");
    const plain = (element) => {
      const copy = element.cloneNode(true);
      for (const e of copy.querySelectorAll("*")) {
        for (const name of ["dir", "rel", "target", "title"]) e.removeAttribute(name);
        if (!e.className) e.removeAttribute("class");
      }
      return copy.innerHTML;
    };
    const shown = (...texts) => {
      const box = document.createElement("div");
      texts.forEach((text, i) => showProse(box, text, i < texts.length - 1));
      return box;
    };
    const seen = { shown: {}, grown: {}, links: [], rightToLeft: null, bold: [], selected: [], left: [], hostile: [] };
    for (const [name, text] of cases) {
      seen.shown[name] = plain(shown(text));
      seen.grown[name] = plain(shown(...Array.from(text, (_, i) => text.slice(0, i + 1))));
    }
    seen.links = [...shown("[a](https://example.com)").querySelectorAll("a")].flatMap((a) => [a.rel, a.target]);
    seen.rightToLeft = [...shown("שלום\n\n- אחת\n  - שתיים\n- שלוש").querySelectorAll("p, ul, li")].map((e) => { document.body.append(e.closest("div")); return getComputedStyle(e).direction; });
    const growing = document.createElement("div");
    for (const [text, isOpen] of [["It is **ver", true], ["It is **ver", false]]) {
      showProse(growing, text, isOpen);
      seen.bold.push(plain(growing));
    }

    // What is selected stays selected, in the block that grows too.
    const box = shown("The first.\n\nThe sec");
    document.body.append(box);
    for (const block of [...box.children]) {
      const range = document.createRange();
      range.selectNodeContents(block.firstChild);
      getSelection().removeAllRanges();
      getSelection().addRange(range);
      showProse(box, `${block === box.firstChild ? "The first.\n\nThe second" : "The first.\n\nThe second is"} `, true);
      seen.selected.push(getSelection().toString());
    }
    box.remove();

    // The end stays in view, unless whoever reads has gone up.
    const log = document.createElement("div");
    log.style.cssText = "height: 100px; overflow-y: auto";
    document.body.append(log);
    const { keep } = follow(log);
    const scrolled = () => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
    const grow = async (height) => {
      const part = document.createElement("div");
      part.style.height = `${height}px`;
      log.append(part);
      keep();
      await scrolled();
    };
    const left = () => seen.left.push(log.scrollHeight - log.scrollTop - log.clientHeight);
    await grow(500);
    await grow(500);
    left();
    log.scrollTop -= 90;
    await scrolled();
    await grow(500);
    left();
    log.scrollTop = log.scrollHeight;
    await scrolled();
    await grow(500);
    left();
    for (const text of hostile) {
      const begun = performance.now();
      shown(text);
      seen.hostile.push(performance.now() - begun);
    }
    return seen;
  }, { cases, hostile });
  console.log(JSON.stringify({ ...seen, wanted: Object.fromEntries(cases.map(([name, , html]) => [name, html])) }));
} finally {
  await browser.close();
}
