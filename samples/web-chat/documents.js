// The documents of a collection: their ingestion as it goes, files dropped or chosen to join them, and their deletion.
import * as api from "./api.js";
import * as streams from "./streams.js";
import { dropped } from "./dropped.js";
import { openPassage, openReason } from "./passage.js";

const section = document.getElementById("documents-section");
const list = document.getElementById("documents");
const count = document.getElementById("documents-count");
const news = document.getElementById("documents-news");
const drop = document.getElementById("drop");
const input = document.getElementById("files");
const settled = (d) => d.state === "ready" || d.state === "failed";

let collection = null;
let timer = 0;
let renewal = 0;
let generation = 0;
let isConnected = false;
let pushed = false; // whether the gateway says what changes
let known = new Map(); // path -> document
let uploads = new Map(); // path -> document-like state, until the gateway lists it
let doubted = null; // path of the document that the next click deletes
let doubt = 0;

function row(d) {
  const item = document.createElement("li");
  item.className = d.state;
  const button = document.createElement("button");
  button.className = "open";
  button.type = "button";
  button.title = d.document;
  const name = document.createElement("span");
  name.className = "name";
  name.textContent = d.document;
  const state = document.createElement("span");
  state.className = "state";
  state.textContent = d.state === "ready" ? `${d.chunks} ${d.chunks === 1 ? "passage" : "passages"}` : d.state;
  button.append(name, state);
  if (!settled(d)) {
    const progress = document.createElement("progress");
    progress.max = 100;
    if (d.state !== "deleting") progress.value = d.percent ?? 0;
    progress.setAttribute("aria-label", `${d.document}: ${d.state}`);
    button.append(progress);
  }
  if (d.error) {
    const why = document.createElement("span");
    why.className = "why";
    why.textContent = d.error;
    button.append(why);
  }
  if (d.state === "ready") button.addEventListener("click", () => openPassage(collection, d.document));
  else if (d.error) button.addEventListener("click", () => openReason(d.document, d.error));
  else button.disabled = true;
  item.append(button, removal(d));
  return item;
}

// The first click asks, the second deletes.
function removal(d) {
  const button = document.createElement("button");
  const isDoubted = doubted === d.document;
  button.className = isDoubted ? "remove sure" : "remove";
  button.type = "button";
  button.title = `Delete ${d.document}`;
  button.textContent = isDoubted ? "Delete?" : "\u00d7";
  button.setAttribute("aria-label", isDoubted ? `Delete ${d.document}: press again to delete it` : button.title);
  button.disabled = d.state === "uploading" || d.state === "deleting";
  button.addEventListener("click", () => {
    clearTimeout(doubt);
    doubted = isDoubted ? null : d.document;
    if (isDoubted) {
      remove(d);
      return;
    }
    doubt = setTimeout(() => { doubted = null; redraw(); }, 5000);
    redraw();
  });
  return button;
}

async function remove(d) {
  // What never got there needs no deletion.
  if (uploads.delete(d.document) && !known.has(d.document)) {
    redraw();
    return;
  }
  known.set(d.document, { ...d, state: "deleting", error: null });
  redraw();
  try {
    await api.remove(collection, d.document);
    news.textContent = `${d.document} is being deleted.`;
  } catch (error) {
    if (error.status !== 404) known.set(d.document, { ...d, error: error.message });
    else known.delete(d.document);
  }
  if (pushed) later(redraw());
  else refresh();
}

function show(documents) {
  const focused = document.activeElement?.closest?.("#documents button")?.title;
  list.replaceChildren(...documents.map(row));
  const ready = documents.filter((d) => d.state === "ready").length;
  count.textContent = ready === documents.length ? `${documents.length}` : `${ready} of ${documents.length} ready`;
  if (focused) [...list.querySelectorAll("button")].find((b) => b.title === focused)?.focus();
}

/** Shows what is known; uploads that the gateway has not told of yet stand beside it. */
function redraw() {
  const all = [...[...known.values()].filter((d) => !uploads.has(d.document)), ...uploads.values()];
  show(all.sort((a, b) => a.document.localeCompare(b.document)));
  return all;
}

function learn(d) {
  // A message that was overtaken says what was.
  if ((known.get(d.document)?.updated_at ?? "") > d.updated_at) return;
  known.set(d.document, d);
  const upload = uploads.get(d.document);
  if (!upload || d.updated_at <= upload.since) return;
  if (settled(d)) news.textContent = `${d.document} is ${d.state}.`;
  uploads.delete(d.document);
}

// The list is asked for once; from then on the gateway says what changes. It is asked for again where it falls silent in the middle of something, and at intervals
// only where there is no connection to say anything on.
async function refresh() {
  clearTimeout(timer);
  const mine = generation;
  try {
    const listed = await api.documents(collection);
    if (mine !== generation) return;
    const names = new Set(listed.map((d) => d.document));
    for (const name of [...known.keys()]) if (!names.has(name)) known.delete(name);
    listed.forEach(learn);
    later(redraw());
  } catch (error) {
    if (mine !== generation) return;
    count.textContent = error.status === 404 ? "none yet" : "not available";
    timer = setTimeout(refresh, 5000);
  }
}

function later(all) {
  clearTimeout(timer);
  const busy = !all.every(settled);
  if (!pushed) timer = setTimeout(refresh, busy ? 500 : 5000);
  else if (busy) timer = setTimeout(refresh, 10000);
}

async function subscribe() {
  clearTimeout(renewal);
  const mine = generation;
  if (!collection || !isConnected) return;
  try {
    const seconds = await api.subscribe(collection);
    if (mine !== generation) return;
    pushed = true;
    renewal = setTimeout(subscribe, seconds * 500);
  } catch {
    if (mine !== generation) return;
    pushed = false;
    renewal = setTimeout(subscribe, 5000);
  }
  // What happened before the subscription was told to nobody.
  refresh();
}

streams.hear("documents", (message) => {
  if (message.collection !== collection) return;
  message.documents.forEach(learn);
  for (const name of message.gone) if ((known.get(name)?.updated_at ?? "") <= message.at) known.delete(name);
  later(redraw());
}, (isThere) => {
  isConnected = isThere;
  pushed = false;
  if (isThere) subscribe();
  else if (collection) refresh();
});

async function add(files) {
  for await (const { path, file } of files) {
    uploads.set(path, { document: path, state: "uploading", percent: 0, since: new Date(Date.now() - 1000).toISOString() });
    redraw();
    try {
      await api.upload(collection, path, file);
    } catch (error) {
      uploads.set(path, { document: path, state: "failed", error: error.message, since: "~" });
    }
    if (pushed) later(redraw());
    else refresh();
  }
}

input.addEventListener("change", () => {
  add([...input.files].map((file) => ({ path: file.webkitRelativePath || file.name, file })));
  input.value = "";
});
for (const type of ["dragenter", "dragover"]) {
  document.addEventListener(type, (event) => {
    if (!collection || ![...(event.dataTransfer?.types ?? [])].includes("Files")) return;
    event.preventDefault();
    drop.classList.add("over");
  });
}
document.addEventListener("dragleave", (event) => { if (!event.relatedTarget) drop.classList.remove("over"); });
document.addEventListener("drop", (event) => {
  drop.classList.remove("over");
  if (!collection || !event.dataTransfer?.files.length) return;
  event.preventDefault();
  add(dropped(event.dataTransfer));
});

/** Shows the documents of `name`; null hides the section. */
export function showCollection(name) {
  if (name === collection) return;
  collection = name;
  generation += 1;
  uploads = new Map();
  known = new Map();
  doubted = null;
  pushed = false;
  clearTimeout(timer);
  clearTimeout(renewal);
  section.hidden = !name;
  list.replaceChildren();
  count.textContent = "";
  if (!name) return;
  refresh();
  subscribe();
}
