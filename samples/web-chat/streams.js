// The page's SignalR connection, and the answers that arrive on it; where there is no connection, the answers come as events over fetch.
// Messages carry a stream id and a sequence number: an answer may begin before the request that started it has returned,
// and a message that overtook another waits for its turn.
import * as api from "./api.js";
import { askByEvents } from "./events.js";

const waiting = new Map(); // stream id -> messages that came before anybody listened
const listening = new Map(); // stream id -> { handlers, next, held }
const ended = new Set(); // streams whose late messages nobody wants
const longestPause = 10000; // ms
const heard = new Map(); // other messages' targets -> who hears them
const connected = new Set(); // called with true when a connection is there, false when it is gone
let connection = null; // while it is connected

function end(streamId) {
  listening.delete(streamId);
  waiting.delete(streamId);
  ended.add(streamId);
}

function deliver(kind, message) {
  if (ended.has(message.streamId)) return;
  const stream = listening.get(message.streamId);
  if (!stream) {
    if (!waiting.has(message.streamId)) waiting.set(message.streamId, []);
    waiting.get(message.streamId).push([kind, message]);
    return;
  }
  // A message that was sent again after a lost answer has the same number.
  if (message.seq >= stream.next) stream.held.set(message.seq, [kind, message]);
  while (stream.held.has(stream.next)) {
    const [nextKind, next] = stream.held.get(stream.next);
    stream.held.delete(stream.next);
    stream.next += 1;
    if (nextKind !== "token") end(next.streamId);
    stream.handlers[nextKind](next);
  }
}

// One connection, from its negotiation to its end. A URL and a token serve once: after a restart both may be others.
async function live(onState) {
  const access = await api.negotiate();
  if (typeof signalR === "undefined") throw Object.assign(new Error("SignalR's client is not there."), { status: 0 });
  const next = new signalR.HubConnectionBuilder()
    .withUrl(access.url, { accessTokenFactory: () => access.accessToken })
    .configureLogging(signalR.LogLevel.None)
    .build();
  for (const kind of ["token", "done", "error"]) next.on(kind, (message) => deliver(kind, message));
  for (const [kind, handler] of heard) next.on(kind, handler);
  const closed = new Promise((resolve) => next.onclose(resolve));
  await next.start();
  connection = next;
  onState("live");
  for (const handler of connected) handler(true);
  await closed;
}

/** Hears messages of `target`, and whether there is a connection that can bring any. */
export function hear(target, onMessage, onConnected) {
  heard.set(target, onMessage);
  connected.add(onConnected);
}

/** Connects, and stays connected as long as the page is open; `onState` hears "connecting", "live", "direct" (the gateway answers, SignalR does not) or "lost". */
export async function connect(onState) {
  onState("connecting");
  for (let failures = 0; ; failures += 1) {
    let state = "lost";
    try {
      await live(onState);
      failures = 0;
    } catch (error) {
      // What the gateway itself answered, or what came after its answer, leaves the gateway usable.
      if (error.unreachable !== true) state = "direct";
    }
    connection = null;
    onState(state);
    for (const handler of connected) handler(false);
    for (const [id, stream] of listening) {
      end(id);
      stream.handlers.error({ error: { message: "The connection was lost while the answer was written. Please ask again." } });
    }
    await new Promise((resolve) => setTimeout(resolve, Math.min(500 * 2 ** failures, longestPause)));
  }
}

/** Asks `route`; the handlers are token({text}), done({usage, citations, finishReason}) and error({error}). Returns a function that stops the answer. */
export async function ask(route, body, handlers) {
  if (!connection) return askByEvents(route, body, handlers);
  const { streamId } = await api.startStream(route.name, { ...body, connectionId: connection.connectionId });
  listening.set(streamId, { handlers, next: 0, held: new Map() });
  const early = waiting.get(streamId) ?? [];
  waiting.delete(streamId);
  for (const [kind, message] of early) deliver(kind, message);
  return async () => {
    end(streamId);
    await api.stopStream(streamId).catch(() => {});
  };
}
