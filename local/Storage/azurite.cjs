// Runs Azurite's blob, queue and table services in one process that ends when its standard input does: a parent that dies, however
// it dies, takes it along, and what is in memory is written first.
// An instance that is still writing when the next one starts is waited for: two on one folder would lose what the first one wrote.
// A kill of Azurite itself loses nothing that it acknowledged: see loki-journal.cjs.
// Usage: node azurite.cjs <folder of node_modules> <blob port> <queue port> <table port> <options of all services>
"use strict";
const fs = require("node:fs");
const { createRequire } = require("node:module");
const { join } = require("node:path");
const journal = require("./loki-journal.cjs");
const lighter = require("./lighter.cjs");
const queueExpiry = require("./queue-expiry.cjs");
const queueOrder = require("./queue-order.cjs");
const queueReceipts = require("./queue-receipts.cjs");

// What it keeps is for its owner: its own files' modes are the system's default.
process.umask(0o077);

const [node, script, folder, blobPort, queuePort, tablePort, ...options] = process.argv;
const load = createRequire(join(folder, "package.json"));

let azurite;
try {
  azurite = load.resolve("azurite/package.json");
} catch {
  console.error(`Azurite is not installed in ${join(folder, "node_modules")}: run 'npm ci' in the repository's root.`);
  process.exit(journal.noRestart);
}

const loadOfAzurite = createRequire(azurite);
journal.install(loadOfAzurite("lokijs"));
lighter.install(loadOfAzurite);
for (const { install } of [queueExpiry, queueOrder, queueReceipts])
  install(load("azurite/dist/src/queue/persistence/LokiQueueMetadataStore").default);

const services = ["blob", "queue", "table"];

// A service subscribes once it listens. Its own handlers of signals are not wanted: Ctrl-C in a terminal reaches the whole group of
// processes, and when to stop is the parent's decision; the table service has none for SIGTERM. "message" is what all three have.
let listening = 0;
const once = process.once;
process.once = function (event, listener) {
  if (event === "SIGINT" || event === "SIGTERM")
    return process;
  if (event === "message" && ++listening === services.length)
    rememberDatabases();
  return once.call(process, event, listener);
};
process.on("SIGINT", () => {});

// Something in Azurite keeps the process alive when all is closed, so the end of each service's close is awaited here.
const closings = [];
const { prototype: server } = load("azurite/dist/src/common/ServerBase.js").default;
const closeServer = server.close;
server.close = function () {
  const closed = closeServer.call(this);
  closings.push(closed);
  return closed;
};

// The signal and the end of the input both come when the parent stops it, in either order. The first is obeyed, and nothing may end the
// process while it writes: what was acknowledged last would be lost. Before the services listen there is nothing to write.
let closing = false;
function close() {
  if (closing)
    return;
  closing = true;
  if (listening === 0)
    process.exit(0);
  process.emit("message", "shutdown");
  Promise.allSettled(closings).then((results) => process.exit(results.every(({ status }) => status === "fulfilled") ? 0 : 1));
}
process.on("SIGTERM", close);

// A parent that was killed reads no more; what Azurite says when it closes must not end it before it has written.
for (const stream of [process.stdout, process.stderr])
  stream.on("error", () => {});

const location = options.includes("--location") ? options[options.indexOf("--location") + 1] : null;
const running = location && join(location, "running.pid");

// The databases that were there when all services listened: one that is gone since is not begun anew without a word.
const known = location && join(location, "databases.json");

function rememberDatabases() {
  if (known && !fs.existsSync(known))
    fs.writeFileSync(known, JSON.stringify(fs.readdirSync(location).filter((name) => /^__azurite_db_\w+__\.json$/.test(name))));
}

function checkDatabases() {
  if (!fs.existsSync(known))
    return;
  let names;
  try {
    names = JSON.parse(fs.readFileSync(known, "utf8"));
  } catch {
    names = [];
  }
  const missing = names.find((name) => !fs.existsSync(join(location, name)));
  if (missing === undefined)
    return;
  console.error(`${join(location, missing)} is gone, and with it what it told of the files beside it. Put back a copy of its folder, or start with --fresh to begin anew.`);
  process.exit(journal.noRestart);
}

// The process that the file names runs; false when the file is gone by now.
function isRunning() {
  try {
    const pid = Number(fs.readFileSync(running, "utf8"));
    return pid > 0 && pid !== process.pid && process.kill(pid, 0);
  } catch {
    return false;
  }
}

if (running) {
  // A pid may have been given to another process since: then the wait ends by itself.
  const deadline = Date.now() + 10000;
  while (isRunning() && Date.now() < deadline)
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 50);
  fs.writeFileSync(running, String(process.pid));
  process.on("exit", () => fs.rmSync(running, { force: true }));
  checkDatabases();
}

// Each service reads its own command line, once, while it is loaded.
const ports = { blob: blobPort, queue: queuePort, table: tablePort };
for (const service of services) {
  process.argv = [node, script, `--${service}Host`, "127.0.0.1", `--${service}Port`, ports[service], ...options];
  load(`azurite/dist/src/${service}/main.js`);
}

process.stdin.resume();
process.stdin.on("end", () => {
  setTimeout(() => process.exit(1), 5000).unref();
  close();
});
