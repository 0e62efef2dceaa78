// The page's SignalR connection, and the answers that arrive on it; where there is no connection, the answers come as events over fetch.
// Messages carry a stream id and a sequence number: an answer may begin before the request that started it has returned,
// and a message that overtook another waits for its turn. A connection that was lost is made again, and takes up the answers
// that were under way where they were.
import * as api from "./api.js";
import { askByEvents } from "./events.js";

const waiting = new Map(); // stream id -> messages that came before anybody listened
const listening = new Map(); // stream id -> { handlers, next, held }
const ended = new Set(); // streams whose late messages nobody wants
const longestPause = 10000; // ms
const longestLoss = 30000; // ms without a connection after which an answer is given up
const longestSilence = 15000; // ms in which another instance of the gateway sends what was missed, if it is there
const heard = new Map(); // other messages' targets -> who hears them
const connected = new Set(); // called with true when a connection is there, false when it is gone
let connection = null; // while it is connected

function end(streamId) {
  clearTimeout(listening.get(streamId)?.patience);
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
  clearTimeout(stream.patience);
  // A message that was sent again after a lost answer has the same number.
  if (message.seq >= stream.next) stream.held.set(message.seq, [kind, message]);
  while (stream.held.has(stream.next)) {
    const [nextKind, next] = stream.held.get(stream.next);
    stream.held.delete(stream.next);
    stream.next += 1;
    if (nextKind === "done" || nextKind === "error") end(next.streamId);
    stream.handlers[nextKind](next);
  }
}

function giveUp(streamId, message = "The connection was lost while the answer was written. Please ask again.") {
  const stream = listening.get(streamId);
  if (!stream) return;
  end(streamId);
  stream.handlers.error({ error: { message } });
}

/** Gives an answer up unless a message of it comes in time. */
function wait(streamId, time) {
  const stream = listening.get(streamId);
  clearTimeout(stream.patience);
  stream.patience = setTimeout(() => giveUp(streamId), time);
}

/** Takes up an answer that was under way when the connection before this one was lost. */
async function resume(streamId, connectionId) {
  const stream = listening.get(streamId);
  const { next } = stream;
  stream.isLost = false;
  try {
    const { resumed } = await api.resumeStream(streamId, next, connectionId);
    if (stream.isLost || !listening.has(streamId)) return;
    if (resumed || stream.next > next) clearTimeout(stream.patience);
    else wait(streamId, longestSilence);
  } catch (error) {
    // What the gateway refused for good is said in its words; what a connection lost again can bring is tried again then.
    if (error.status >= 400 && error.status < 500) giveUp(streamId, error.message);
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
  for (const kind of ["token", "thought", "done", "error"]) next.on(kind, (message) => deliver(kind, message));
  for (const [kind, handler] of heard) next.on(kind, handler);
  const closed = new Promise((resolve) => next.onclose(resolve));
  await next.start();
  connection = next;
  onState("live");
  for (const id of listening.keys()) resume(id, next.connectionId);
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
      if (!stream.isLost) wait(id, longestLoss);
      stream.isLost = true;
    }
    await new Promise((resolve) => setTimeout(resolve, Math.min(500 * 2 ** failures, longestPause)));
  }
}

/** Asks `route`; the handlers are token({text}), thought({text}), done({usage, citations, finishReason}) and error({error}). Returns a function that stops the answer; `signal` stops one that has not begun. */
export async function ask(route, body, handlers, signal) {
  if (!connection) return askByEvents(route, body, handlers, signal);
  const { connectionId } = connection;
  const { streamId } = await api.startStream(route.name, { ...body, connectionId, thoughts: true });
  listening.set(streamId, { handlers, next: 0, held: new Map(), isLost: false, patience: undefined });
  // The connection that it was started for may have been lost meanwhile.
  if (!connection) wait(streamId, longestLoss);
  else if (connection.connectionId !== connectionId) resume(streamId, connection.connectionId);
  const early = waiting.get(streamId) ?? [];
  waiting.delete(streamId);
  for (const [kind, message] of early) deliver(kind, message);
  return () => {
    end(streamId);
    api.stopStream(streamId).catch(() => {});
  };
}
