// Counts the requests that Azurite is asked, by service and method, in a file a process: loaded into it by NODE_OPTIONS, so that the stack runs as it always does.
"use strict";
const http = require("node:http");
const { renameSync, writeFileSync } = require("node:fs");

const counts = {};
const file = `${process.env.BENCHMARK_REQUESTS}.${process.pid}`;
const emit = http.Server.prototype.emit;
http.Server.prototype.emit = function (event, request, ...rest) {
  if (event === "request") {
    const key = `${request.socket.localPort} ${request.method}`;
    counts[key] = (counts[key] ?? 0) + 1;
  }
  return emit.call(this, event, request, ...rest);
};

let written = "";
setInterval(() => {
  const text = JSON.stringify(counts);
  if (text === written) return;
  written = text;
  writeFileSync(`${file}.new`, text);
  renameSync(`${file}.new`, `${file}.json`);
}, 250).unref();
