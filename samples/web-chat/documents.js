// The documents of a collection: their ingestion as it goes, and files dropped or chosen to join them.
import * as api from "./api.js";
import { openPassage } from "./passage.js";

const section = document.getElementById("documents-section");
const list = document.getElementById("documents");
const count = document.getElementById("documents-count");
const news = document.getElementById("documents-news");
const drop = document.getElementById("drop");
const input = document.getElementById("files");
const settled = (d) => d.state === "ready" || d.state === "failed";

let collection = null;
let timer = 0;
let generation = 0;
let uploads = new Map(); // path -> document-like state, until the gateway lists it

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
    progress.value = d.percent ?? 0;
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
  else button.disabled = true;
  item.append(button);
  return item;
}

function show(documents) {
  const focused = document.activeElement?.closest?.("#documents button")?.title;
  list.replaceChildren(...documents.map(row));
  const ready = documents.filter((d) => d.state === "ready").length;
  count.textContent = ready === documents.length ? `${documents.length}` : `${ready} of ${documents.length} ready`;
  if (focused) [...list.querySelectorAll("button")].find((b) => b.title === focused)?.focus();
}

async function refresh() {
  clearTimeout(timer);
  const mine = generation;
  try {
    const known = await api.documents(collection);
    if (mine !== generation) return;
    for (const d of known) {
      const upload = uploads.get(d.document);
      if (upload && (d.updated_at ?? "") > upload.since) {
        if (settled(d)) news.textContent = `${d.document} is ${d.state}.`;
        uploads.delete(d.document);
      }
    }
    const all = [...known.filter((d) => !uploads.has(d.document)), ...uploads.values()];
    show(all.sort((a, b) => a.document.localeCompare(b.document)));
    timer = setTimeout(refresh, all.every(settled) ? 5000 : 500);
  } catch (error) {
    if (mine !== generation) return;
    count.textContent = error.status === 404 ? "none yet" : "not available";
    timer = setTimeout(refresh, 5000);
  }
}

async function add(files) {
  for (const file of files) {
    const path = file.webkitRelativePath || file.name;
    uploads.set(path, { document: path, state: "uploading", percent: 0, since: new Date(Date.now() - 1000).toISOString() });
    try {
      await api.upload(collection, path, file);
    } catch (error) {
      uploads.set(path, { document: path, state: "failed", error: error.message, since: "~" });
    }
    refresh();
  }
}

input.addEventListener("change", () => {
  add([...input.files]);
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
  add([...event.dataTransfer.files]);
});

/** Shows the documents of `name`; null hides the section. */
export function showCollection(name) {
  if (name === collection) return;
  collection = name;
  generation += 1;
  uploads = new Map();
  clearTimeout(timer);
  section.hidden = !name;
  list.replaceChildren();
  count.textContent = "";
  if (name) refresh();
}
