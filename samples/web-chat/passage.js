// The dialog that shows a document's text with the cited passage marked.
import * as api from "./api.js";

const dialog = document.getElementById("passage");
const title = document.getElementById("passage-title");
const where = document.getElementById("passage-where");
const body = document.getElementById("passage-text");

document.getElementById("passage-close").addEventListener("click", () => dialog.close());
dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });

/** Shows why there is nothing to read of a document. */
export function openReason(path, reason) {
  title.textContent = path;
  where.textContent = "failed";
  body.textContent = reason;
  if (!dialog.open) dialog.showModal();
}

/** Opens a document; a citation {start, end, heading, text} is marked and scrolled to. */
export async function openPassage(collection, path, citation) {
  title.textContent = path;
  where.textContent = citation?.heading ?? collection;
  body.textContent = citation?.text ?? "Loading the text.";
  if (!dialog.open) dialog.showModal();
  try {
    const text = await api.documentText(collection, path);
    if (title.textContent !== path) return;
    if (!citation) {
      body.textContent = text;
      body.scrollTop = 0;
      return;
    }
    // The document may have been replaced since it was cited: then the passage stays what was cited.
    if (text.slice(citation.start, citation.end) !== citation.text) {
      where.textContent = `${where.textContent} (the document has changed since)`;
      return;
    }
    const mark = document.createElement("mark");
    mark.textContent = citation.text;
    body.replaceChildren(text.slice(0, citation.start), mark, text.slice(citation.end));
    mark.scrollIntoView({ block: "center" });
  } catch (error) {
    if (!citation) body.textContent = error.message;
  }
}
