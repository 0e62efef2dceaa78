// Runs Azurite's blob and queue services (no tables) in one process that ends when its standard input does: a parent that dies, however
// it dies, takes it along, and what is in memory is written first.
// Usage: node azurite.cjs <folder of node_modules> <blob port> <queue port> <options of both services>
"use strict";
const { createRequire } = require("node:module");
const { join } = require("node:path");

const [node, script, folder, blobPort, queuePort, ...options] = process.argv;
const load = createRequire(join(folder, "package.json"));

// Ctrl-C in a terminal reaches the whole group of processes: when to stop is the parent's decision.
const once = process.once;
process.once = function (event, listener) {
  return event === "SIGINT" ? process : once.call(process, event, listener);
};
process.on("SIGINT", () => {});

// Each service reads its own command line, once, while it is loaded.
process.argv = [node, script, "--blobHost", "127.0.0.1", "--blobPort", blobPort, ...options];
load("azurite/dist/src/blob/main.js");
process.argv = [node, script, "--queueHost", "127.0.0.1", "--queuePort", queuePort, ...options];
load("azurite/dist/src/queue/main.js");

process.stdin.resume();
process.stdin.on("end", () => {
  setTimeout(() => process.exit(1), 5000).unref();
  if (!process.emit("SIGTERM"))
    process.exit(0);
});
