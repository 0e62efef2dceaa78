// The gateway's HTTP surface. Every failure becomes an Error whose message is the gateway's own sentence.
import * as door from "./door.js";
import * as identity from "./identity.js";

const startingAgain = new Set([502, 503, 504]);
const pauses = [500, 1000, 2000, 4000]; // ms

async function request(method, path, body, contentType = "application/json", signal = undefined) {
  const headers = body === undefined ? {} : { "Content-Type": contentType };
  for (let tries = 0; ; tries += 1) {
    const credentials = await identity.authorization();
    if (credentials) headers.Authorization = credentials;
    else delete headers.Authorization;
    let response;
    try {
      response = await fetch(path, { method, headers, body, signal });
    } catch {
      signal?.throwIfAborted();
      throw Object.assign(new Error("The gateway cannot be reached."), { unreachable: true });
    }
    if (response.ok) {
      door.show();
      return response;
    }
    const detail = await response.json().catch(() => null);
    if (response.status === 401) {
      // Whoever asks says who they are, and what was asked goes on.
      await door.admitted(detail?.error?.message ?? "The gateway did not let this through.");
      tries = -1;
      continue;
    }
    // Not the gateway's own sentence: its host answered for it while it starts (again), which takes seconds.
    if (!detail?.error && startingAgain.has(response.status) && tries < pauses.length) {
      await new Promise((resolve) => setTimeout(resolve, pauses[tries]));
      signal?.throwIfAborted();
      continue;
    }
    throw Object.assign(new Error(detail?.error?.message ?? `The gateway answered with status ${response.status}.`), { status: response.status });
  }
}

const json = async (method, path, body) =>
  (await request(method, path, body === undefined ? undefined : JSON.stringify(body))).json();

/** Each segment of a document's path is escaped by itself, so that slashes stay slashes. */
const escapePath = (path) => path.split("/").map(encodeURIComponent).join("/");

export async function routes() {
  const all = [];
  let token = null;
  do {
    const page = await json("GET", `/api/2.0/gateway/routes${token ? `?page_token=${encodeURIComponent(token)}` : ""}`);
    all.push(...page.routes);
    token = page.next_page_token;
  } while (token);
  return all;
}

export const negotiate = () => json("POST", "/signalr/negotiate");

export const startStream = (route, body) => json("POST", `/gateway/${encodeURIComponent(route)}/streams`, body);

/** A response whose body is read as it comes. */
export const stream = (path, body, signal) => request("POST", path, JSON.stringify(body), "application/json", signal);

/** Has what was missed of a stream from message `next` on, and what follows, sent to another connection. */
export const resumeStream = (id, next, connectionId) => json("POST", `/gateway/streams/${encodeURIComponent(id)}/resume`, { next, connectionId });

export const stopStream = (id) => request("DELETE", `/gateway/streams/${encodeURIComponent(id)}`);

export async function documents(collection) {
  const all = [];
  let token = null;
  do {
    const page = await json("GET", `/collections/${encodeURIComponent(collection)}/documents${token ? `?page_token=${encodeURIComponent(token)}` : ""}`);
    all.push(...page.documents);
    token = page.next_page_token;
  } while (token);
  return all;
}

/** Has this page's SignalR connection hear of the collection's documents for a while; answers for how long. */
export const subscribe = async (collection) => (await json("POST", `/collections/${encodeURIComponent(collection)}/subscription`)).expires_in;

export const documentText = async (collection, path) =>
  (await request("GET", `/collections/${encodeURIComponent(collection)}/documents/${escapePath(path)}?content=text`)).text();

export const upload = async (collection, path, file) =>
  (await request("PUT", `/collections/${encodeURIComponent(collection)}/documents/${escapePath(path)}`, file, file.type || "application/octet-stream")).json();

export const remove = (collection, path) => request("DELETE", `/collections/${encodeURIComponent(collection)}/documents/${escapePath(path)}`);

/** Example questions that a sample ships; a collection of one's own has none. */
export async function examples(collection) {
  try {
    const response = await fetch(`/samples/${encodeURIComponent(collection)}/questions.json`);
    return response.ok ? (await response.json()).map((q) => q.question) : [];
  } catch {
    return [];
  }
}
