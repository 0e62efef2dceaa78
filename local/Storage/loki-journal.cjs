// Makes every change of a Loki database outlive a kill of the process: it is appended to a journal beside the database before the answer
// to the request that made it leaves. Loki itself only ever writes the whole database, which for thousands of blobs takes longer than the
// half second in which an acknowledged upload may be lost. Now that is done when the journal has grown as large as the database, and at the
// end. The page cache outlives a process, so there is no fsync: a power cut may lose what the operating system has not yet written.
//
// A journal is a file NAME.journal.N of JSON lines: ["put", collection, document], ["del", collection, $loki], ["add", collection, options],
// ["drop", collection]. Each sets a state and depends on none, so that reading one again over a newer database changes nothing. A save begins
// the next N and deletes the earlier ones when it is done.
"use strict";
const fs = require("node:fs");
const { dirname, basename } = require("node:path");
const { ServerResponse } = require("node:http");
const { checkExtents } = require("./extents.cjs");

/** The exit code that says that starting again changes nothing (EX_CONFIG of sysexits.h). */
exports.noRestart = 78;

const smallestLimit = 1 << 20; // bytes of journal before the database is written

const journals = new Map(); // Loki database -> Journal
const owners = new WeakMap(); // Loki collection -> Journal

class Journal {
  constructor(database, path) {
    this.database = database;
    this.path = path;
    this.pending = [];
    this.file = null;
    this.length = 0;
    this.limit = smallestLimit;
    this.saving = false;
    const names = fs.existsSync(dirname(path)) ? fs.readdirSync(dirname(path)) : [];
    const prefix = `${basename(path)}.journal.`;
    this.numbers = names.filter((name) => name.startsWith(prefix)).map((name) => Number(name.slice(prefix.length))).filter(Number.isInteger).sort((a, b) => a - b);
    this.number = (this.numbers.at(-1) ?? 0) + 1;
  }

  name(number) {
    return `${this.path}.journal.${number}`;
  }

  append(...change) {
    this.pending.push(JSON.stringify(change));
    schedule();
  }

  // Writes what is pending; what cannot be written stays pending.
  flush() {
    if (this.pending.length === 0)
      return;
    const lines = Buffer.from(this.pending.join("\n") + "\n");
    try {
      let written = this.open(lines);
      while (written < lines.length)
        written += fs.writeSync(this.file, lines, written);
    } catch (error) {
      if (this.file !== null)
        fs.ftruncateSync(this.file, this.length);
      throw new Error(`${this.name(this.number)} cannot be written (${error.code}): nothing is acknowledged until it can. Free some space on its disk.`);
    }
    this.pending = [];
    this.length += lines.length;
    if (this.length > this.limit && !this.saving) {
      this.saving = true;
      setImmediate(() => this.database.saveDatabase((error) => {
        this.saving = false;
        if (error)
          complain(error);
      }));
    }
  }

  // A journal begins with its first lines, in one step: an empty one is always one whose changes are lost. Returns how much of them is written.
  open(lines) {
    if (this.file !== null)
      return 0;
    const name = this.name(this.number);
    fs.writeFileSync(`${name}.new`, lines, { mode: 0o600 });
    fs.renameSync(`${name}.new`, name);
    this.file = fs.openSync(name, "a");
    return lines.length;
  }

  // What follows belongs to the next journal; returns a function that deletes the earlier ones.
  begin(size) {
    this.flush();
    if (this.file !== null) {
      fs.closeSync(this.file);
      this.numbers.push(this.number++);
      this.file = null;
      this.length = 0;
    }
    this.limit = Math.max(smallestLimit, size);
    const saved = this.numbers;
    return () => {
      for (const number of saved)
        fs.rmSync(this.name(number), { force: true });
      this.numbers = this.numbers.filter((number) => !saved.includes(number));
    };
  }

  // The changes that the database may not hold. The last line of a journal may be torn: nobody was told that it was done.
  *read() {
    for (const number of this.numbers) {
      const text = fs.readFileSync(this.name(number), "utf8");
      const lines = text.split("\n");
      if (text.length === 0 || !isTorn(lines.pop()))
        throw new Error(`${this.name(number)} ${text.length === 0 ? "is empty" : "is damaged at its end"}: the last changes are lost. Put back a copy of its folder, start with --fresh to begin anew, or delete the file to go on without them.`);
      for (const [index, line] of lines.entries()) {
        let change;
        try {
          change = JSON.parse(line);
        } catch {
          throw new Error(`${this.name(number)} is damaged at line ${index + 1}. Put back a copy of its folder, or start with --fresh to begin anew.`);
        }
        yield change;
      }
    }
  }
}

// Whether a line is the beginning of one that was being written, or none of it: a hole that a disk left (zeros, anything) is not.
function isTorn(line) {
  return line.startsWith('["'.slice(0, line.length)) && !/[\0-\x1f]/.test(line);
}

let complained = null;
function complain(error) {
  if (complained !== error.message)
    console.error(error.message);
  complained = error.message;
}

let scheduled = false;
function schedule() {
  if (scheduled)
    return;
  scheduled = true;
  // After the whole of a request's work: a table's transaction is then one write.
  setImmediate(() => {
    scheduled = false;
    try {
      flush();
    } catch (error) {
      complain(error);
      setTimeout(schedule, 1000).unref();
    }
  });
}

function flush() {
  for (const journal of journals.values())
    journal.flush();
}

// The state of a database file with its journals' changes.
function applyTo(state, changes) {
  const byName = new Map(state.collections.map((collection) => [collection.name, { collection, documents: null }]));
  for (const [kind, name, value] of changes) {
    if (kind === "add" && !byName.has(name))
      byName.set(name, { options: value, documents: new Map() });
    else if (kind === "drop")
      byName.delete(name);
    const entry = byName.get(name);
    if (!entry || (kind !== "put" && kind !== "del"))
      continue;
    entry.documents ??= new Map(entry.collection.data.map((document) => [document.$loki, document]));
    if (kind === "put")
      entry.documents.set(value.$loki, value);
    else
      entry.documents.delete(value);
  }
  return byName;
}

function load(database, journal, text) {
  let state;
  try {
    state = JSON.parse(text);
    if (!Array.isArray(state?.collections))
      throw new Error();
  } catch {
    throw new Error(`${journal.path} is damaged (${text.length === 0 ? "empty" : "not a database"}). Put back a copy of its folder, or start with --fresh to begin anew.`);
  }
  const changed = applyTo(state, journal.read());
  state.collections = state.collections.filter(({ name }) => changed.get(name)?.collection);
  for (const collection of state.collections) {
    const documents = changed.get(collection.name).documents;
    if (documents === null)
      continue;
    collection.data = [...documents.values()].sort((a, b) => a.$loki - b.$loki);
    collection.maxId = Math.max(collection.maxId ?? 0, collection.data.at(-1)?.$loki ?? 0);
  }
  database.loadJSONObject(state);
  for (const [name, { collection, options, documents }] of changed) {
    const loaded = collection ? database.getCollection(name) : database.addCollection(name, options);
    if (!documents)
      continue;
    if (!collection) {
      loaded.data = [...documents.values()].sort((a, b) => a.$loki - b.$loki);
      loaded.maxId = loaded.data.at(-1)?.$loki ?? 0;
    }
    loaded.idIndex = null;
    loaded.ensureId();
    loaded.constraints.unique = {};
    loaded.ensureAllIndexes(true);
    loaded.dirty = true;
  }
}

/** Gives every file-backed database of this Loki a journal. Called once, before any is opened. */
exports.install = function (Loki) {
  const { prototype } = Loki;
  const collectionOf = Loki.Collection.prototype;
  let loading = false;

  const configureOptions = prototype.configureOptions;
  prototype.configureOptions = function (options, initial) {
    if (initial && options?.persistenceMethod === "fs")
      journals.set(this, new Journal(this, this.filename));
    return configureOptions.call(this, options, initial);
  };

  // Saved when a journal has grown and at the end, not by a timer.
  const autosaveEnable = prototype.autosaveEnable;
  prototype.autosaveEnable = function (...rest) {
    if (!journals.has(this))
      return autosaveEnable.apply(this, rest);
    this.autosave = true;
  };

  prototype.loadDatabaseInternal = function (options, callback) {
    const journal = journals.get(this);
    loading = true;
    try {
      load(this, journal, fs.readFileSync(journal.path, "utf8"));
      checkExtents(this, journal.path);
    } catch (error) {
      console.error(error.message);
      process.exit(exports.noRestart);
    }
    loading = false;
    for (const collection of this.collections)
      owners.set(collection, journal);
    callback(null);
  };

  const saveDatabaseInternal = prototype.saveDatabaseInternal;
  prototype.saveDatabaseInternal = function (callback) {
    const journal = journals.get(this);
    if (!journal)
      return saveDatabaseInternal.call(this, callback);
    let done;
    try {
      done = journal.begin(fs.statSync(journal.path, { throwIfNoEntry: false })?.size ?? 0);
    } catch (error) {
      return callback?.(error);
    }
    return saveDatabaseInternal.call(this, (error) => {
      if (error)
        for (const collection of this.collections)
          collection.dirty = true;
      else
        done();
      callback?.(error);
    });
  };

  const addCollection = prototype.addCollection;
  prototype.addCollection = function (name, options) {
    const known = this.collections.length;
    const collection = addCollection.call(this, name, options);
    const journal = journals.get(this);
    if (journal && !loading && this.collections.length > known) {
      owners.set(collection, journal);
      journal.append("add", name, options ?? {});
    }
    return collection;
  };

  const removeCollection = prototype.removeCollection;
  prototype.removeCollection = function (name) {
    removeCollection.call(this, name);
    journals.get(this)?.append("drop", name);
  };

  for (const method of ["insertOne", "update"]) {
    const original = collectionOf[method];
    collectionOf[method] = function (...given) {
      const document = original.apply(this, given);
      if (document && !Array.isArray(document))
        owners.get(this)?.append("put", this.name, document);
      return document;
    };
  }

  const remove = collectionOf.remove;
  collectionOf.remove = function (document) {
    const id = typeof document === "number" ? document : Array.isArray(document) ? undefined : document?.$loki;
    const removed = remove.call(this, document);
    if (id !== undefined && removed !== null)
      owners.get(this)?.append("del", this.name, id);
    return removed;
  };

  const removeBatchByPositions = collectionOf.removeBatchByPositions;
  collectionOf.removeBatchByPositions = function (positions) {
    const ids = positions.map((position) => this.data[position].$loki);
    removeBatchByPositions.call(this, positions);
    for (const id of ids)
      owners.get(this)?.append("del", this.name, id);
  };

  // No answer leaves before what it acknowledges is in the journal. Where that cannot be, the connection ends without one.
  const writeHead = ServerResponse.prototype.writeHead;
  ServerResponse.prototype.writeHead = function (...given) {
    try {
      flush();
    } catch (error) {
      complain(error);
      this.destroy();
      return this;
    }
    return writeHead.apply(this, given);
  };
};
