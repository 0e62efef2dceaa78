// Asks a route over SignalR with the real @microsoft/signalr client and prints what came, as JSON.
// usage: node signalr.mjs BASE ROUTE QUESTION [cancel | resume]; with resume the connection is left at the first message and another takes the answer up
import { createRequire } from "node:module";
import path from "node:path";

const [base, route, question, mode] = process.argv.slice(2);
const require = createRequire(path.join(process.env.REPOSITORY, "package.json"));
const signalR = require("@microsoft/signalr");
const post = async (url, body) => {
  const response = await fetch(base + url, { method: "POST", headers: { "Content-Type": "application/json" }, body: body && JSON.stringify(body) });
  return { status: response.status, body: await response.json() };
};

async function connect() {
  const { body: access } = await post("/signalr/negotiate");
  const connection = new signalR.HubConnectionBuilder()
    .withUrl(access.url, { accessTokenFactory: () => access.accessToken, transport: signalR.HttpTransportType.WebSockets })
    .configureLogging(signalR.LogLevel.None)
    .build();
  for (const kind of ["token", "done", "error"]) {
    connection.on(kind, (message) => {
      messages.push({ kind, at: performance.now(), connectionId: connection.connectionId, ...message });
      heard();
      if (kind !== "token") finish();
    });
  }
  await connection.start();
  return { access, connection };
}

const messages = [];
let heard = () => {};
let finish;
const finished = new Promise((resolve) => { finish = resolve; });
const first = new Promise((resolve) => { heard = resolve; });
let { access, connection } = await connect();
const askedAt = performance.now();
const started = await post(`/gateway/${route}/streams`, { question, connectionId: connection.connectionId });
let cancelled;
let resumed;
if (mode === "cancel" && started.status === 202) {
  cancelled = (await fetch(`${base}/gateway/streams/${started.body.streamId}`, { method: "DELETE" })).status;
  await Promise.race([finished, new Promise((resolve) => setTimeout(resolve, 3000))]);
} else if (started.status === 202) {
  if (mode === "resume") {
    await first;
    await connection.stop();
    const had = messages.length;
    await new Promise((resolve) => setTimeout(resolve, 1500));
    if (messages.length !== had) throw new Error("a connection that was left heard more");
    ({ connection } = await connect());
    resumed = await post(`/gateway/streams/${started.body.streamId}/resume`, { next: had, connectionId: connection.connectionId });
  }
  await Promise.race([finished, new Promise((_, reject) => setTimeout(() => reject(new Error("no end of the stream within 60 s")), 60000))]);
}
console.log(JSON.stringify({ askedAt, access: { url: access.url, userId: access.userId }, started, cancelled, resumed, messages }));
await connection.stop();
process.exit(0);
