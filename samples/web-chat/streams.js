// One SignalR connection for the page, and the answers that arrive on it.
// Messages carry a stream id and a sequence number: an answer may begin before the request that started it has returned,
// and a message that overtook another waits for its turn.
import * as api from "./api.js";

const waiting = new Map(); // stream id -> messages that came before anybody listened
const listening = new Map(); // stream id -> { handlers, next, held }
const ended = new Set(); // streams whose late messages nobody wants
let connection;

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

/** Connects, and stays connected; `onState` hears "connecting", "live" or "lost". */
export async function connect(onState) {
  onState("connecting");
  const first = await api.negotiate();
  let pending = first;
  connection = new signalR.HubConnectionBuilder()
    .withUrl(first.url, {
      accessTokenFactory: async () => {
        const access = pending ?? await api.negotiate();
        pending = null;
        return access.accessToken;
      },
    })
    .withAutomaticReconnect({ nextRetryDelayInMilliseconds: (retry) => Math.min(500 * 2 ** retry.previousRetryCount, 10000) })
    .configureLogging(signalR.LogLevel.None)
    .build();
  for (const kind of ["token", "done", "error"]) connection.on(kind, (message) => deliver(kind, message));
  connection.onreconnecting(() => {
    onState("lost");
    for (const [id, stream] of listening) {
      end(id);
      stream.handlers.error({ error: { message: "The connection was lost while the answer was written. Please ask again." } });
    }
  });
  connection.onreconnected(() => onState("live"));
  await connection.start();
  onState("live");
}

/** Asks `route`; the handlers are token({text}), done({usage, citations, finishReason}) and error({error}). Returns a function that stops the answer. */
export async function ask(route, body, handlers) {
  if (connection?.state !== "Connected") throw new Error("Not connected yet. Try again in a moment.");
  const { streamId } = await api.startStream(route, { ...body, connectionId: connection.connectionId });
  listening.set(streamId, { handlers, next: 0, held: new Map() });
  const early = waiting.get(streamId) ?? [];
  waiting.delete(streamId);
  for (const [kind, message] of early) deliver(kind, message);
  return async () => {
    end(streamId);
    await api.stopStream(streamId).catch(() => {});
  };
}
