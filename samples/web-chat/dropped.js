// The files of what was dropped on the page, folders opened.
const asFile = (entry) => new Promise((resolve, reject) => { entry.file(resolve, reject); });
const some = (reader) => new Promise((resolve, reject) => { reader.readEntries(resolve, reject); });

async function* within(entry) {
  if (entry.isFile) {
    yield { path: entry.fullPath.replace(/^\//, ""), file: await asFile(entry) };
    return;
  }
  // A browser names a hundred at a time, and none when it has named all.
  const reader = entry.createReader();
  for (let entries = await some(reader); entries.length; entries = await some(reader)) {
    for (const inner of entries) {
      // What systems leave in folders, as .DS_Store, is no document of anybody's.
      if (!inner.name.startsWith(".")) yield* within(inner);
    }
  }
}

/** Each file with its path within what was dropped, as `{path, file}`. To be called while the drop is being handled: it is empty afterwards. */
export function dropped(transfer) {
  const items = [...transfer.items].filter((item) => item.kind === "file").map((item) => ({ entry: item.webkitGetAsEntry?.(), file: item.getAsFile() }));
  return (async function* all() {
    for (const { entry, file } of items) {
      if (entry) yield* within(entry);
      else if (file) yield { path: file.name, file };
    }
  })();
}
