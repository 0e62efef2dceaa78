// Prints, as JSON, what the Bicep files under a folder declare and use, read with tree-sitter's grammar of Bicep.
// usage: node bicep.mjs REPOSITORY FOLDER
import fs from "node:fs";
import path from "node:path";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const [repository, folder] = process.argv.slice(2);
const require = createRequire(path.join(repository, "package.json"));
const { Parser, Language } = await import(pathToFileURL(path.join(repository, "node_modules/web-tree-sitter/web-tree-sitter.js")));
await Parser.init();
const parser = new Parser();
parser.setLanguage(await Language.load(require.resolve("tree-sitter-bicep/tree-sitter-bicep.wasm")));

const named = (node) => node.namedChildren.filter((c) => c && c.type !== "decorators" && c.type !== "comment");
const unquote = (text) => text.replace(/^'|'$/g, "");
const property = (object, name) => named(object).find((p) => p.type === "object_property" && unquote(named(p)[0].text) === name);
const keys = (object) => named(object).filter((p) => p.type === "object_property").map((p) => unquote(named(p)[0].text));
const objectOf = (node) => node.type === "object" ? node : node.namedChildren.map((c) => c && objectOf(c)).find(Boolean);

const files = fs.readdirSync(folder, { recursive: true }).filter((f) => f.endsWith(".bicep")).sort();
const result = files.map((file) => {
  const tree = parser.parse(fs.readFileSync(path.join(folder, file), "utf8"));
  const found = { file, errors: [], parameters: [], outputs: [], modules: [], resources: [], outputUses: [], settings: [], strings: [] };
  (function walk(node) {
    if (node.isError || node.isMissing) found.errors.push(`${file}:${node.startPosition.row + 1}:${node.startPosition.column + 1}`);
    const parts = named(node);
    if (node.type === "parameter_declaration") found.parameters.push({ name: parts[0].text, optional: parts.length > 2 });
    if (node.type === "output_declaration") found.outputs.push(parts[0].text);
    if (node.type === "string") found.strings.push(unquote(node.text));
    if (node.type === "module_declaration") {
      const params = property(objectOf(node), "params");
      found.modules.push({ name: parts[0].text, path: path.join(path.dirname(file), unquote(parts[1].text)), params: params ? keys(objectOf(params)) : [] });
    }
    if (node.type === "resource_declaration") {
      const type = unquote(parts[1].text);
      found.resources.push(type);
      const name = property(objectOf(node), "name");
      if (type === "config" && name && unquote(named(name)[1].text) === "appsettings") found.settings.push(...keys(objectOf(property(objectOf(node), "properties"))));
    }
    const use = node.type === "member_expression" && node.text.match(/^(\w+)\.outputs\.(\w+)$/);
    if (use) found.outputUses.push({ module: use[1], output: use[2] });
    node.children.forEach(walk);
  })(tree.rootNode);
  return found;
});
console.log(JSON.stringify(result));
