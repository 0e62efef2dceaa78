// Counts the requests that Azurite is asked, by service, method and what they are for, in a file a process: loaded into it by NODE_OPTIONS, so that the stack runs as it always does.
"use strict";
const http = require("node:http");
const { renameSync, writeFileSync } = require("node:fs");

const counts = {};
const file = `${process.env.BENCHMARK_REQUESTS}.${process.pid}`;
// A container, queue or table, without whatever lies in it: "/account/documents/notes/a.md?comp=metadata" is of "documents". A table's entities are written as
// "Instances(...)", several at once as "$batch".
function placeOf(url) {
  const path = url.split("?")[0].split("/");
  const place = (path[2] ?? "").split("(")[0];
  return path.length === 3 && url.includes("comp=list") ? `${place} list` : place;
}

const emit = http.Server.prototype.emit;
http.Server.prototype.emit = function (event, request, ...rest) {
  if (event === "request") {
    const key = `${request.socket.localPort} ${request.method} ${placeOf(request.url)}`;
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
