// The Model Context Protocol's own client for JavaScript, and OpenAI's agents with the gateway as their server: what there is, a search, a document read on, an answer with its progress, errors.
// usage: node mcp.mjs BASE COLLECTION ROUTE KEY_THAT_MAY_NOT QUESTION
import assert from "node:assert/strict";
import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { MCPServerStreamableHttp } from "@openai/agents";

const [base, collection, route, stranger, question] = process.argv.slice(2);
const url = new URL(`${base}/mcp`);

const connect = async (headers = {}) => {
  const client = new Client({ name: "tests", version: "1.0.0" });
  await client.connect(new StreamableHTTPClientTransport(url, { requestInit: { headers } }));
  return client;
};

const client = await connect();
const { tools } = await client.listTools();
assert.deepEqual(tools.map((tool) => tool.name).filter((name) => !name.startsWith("ask_") || name === `ask_${route}`), ["search", "fetch", `ask_${route}`]);
assert.ok(tools.every((tool) => tool.annotations.readOnlyHint));

const found = await client.callTool({ name: "search", arguments: { query: question, collection, top: 3 } });
const { results } = found.structuredContent;
assert.equal(results.length, 3);
assert.deepEqual(JSON.parse(found.content[0].text), found.structuredContent);
const read = await client.callTool({ name: "fetch", arguments: { id: results[0].id } });
assert.ok(read.structuredContent.text.includes(results[0].text));
assert.equal((await fetch(read.structuredContent.url)).status, 200);

const progress = [];
const told = await client.callTool({ name: `ask_${route}`, arguments: { question } }, { onprogress: (update) => progress.push(update.progress) });
assert.ok(told.structuredContent.answered);
assert.match(told.structuredContent.answer, /\[1\]/);
assert.deepEqual(told.structuredContent.citations[0].id, results[0].id);
assert.ok(progress.every((value) => value > 0));
const document = results[0].document.split("/").map(encodeURIComponent).join("/");
assert.ok((await client.readResource({ uri: `document:///${collection}/${document}` })).contents[0].text.includes(results[0].text));

const wrong = await client.callTool({ name: "search", arguments: { query: question, top: 99 } });
assert.ok(wrong.isError);
assert.match(wrong.content[0].text, /'top' must be an integer from 1 to 20/);
await assert.rejects(client.callTool({ name: "no_such_tool", arguments: {} }), (error) => error.code === -32602);

const nobody = await connect({ authorization: `Bearer ${stranger}` });
assert.deepEqual((await nobody.listTools()).tools, []);
for (const [name, input] of [["fetch", { id: results[0].id }], ["search", { query: question }], ["search", { query: question, collection }]]) {
  const refused = await nobody.callTool({ name, arguments: input });
  assert.ok(refused.isError);
  assert.match(refused.content[0].text, /^(document|collection)_not_found: /);
}
await assert.rejects(nobody.callTool({ name: `ask_${route}`, arguments: { question } }), (error) => error.code === -32602);
await assert.rejects(connect({ authorization: "Bearer sk-0123456789abcdef-wrong" }));

const server = new MCPServerStreamableHttp({ url: url.href, name: "documents" });
await server.connect();
assert.ok((await server.listTools()).some((tool) => tool.name === "search"));
const content = await server.callTool("search", { query: question, collection, top: 1 });
assert.equal(JSON.parse(content[0].text).results[0].id, results[0].id);
await server.close();
await client.close();
await nobody.close();
console.log("ok");
