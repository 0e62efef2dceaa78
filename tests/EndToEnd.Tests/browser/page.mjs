// Uses the web page in a real Chromium as a person would, and prints what it saw, as JSON.
// usage: node page.mjs BASE FOLDER [SCREENSHOTS]
import { createRequire } from "node:module";
import fs from "node:fs";
import path from "node:path";

const [base, folder, screenshots] = process.argv.slice(2);
const require = createRequire(path.join(process.env.REPOSITORY, "package.json"));
const { chromium } = require("playwright-core");
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM,
  chromiumSandbox: false,
  args: ["--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run"],
});
const seen = { console: [], failed: [] };
const shot = async (page, name) => { if (screenshots) await page.screenshot({ path: path.join(screenshots, `${name}.png`) }); };

async function open(options) {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  page.on("console", (m) => { if (m.type() === "error" || m.type() === "warning") seen.console.push(m.text()); });
  page.on("pageerror", (e) => seen.console.push(String(e)));
  page.on("requestfailed", (r) => seen.failed.push(r.url()));
  await page.goto(base + "/");
  await page.waitForSelector("#connection.live");
  await page.waitForSelector(".welcome");
  return page;
}

try {
  // A desktop, asking about a sample.
  let page = await open({ viewport: { width: 1280, height: 800 }, colorScheme: "light" });
  seen.title = await page.title();
  seen.routes = await page.locator(".route b").allTextContents();
  await page.waitForFunction(() => document.querySelectorAll("#documents li.ready").length > 10);
  seen.documents = await page.locator("#documents li").count();
  await shot(page, "welcome");
  await page.fill("#question", "Why is my Fiddle Fig tree dropping its leaves?");
  await page.keyboard.press("Enter");
  await page.waitForSelector(".source");
  seen.answer = await page.locator(".answer .prose").last().innerText();
  seen.sources = await page.locator(".source").allInnerTexts();
  await shot(page, "answer");

  // A citation opens its passage, marked in the document's text; Escape closes it.
  await page.locator(".source").first().click();
  await page.waitForSelector("#passage mark");
  seen.mark = await page.locator("#passage mark").innerText();
  await shot(page, "passage");
  await page.keyboard.press("Escape");
  seen.passageClosed = await page.locator("#passage[open]").count() === 0;

  // So does the number in the answer's text.
  await page.locator(".answer .number").first().click();
  await page.waitForSelector("#passage mark");
  seen.byNumber = await page.locator("#passage mark").innerText();
  await page.keyboard.press("Escape");

  // A file joins the collection and can be asked about.
  const file = path.join(folder, "moonflowers.md");
  fs.writeFileSync(file, "# Moonflowers\n\nMoonflowers open their white blossoms at dusk and close them before noon.\n");
  // The gateway tells the page how it gets on; the page asks for the list no more.
  let listed = 0;
  const count = (r) => { if (r.method() === "GET" && /\/collections\/gardening\/documents(\?|$)/.test(r.url())) listed += 1; };
  page.on("request", count);
  await page.setInputFiles("#files", file);
  await page.waitForFunction(() => [...document.querySelectorAll("#documents li.ready button")].some((b) => b.title === "moonflowers.md"));
  page.off("request", count);
  seen.listed = listed;
  await page.fill("#question", "When do moonflowers open their blossoms?");
  await page.keyboard.press("Enter");
  await page.waitForFunction(() => document.querySelectorAll(".answer .sources").length === 2);
  seen.uploaded = await page.locator(".answer .prose").last().innerText();

  // So does a file that is dropped on the page.
  const dropped = await page.evaluateHandle(() => {
    const transfer = new DataTransfer();
    transfer.items.add(new File(["Snowdrops flower in February, through the snow."], "snowdrops.txt", { type: "text/plain" }));
    return transfer;
  });
  await page.dispatchEvent("body", "dragenter", { dataTransfer: dropped });
  await page.dispatchEvent("body", "drop", { dataTransfer: dropped });
  await page.waitForFunction(() => [...document.querySelectorAll("#documents li.ready button")].some((b) => b.title === "snowdrops.txt"));
  seen.dropped = true;

  // So do those of a folder, but for what the system left in it.
  const album = path.join(folder, "album");
  fs.mkdirSync(path.join(album, "spring"), { recursive: true });
  fs.writeFileSync(path.join(album, "crocus.txt"), "A crocus opens when the sun warms it.");
  fs.writeFileSync(path.join(album, "spring", "squill.txt"), "Squills are blue and like shade.");
  fs.writeFileSync(path.join(album, ".DS_Store"), "x");
  const input = await page.context().newCDPSession(page);
  const data = { items: [], files: [album], dragOperationsMask: 1 };
  for (const type of ["dragEnter", "dragOver", "drop"]) await input.send("Input.dispatchDragEvent", { type, x: 640, y: 400, data });
  await page.waitForFunction(() => document.querySelectorAll("#documents li.ready .open[title^='album/']").length === 2);
  seen.folder = await page.locator("#documents .open[title^='album/']").evaluateAll((all) => all.map((b) => b.title));

  // What cannot be read says why when it is opened, and goes when its button is pressed twice; so does what was read.
  const row = (name) => page.locator("#documents li", { has: page.locator(`button[title="${name}"]`) });
  const odd = path.join(folder, "odd.xyz");
  fs.writeFileSync(odd, Buffer.from([0, 1, 2]));
  await page.setInputFiles("#files", odd);
  await page.waitForFunction(() => [...document.querySelectorAll("#documents li.failed button")].some((b) => b.title === "odd.xyz"));
  await row("odd.xyz").locator(".open").click();
  await page.waitForSelector("#passage[open]");
  seen.reason = await page.locator("#passage-text").innerText();
  await page.keyboard.press("Escape");
  for (const name of ["odd.xyz", "snowdrops.txt"]) {
    await row(name).locator(".remove").click();
    seen.asked = await row(name).locator(".remove").innerText();
    await row(name).locator(".remove").click();
    await page.waitForFunction((gone) => ![...document.querySelectorAll("#documents button")].some((b) => b.title === gone), name);
  }
  seen.deleted = true;

  // A host that answers for a gateway that is starting is asked again.
  let away = 0;
  await page.route("**/gateway/gardening/streams", (route) => (away++ < 2 ? route.fulfill({ status: 502, body: "" }) : route.continue()));
  await page.fill("#question", "Why is my Fiddle Fig tree dropping its leaves?");
  await page.keyboard.press("Enter");
  await page.waitForFunction(() => document.querySelectorAll(".answer .sources").length === 3);
  await page.unroute("**/gateway/gardening/streams");
  seen.away = away;
  seen.console = seen.console.filter((text) => !text.includes("502"));

  // Dark by choice, remembered.
  await page.click("#theme");
  seen.theme = await page.evaluate(() => document.documentElement.dataset.theme);
  await shot(page, "dark");
  await page.reload();
  seen.themeKept = await page.evaluate(() => document.documentElement.dataset.theme);

  // By keyboard alone: the question has the focus with one key, Enter asks.
  await page.waitForSelector("#connection.live");
  await page.waitForSelector(".examples button");
  await page.keyboard.press("/");
  await page.keyboard.type("What causes blossom end rot?");
  await page.keyboard.press("Enter");
  await page.waitForSelector(".source");
  seen.byKeyboard = await page.locator(".answer .prose").last().innerText();

  // What is asked next goes with what was said; a new conversation begins as the first did, and says nothing of it.
  const asked = [];
  page.on("request", (r) => { if (r.url().endsWith("/streams")) asked.push(JSON.parse(r.postData())); });
  await page.fill("#question", "How do I prevent it?");
  await page.keyboard.press("Enter");
  await page.waitForFunction(() => document.querySelectorAll(".answer .facts").length === 2);
  await page.click("#anew");
  seen.anew = await page.locator(".examples button").count() > 0 && await page.locator(".answer").count() === 0 && !(await page.locator("#anew").isVisible());
  await page.keyboard.type("What causes blossom end rot?");
  await page.keyboard.press("Enter");
  await page.waitForSelector(".answer .facts");
  seen.turns = asked.map((body) => body.messages?.length ?? 0);
  await page.context().close();

  // A phone: the side panel is a drawer, nothing is wider than the screen.
  page = await open({ viewport: { width: 390, height: 844 }, colorScheme: "dark", hasTouch: true, isMobile: true });
  const overflows = () => page.evaluate(() => document.documentElement.scrollWidth > innerWidth || [...document.querySelectorAll(".bar *, .talk > *")].some((e) => e.getBoundingClientRect().right > innerWidth + 1));
  seen.overflow = await overflows();

  // Opened by a key, it has the focus and Escape gives it back.
  await page.focus("#open-side");
  await page.keyboard.press("Enter");
  await page.waitForSelector("#side.open");
  seen.drawerFocused = await page.evaluate(() => document.getElementById("side").contains(document.activeElement));
  await page.keyboard.press("Escape");
  await page.waitForFunction(() => !document.querySelector("#side.open"));
  seen.drawerReturned = await page.evaluate(() => document.activeElement.id);
  await page.tap("#open-side");
  await page.waitForSelector("#side.open");
  await page.waitForFunction(() => document.querySelectorAll("#documents li.ready").length > 10);
  await shot(page, "phone-documents");
  await page.locator(".route", { hasText: "support-docs" }).tap();
  await page.waitForFunction(() => !document.querySelector("#side.open"));
  await page.fill("#question", "What is the context length of MPT-30B?");
  await page.tap("#send");
  await page.waitForSelector(".source");
  seen.phone = await page.locator(".answer .prose").last().innerText();
  await shot(page, "phone-answer");

  // The narrowest screen that pages are made for (WCAG 2.2, 1.4.10), with a conversation on it.
  await page.setViewportSize({ width: 320, height: 640 });
  seen.overflow ||= await overflows();
  await shot(page, "narrow-answer");

  // Of two routes chosen one after the other the latter is asked, however late the former's examples come.
  await page.setViewportSize({ width: 1280, height: 800 });
  let late;
  await page.route("**/samples/gardening/questions.json", async (route) => { late = route; });
  await page.locator(".route", { hasText: "gardening" }).click();
  await page.locator(".route", { hasText: "demo-chat" }).click();
  await page.waitForFunction(() => document.querySelector(".welcome h2")?.textContent === "Ask the model.");
  if (late) await Promise.all([page.waitForResponse("**/samples/gardening/questions.json"), late.continue()]);
  await page.evaluate(() => new Promise((resolve) => setTimeout(resolve)));
  seen.chosen = await page.locator(".welcome h2").innerText();
  await page.context().close();
} finally {
  await browser.close();
}
console.log(JSON.stringify(seen));
