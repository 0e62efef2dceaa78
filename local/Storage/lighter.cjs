// What Azurite does at each start, request and removal for nothing, left out; its answers are the same.
"use strict";

/** Before Azurite is loaded; load: the require of its package. For one with --disableTelemetry. */
exports.install = function (load) {
  leaveOutTelemetryClient(load);
  keepTemplates(load);
  removeFewOneByOne(load("lokijs").Collection.prototype);
};

// The client is loaded also where telemetry is off: two thirds of the processor time that loading Azurite takes.
function leaveOutTelemetryClient(load) {
  replace(load, "applicationinsights", {});
}

// The template of each operation's path is parsed anew for each request. One that is parsed has no state.
function keepTemplates(load) {
  const parse = load("uri-templates");
  const parsed = new Map();
  replace(load, "uri-templates", (template) => {
    if (!parsed.has(template))
      parsed.set(template, parse(template));
    return parsed.get(template);
  });
}

function replace(load, name, exports) {
  const filename = load.resolve(name);
  load.cache[filename] = { id: filename, filename, loaded: true, exports };
}

// Loki sorts all indexes of a collection anew when something is removed by a query, which is what a deleted blob is: for the few documents
// that a request removes, one at a time is far cheaper.
const fewDocuments = 16;

function removeFewOneByOne(collection) {
  const removeBatchByPositions = collection.removeBatchByPositions;
  collection.removeBatchByPositions = function (positions) {
    if (positions.length > fewDocuments)
      return removeBatchByPositions.call(this, positions);
    for (const document of positions.map((position) => this.data[position])) {
      // Whoever asked for the removal goes on with the document.
      const { $loki, meta } = document;
      this.remove(document);
      Object.assign(document, { $loki, meta });
    }
  };
}
