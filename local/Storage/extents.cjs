// Looks at the start of Azurite whether the bytes are there that its databases tell of.
"use strict";
const fs = require("node:fs");
const { createHash } = require("node:crypto");
const { dirname, basename, join } = require("node:path");

// The bytes of blobs and messages lie one after another in files of their own, the extents. One that is shorter than what was written to it has lost some of them;
// one that is gone, or where nothing but zeros is left of what had a checksum, has lost what blobs and messages tell of.
const opened = new Map(); // service and kind -> Loki database

/** Called for each database once it is read, with its path; throws where bytes are missing that it tells of. */
exports.checkExtents = function (database, path) {
  const [, service, kind] = /__azurite_db_(blob|queue)(_extent)?__\.json$/.exec(basename(path)) ?? [];
  if (!service)
    return;
  const folder = join(dirname(path), `__${service}storage__`);
  opened.set(service + (kind ?? ""), database);
  if (kind)
    checkSizes(database, folder);
  if (opened.has(service) && opened.has(`${service}_extent`))
    checkChunks(service, opened.get(service), opened.get(`${service}_extent`), folder);
};

function damaged(file, how) {
  return new Error(`${file} ${how}. Put back a copy of its folder, or start with --fresh to begin anew.`);
}

function checkSizes(database, folder) {
  for (const extent of database.getCollection("$EXTENTS_COLLECTION$")?.data ?? []) {
    const file = join(folder, extent.path);
    // One that is gone may be one that was being deleted: it matters where something is in it.
    const size = fs.statSync(file, { throwIfNoEntry: false })?.size ?? Infinity;
    if (size < extent.size)
      throw damaged(file, `is damaged: ${extent.size - size} of its ${extent.size} bytes are gone`);
  }
}

function checkChunks(service, database, extents, folder) {
  const known = new Map((extents.getCollection("$EXTENTS_COLLECTION$")?.data ?? []).map((extent) => [extent.id, join(folder, extent.path)]));
  const files = new Map(); // path -> file descriptor
  try {
    for (const { data } of database.collections)
      for (const document of data)
        for (const chunk of chunksOf(document))
          checkChunk(chunk, known.get(chunk.id), service === "queue" ? null : document, files);
  } finally {
    for (const file of files.values())
      fs.closeSync(file);
  }
}

function* chunksOf(document) {
  for (const part of [document, ...(document.committedBlocksInOrder ?? []), ...(document.pageRangesInOrder ?? [])])
    if (part.persistency?.count > 0 && part.persistency.id !== "*ZERO*")
      yield part.persistency;
}

const looked = Buffer.alloc(64);

// blob: whose chunk it is; null for a message's.
function checkChunk(chunk, path, blob, files) {
  const { offset, count } = chunk;
  if (path === undefined)
    return;
  if (!files.has(path)) {
    if (!fs.existsSync(path))
      throw damaged(path, "is gone");
    files.set(path, fs.openSync(path, "r"));
  }
  const file = files.get(path);
  const length = fs.readSync(file, looked, 0, Math.min(count, looked.length), offset);
  if (length < Math.min(count, looked.length))
    throw damaged(path, "is damaged: it ends before what was written to it");
  if (length < 16 || looked.subarray(0, length).some((byte) => byte !== 0))
    return;
  // A message never is of zeros. A blob may be, and its checksum says so; one that was put together of blocks has none for each.
  if (blob !== null) {
    const sum = blob.properties?.contentMD5;
    if (blob.persistency !== chunk || !sum)
      return;
    const bytes = Buffer.alloc(count);
    fs.readSync(file, bytes, 0, count, offset);
    if (createHash("md5").update(bytes).digest().equals(Buffer.from(Object.values(sum.data ?? sum))))
      return;
  }
  throw damaged(path, `is damaged: zeros stand where something was written (at ${offset})`);
}
