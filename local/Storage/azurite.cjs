// Runs Azurite's blob and queue services (no tables) in one process that ends when its standard input does: a parent that dies, however
// it dies, takes it along, and what is in memory is written first.
// An instance that is still writing when the next one starts is waited for: two on one folder would lose what the first one wrote.
// A kill of Azurite itself loses what it acknowledged in its last half second: its databases are saved that often, when they have changed.
// Usage: node azurite.cjs <folder of node_modules> <blob port> <queue port> <options of both services>
"use strict";
const fs = require("node:fs");
const { createRequire } = require("node:module");
const { join } = require("node:path");

const [node, script, folder, blobPort, queuePort, ...options] = process.argv;
const load = createRequire(join(folder, "package.json"));

let azurite;
try {
  azurite = load.resolve("azurite/package.json");
} catch {
  console.error(`Azurite is not installed in ${join(folder, "node_modules")}: run 'npm ci' in the repository's root.`);
  process.exit(1);
}

// Azurite sets 5 s and has no option for it. The files are the same; an unchanged database is not written.
const saveInterval = 500;
const Loki = createRequire(azurite)("lokijs");
const configureOptions = Loki.prototype.configureOptions;
Loki.prototype.configureOptions = function (given, initial) {
  return configureOptions.call(this, given?.autosave ? { ...given, autosaveInterval: saveInterval } : given, initial);
};

// Ctrl-C in a terminal reaches the whole group of processes: when to stop is the parent's decision.
const once = process.once;
process.once = function (event, listener) {
  return event === "SIGINT" ? process : once.call(process, event, listener);
};
process.on("SIGINT", () => {});

// The signal and the end of the input both come when the parent stops it, in either order. The first is obeyed, and nothing may end the
// process while it writes: what was acknowledged last would be lost. Before the services listen there is nothing to write.
let closing = false;
process.on("SIGTERM", () => {
  if (!closing && process.listenerCount("SIGTERM") === 1)
    process.exit(0);
  closing = true;
});

// A parent that was killed reads no more; what Azurite says when it closes must not end it before it has written.
for (const stream of [process.stdout, process.stderr])
  stream.on("error", () => {});

const running = options.includes("--location") ? join(options[options.indexOf("--location") + 1], "running.pid") : null;

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
}

// Each service reads its own command line, once, while it is loaded.
process.argv = [node, script, "--blobHost", "127.0.0.1", "--blobPort", blobPort, ...options];
load("azurite/dist/src/blob/main.js");
process.argv = [node, script, "--queueHost", "127.0.0.1", "--queuePort", queuePort, ...options];
load("azurite/dist/src/queue/main.js");

process.stdin.resume();
process.stdin.on("end", () => {
  setTimeout(() => process.exit(1), 5000).unref();
  process.emit("SIGTERM");
});
