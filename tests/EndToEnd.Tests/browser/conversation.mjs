// Converses on the web page in a real Chromium, over events that come when this script says so, and prints what it saw, as JSON.
// usage: node conversation.mjs BASE
import { createRequire } from "node:module";
import path from "node:path";

const [base] = process.argv.slice(2);
const require = createRequire(path.join(process.env.REPOSITORY, "package.json"));
const { chromium } = require("playwright-core");
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM, chromiumSandbox: false, args: ["--disable-background-networking", "--no-first-run"] });
const seen = {};

/** In the page: no SignalR, and answers of the chat in window.answers, each begun, continued and ended by hand. */
function byHand() {
  const real = window.fetch;
  const bytes = new TextEncoder();
  const event = (value) => bytes.encode(`data: ${JSON.stringify(value)}\n\n`);
  window.answers = [];
  window.fetch = (url, options) => {
    if (String(url).endsWith("/signalr/negotiate")) return Promise.resolve(new Response(JSON.stringify({ error: { message: "none here" } }), { status: 404 }));
    if (!String(url).endsWith("/v1/chat/completions")) return real(url, options);
    return new Promise((resolve, reject) => {
      let events;
      const body = new ReadableStream({ start: (controller) => { events = controller; } });
      const answer = {
        asked: JSON.parse(options.body),
        isAborted: false,
        begin: () => resolve(new Response(body, { headers: { "Content-Type": "text/event-stream" } })),
        think: (reasoning_content) => events.enqueue(event({ choices: [{ index: 0, delta: { reasoning_content } }] })),
        say: (content) => events.enqueue(event({ choices: [{ index: 0, delta: { content } }] })),
        end: () => {
          events.enqueue(event({ choices: [{ index: 0, delta: {}, finish_reason: "stop" }] }));
          events.enqueue(bytes.encode("data: [DONE]\n\n"));
          events.close();
        },
      };
      options.signal.addEventListener("abort", () => {
        answer.isAborted = true;
        reject(options.signal.reason);
        events.error(options.signal.reason);
      });
      window.answers.push(answer);
    });
  };
}

async function open(...scripts) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  const page = await context.newPage();
  for (const script of scripts) await page.addInitScript(script);
  await page.goto(`${base}/`);
  await page.locator(".route", { hasText: "demo-chat" }).click();
  await page.waitForFunction(() => document.querySelector(".welcome h2")?.textContent === "Ask the model.");
  return page;
}

async function ask(page, text) {
  const before = await page.evaluate(() => window.answers.length);
  await page.fill("#question", text);
  await page.keyboard.press("Enter");
  await page.waitForFunction((n) => window.answers.length > n, before);
}

const last = (page, steps) => page.evaluate((steps) => { for (const [name, ...rest] of steps) window.answers.at(-1)[name](...rest); }, steps);
const prose = (page, text) => page.waitForFunction((t) => [...document.querySelectorAll(".answer .prose")].at(-1)?.innerText === t, text);
const isIdle = (page) => page.waitForSelector("#stop", { state: "hidden" });

try {
  let page = await open(byHand);

  // Stopped before the first word: at once, and whoever answers is told.
  await ask(page, "What is slow?");
  await page.click("#stop");
  await isIdle(page);
  seen.stoppedEarly = await page.evaluate(() => window.answers.at(-1).isAborted);

  // Stopped in the middle: what was said stays said.
  await ask(page, "What is long?");
  await last(page, [["begin"], ["say", "It is "], ["say", "**long"]]);
  await prose(page, "It is long");
  await page.click("#stop");
  await isIdle(page);
  seen.stoppedProse = await page.locator(".answer .prose").last().innerText();
  await ask(page, "And then?");
  seen.asked = await page.evaluate(() => window.answers.at(-1).asked.messages.map((m) => [m.role, m.content]));
  await last(page, [["begin"], ["say", "Then this:\n- a"], ["end"]]);
  await isIdle(page);
  seen.news = await page.locator("#answer-news").innerText();

  // What the model thinks is folded away above the answer; the answer and its code are copied as they were written; the last answer is asked for again, with what was said before it.
  await ask(page, "Show me code");
  await last(page, [["begin"], ["think", "Let me "], ["think", "see."]]);
  await page.waitForSelector(".thoughts");
  seen.thinking = await page.locator(".thoughts summary").innerText();
  await last(page, [["say", "**Here**:\n```js\nlet x = 1;\n```"], ["end"]]);
  await isIdle(page);
  seen.thought = /^Thought for \d+\.\d s$/.test(await page.locator(".thoughts summary").innerText());
  seen.folded = !(await page.locator(".thoughts div").isVisible());
  await page.click(".thoughts summary");
  seen.thoughts = await page.locator(".thoughts div").innerText();
  const clipboard = () => page.evaluate(() => navigator.clipboard.readText());
  await page.locator(".acts button", { hasText: "Copy" }).last().click();
  await page.waitForFunction(() => [...document.querySelectorAll(".acts button")].some((b) => b.textContent === "Copied"));
  seen.copied = await clipboard();
  await page.locator(".code button").click();
  await page.waitForFunction(() => document.querySelector(".code button").textContent === "Copied");
  seen.copiedCode = await clipboard();
  seen.again = await page.locator(".acts button", { hasText: "Ask again" }).count();
  const before = await page.evaluate(() => [window.answers.length, document.querySelectorAll(".answer").length]);
  await page.locator(".acts button", { hasText: "Ask again" }).click();
  await page.waitForFunction((n) => window.answers.length > n, before[0]);
  seen.askedAgain = await page.evaluate(() => window.answers.at(-1).asked.messages.map((m) => m.content));
  await last(page, [["begin"], ["say", "No."], ["end"]]);
  await isIdle(page);
  seen.replaced = [before[1], await page.locator(".answer").count(), await page.locator(".answer .prose").last().innerText()];

  // The Enter that ends a word of an input method asks nothing, in Safari too, which says so by the key's code alone.
  await page.fill("#question", "ni");
  seen.composed = await page.evaluate(() => {
    const before = window.answers.length;
    for (const how of [{ isComposing: true }, { keyCode: 229 }]) {
      document.getElementById("question").dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", bubbles: true, cancelable: true, ...how }));
    }
    return window.answers.length - before;
  });

  // What is pasted is asked, whole.
  const long = `${"lorem ipsum ".repeat(1000)}end?`;
  await page.fill("#question", "");
  await page.focus("#question");
  await page.keyboard.insertText(long);
  await page.keyboard.press("Enter");
  await page.waitForSelector("#stop:visible");
  seen.pasted = await page.evaluate(() => window.answers.at(-1).asked.messages.at(-1).content.length);
  await page.context().close();

  // A browser that is told to keep nothing.
  page = await open(byHand, () => {
    for (const name of ["localStorage", "sessionStorage"]) Object.defineProperty(window, name, { get() { throw new DOMException("It is not permitted.", "SecurityError"); } });
  });
  await ask(page, "Hello?");
  await last(page, [["begin"], ["say", "Hello."], ["end"]]);
  await isIdle(page);
  seen.withoutStorage = await page.locator(".answer .prose").last().innerText();
} finally {
  await browser.close();
}
console.log(JSON.stringify(seen));
