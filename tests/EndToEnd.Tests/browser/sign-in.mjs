// Opens the page as the gateway serves it, before a gateway that asks who one is, in a real Chromium: by a wrong key, by a right one, and by
// Microsoft Entra ID's real client for browsers with a stand-in behind the sign-in's address. Prints what it saw, as JSON.
// usage: node sign-in.mjs BASE [SCREENSHOTS]
import { createRequire } from "node:module";
import crypto from "node:crypto";
import path from "node:path";

const [base, screenshots] = process.argv.slice(2);
const require = createRequire(path.join(process.env.REPOSITORY, "package.json"));
const { chromium } = require("playwright-core");
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM,
  chromiumSandbox: false,
  args: ["--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run"],
});
const tenant = "11111111-1111-1111-1111-111111111111";
const client = "22222222-2222-2222-2222-222222222222";
const authority = `https://login.microsoftonline.com/${tenant}`;
const right = "a-key-that-is-known";
const seen = { console: [], asked: [] };
const shot = async (page, name) => { if (screenshots) await page.screenshot({ path: path.join(screenshots, `${name}.png`) }); };
const refusal = (message) => ({ status: 401, contentType: "application/json", body: JSON.stringify({ error: { code: "invalid_api_key", message, type: "authentication_error" } }) });
const part = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");
const token = (claims) => `${part({ alg: "RS256", typ: "JWT" })}.${part(claims)}.${Buffer.from("signature").toString("base64url")}`;

// The stack at `base` lets everybody in; what is in front of it here does not.
async function guarded(options) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  const page = await context.newPage();
  page.on("console", (m) => { if (["error", "warning"].includes(m.type()) && !m.text().includes("401")) seen.console.push(m.text()); });
  page.on("pageerror", (e) => seen.console.push(String(e)));
  await page.route((url) => url.origin === base && !url.pathname.startsWith("/web-chat") && !url.pathname.startsWith("/client"), (route) => {
    const shown = route.request().headers().authorization;
    if (shown === `Bearer ${options.lets}`) return route.continue();
    return route.fulfill(refusal(shown ? "This key is not known." : "A key is needed."));
  });
  return page;
}

const ask = async (page) => {
  await page.waitForSelector("#connection.live");
  await page.locator(".route", { hasText: "gardening" }).click();
  await page.fill("#question", "Why is my Fiddle Fig tree dropping its leaves?");
  await page.keyboard.press("Enter");
  await page.waitForSelector(".source");
  return page.locator(".answer .prose").last().innerText();
};

try {
  // A key: nothing else can be done before, a wrong one is asked for again with the gateway's words, the right one is kept for the tab, and forgotten when it is told so.
  let page = await guarded({ lets: right });
  await page.goto(`${base}/web-chat`);
  await page.waitForSelector("#door[open]");
  seen.address = new URL(page.url()).pathname;
  seen.signInOffered = await page.locator("#door-sign-in").isVisible();
  await shot(page, "door");
  await page.keyboard.press("Escape");
  seen.staysOpen = await page.locator("#door[open]").count() === 1;
  await page.fill("#door-field", "a-key-that-is-not");
  await page.keyboard.press("Enter");
  await page.waitForFunction(() => document.getElementById("door-why").textContent && document.getElementById("door").open);
  seen.refused = await page.locator("#door-why").innerText();
  await page.fill("#door-field", right);
  await page.keyboard.press("Enter");
  seen.byKey = await ask(page);
  seen.keyHolder = await page.locator("#person").innerText();
  await page.reload();
  await page.waitForSelector("#connection.live");
  seen.keptByTab = await page.locator("#door[open]").count() === 0;
  await page.click("#person");
  await page.waitForSelector("#door[open]");
  seen.forgotten = await page.evaluate(() => sessionStorage.getItem("key")) === null;
  await page.context().close();

  // A key in the address, as a link that an operator sends.
  page = await guarded({ lets: right });
  await page.goto(`${base}/web-chat/#key=${right}`);
  await page.waitForSelector("#connection.live");
  seen.hash = await page.evaluate(() => location.hash);
  await page.context().close();

  // Microsoft Entra ID: the page goes there and comes back with a code, which its client changes for tokens.
  const access = token({ aud: "api://gateway", name: "Ada Lovelace" });
  page = await guarded({ lets: access });
  await page.route("**/web-chat/settings.json", (route) => route.fulfill({ json: { sign_in: { authority, client_id: client, scopes: ["api://gateway/.default"] } } }));
  let nonce = "";
  let challenge = "";
  await page.route("https://login.microsoftonline.com/**", (route) => {
    const url = new URL(route.request().url());
    const cors = { "Access-Control-Allow-Origin": base };
    if (url.pathname.endsWith("/openid-configuration")) {
      return route.fulfill({ headers: cors, json: { issuer: `${authority}/v2.0`, authorization_endpoint: `${authority}/oauth2/v2.0/authorize`, token_endpoint: `${authority}/oauth2/v2.0/token`, end_session_endpoint: `${authority}/oauth2/v2.0/logout`, jwks_uri: `${authority}/discovery/v2.0/keys` } });
    }
    if (url.pathname.endsWith("/instance")) return route.fulfill({ headers: cors, json: { tenant_discovery_endpoint: `${authority}/v2.0/.well-known/openid-configuration`, metadata: [] } });
    if (url.pathname.endsWith("/authorize")) {
      const asked = url.searchParams;
      seen.asked.push(asked.get("client_id"), asked.get("scope").includes("api://gateway/.default"), asked.get("code_challenge_method"), asked.get("redirect_uri"));
      nonce = asked.get("nonce");
      challenge = asked.get("code_challenge");
      const back = `${asked.get("redirect_uri")}#code=the-code&state=${encodeURIComponent(asked.get("state"))}&session_state=1`;
      return route.fulfill({ status: 302, headers: { Location: back } });
    }
    if (url.pathname.endsWith("/token")) {
      const asked = new URLSearchParams(route.request().postData());
      seen.proved = crypto.createHash("sha256").update(asked.get("code_verifier") ?? "").digest("base64url") === challenge;
      const now = Math.floor(Date.now() / 1000);
      const id = token({ aud: client, iss: `${authority}/v2.0`, iat: now, nbf: now, exp: now + 3600, sub: "ada", oid: "33333333-3333-3333-3333-333333333333", tid: tenant, preferred_username: "ada@example.com", name: "Ada Lovelace", nonce, ver: "2.0" });
      return route.fulfill({ headers: cors, json: { token_type: "Bearer", scope: "api://gateway/.default openid profile", expires_in: 3600, access_token: access, id_token: id, refresh_token: "refresh", client_info: part({ uid: "33333333-3333-3333-3333-333333333333", utid: tenant }) } });
    }
    if (url.pathname.endsWith("/logout")) {
      seen.signedOut = url.searchParams.get("post_logout_redirect_uri");
      return route.fulfill({ status: 302, headers: { Location: seen.signedOut } });
    }
    return route.abort();
  });
  await page.goto(`${base}/web-chat/`);
  await page.waitForSelector("#door[open]");
  await shot(page, "door-sign-in");
  await page.click("#door-sign-in");
  seen.bySignIn = await ask(page);
  seen.person = await page.locator("#person").innerText();
  seen.tokenHidden = await page.evaluate(() => !location.hash);
  await shot(page, "signed-in");
  await page.reload();
  await page.waitForSelector("#connection.live");
  seen.signInKept = await page.locator("#person").innerText();
  await page.click("#person");
  await page.waitForSelector("#door[open]");
  seen.signedOutOf = await page.evaluate(() => sessionStorage.getItem("signed-in"));
  await page.context().close();
} finally {
  await browser.close();
}
console.log(JSON.stringify(seen));
