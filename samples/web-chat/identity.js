// Who asks: nobody in particular, a key, or a person who is signed in with Microsoft Entra ID. Either is kept for this tab only.
import { tab as kept } from "./kept.js";

const base = "/web-chat/"; // where the gateway says how one signs in, whatever serves the page
const home = new URL(".", location.href).href; // where whoever signs in comes back to, by whichever of its names the page was opened

let entra = null; // what is known once somebody signs in: { client, scopes, account, error }

const fromHash = new URLSearchParams(location.hash.slice(1)).get("key");
if (fromHash) {
  keepKey(fromHash);
  history.replaceState(null, "", location.pathname + location.search);
}

export function keepKey(key) {
  kept.setItem("key", key);
  kept.removeItem("signed-in");
}

/** How one signs in, as the gateway says; null where it only takes keys. */
export async function ways() {
  try {
    const response = await fetch(`${base}settings.json`);
    return response.ok ? (await response.json()).sign_in : null;
  } catch {
    return null;
  }
}

function load(script) {
  return new Promise((resolve, reject) => {
    const element = document.createElement("script");
    element.src = script;
    element.onload = resolve;
    element.onerror = () => reject(new Error("The sign-in's script could not be loaded."));
    document.head.append(element);
  });
}

async function open() {
  const way = await ways();
  if (!way) throw new Error("This gateway takes keys only.");
  if (typeof msal === "undefined") await load(`${base}msal-browser.min.js`);
  const client = new msal.PublicClientApplication({
    auth: { clientId: way.client_id, authority: way.authority, knownAuthorities: [new URL(way.authority).host], redirectUri: home },
    cache: { cacheLocation: "sessionStorage" },
    system: { loggerOptions: { loggerCallback: () => {} } },
  });
  await client.initialize();
  const opened = { client, scopes: way.scopes, account: null, error: null };
  try {
    // What Microsoft Entra ID answered, on the way back from it.
    const answer = await client.handleRedirectPromise();
    opened.account = answer?.account ?? client.getAllAccounts()[0] ?? null;
  } catch (error) {
    opened.error = error.errorMessage || error.message;
  }
  return opened;
}

const opened = () => (entra ??= open());

/** Leaves the page for Microsoft Entra ID's; it comes back signed in. */
export async function signIn() {
  const { client, scopes } = await opened();
  kept.setItem("signed-in", "asked");
  await client.loginRedirect({ scopes, prompt: "select_account" });
}

/** What goes into the header Authorization; null for nothing. */
export async function authorization() {
  const key = kept.getItem("key");
  if (key) return `Bearer ${key}`;
  if (!kept.getItem("signed-in")) return null;
  try {
    const { client, scopes, account } = await opened();
    if (!account) return null;
    kept.setItem("signed-in", account.name || account.username);
    const { AccessTokenAndRefreshToken: cacheLookupPolicy } = msal.CacheLookupPolicy;
    return `Bearer ${(await client.acquireTokenSilent({ scopes, account, cacheLookupPolicy })).accessToken}`;
  } catch {
    // Signed out elsewhere, or for too long: who asks is asked again.
    return null;
  }
}

/** Why signing in came to nothing, if it did. */
export const trouble = async () => (kept.getItem("signed-in") ? (await opened().catch((error) => ({ error: error.message }))).error : null);

/** Whoever has been let in, in a word; null for nobody in particular. */
export const who = () => (kept.getItem("key") ? "Key" : kept.getItem("signed-in"));

/** Forgets who it was; the page begins anew. */
export async function leave() {
  kept.removeItem("key");
  if (kept.getItem("signed-in")) {
    const { client, account } = await opened();
    kept.removeItem("signed-in");
    await client.logoutRedirect({ account, postLogoutRedirectUri: home });
    return;
  }
  location.reload();
}
