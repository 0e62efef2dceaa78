// An open page while its stack is killed and started again, and a page without SignalR's client; prints what it saw, as JSON.
// The test that runs this does the killing: FOLDER/asked says when, FOLDER/killed and FOLDER/restarted that it is done.
// usage: node restart.mjs BASE FOLDER
import { createRequire } from "node:module";
import fs from "node:fs";
import path from "node:path";

const [base, folder] = process.argv.slice(2);
const require = createRequire(path.join(process.env.REPOSITORY, "package.json"));
const { chromium } = require("playwright-core");
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM,
  chromiumSandbox: false,
  args: ["--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run"],
});
const seen = {};
const told = async (name) => { while (!fs.existsSync(path.join(folder, name))) await new Promise((resolve) => setTimeout(resolve, 50)); };
const tell = (name) => fs.writeFileSync(path.join(folder, name), "");
const answers = (page) => page.locator(".answer .facts").count();

async function ask(page, text) {
  const before = await answers(page);
  await page.fill("#question", text);
  await page.keyboard.press("Enter");
  await page.waitForFunction((count) => document.querySelectorAll(".answer .facts").length > count, before);
}

try {
  const page = await browser.newPage();
  page.setDefaultTimeout(120000);
  let negotiations = 0;
  page.on("request", (request) => { if (request.url().endsWith("/signalr/negotiate")) negotiations += 1; });
  await page.goto(base + "/");
  await page.waitForSelector("#connection.live");
  await page.waitForSelector(".route");
  seen.demo = await page.locator("#demo").innerText();
  await ask(page, "First question");
  seen.first = await page.locator(".answer .prose").first().innerText();

  tell("asked");
  await told("killed");
  await page.waitForSelector("#connection.lost");
  await page.fill("#question", "Asked while it is away");
  await page.keyboard.press("Enter");
  await page.waitForSelector(".trouble");
  seen.trouble = await page.locator(".trouble").first().innerText();
  seen.askedAgain = await page.inputValue("#question");

  // The route that is chosen already, chosen once more, is no reason to begin anew.
  await page.locator(".route[aria-checked=true]").click();
  seen.afterTrouble = await page.locator(".answer .prose").first().innerText();

  await told("restarted");
  await page.waitForSelector("#connection.live");
  await ask(page, "Second question");
  seen.kept = await page.locator(".answer .prose").first().innerText();
  seen.second = await page.locator(".answer .prose").last().innerText();
  seen.negotiations = negotiations;
  await page.close();

  // Without SignalR's client the answer comes by itself, as events.
  const plain = await browser.newPage();
  await plain.route("**/signalr.min.js", (route) => route.abort());
  await plain.goto(base + "/");
  await plain.waitForSelector("#connection.direct");
  await plain.waitForSelector(".route");
  let streams = 0;
  plain.on("request", (request) => { if (request.url().includes("/streams")) streams += 1; });
  await ask(plain, "Third question");
  seen.direct = await plain.locator(".answer .prose").last().innerText();
  seen.directFacts = await plain.locator(".answer .facts").last().innerText();
  seen.directStreams = streams;
} finally {
  await browser.close();
}
console.log(JSON.stringify(seen));
