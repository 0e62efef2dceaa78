// The openai package, unchanged: a file is uploaded, a batch asks its requests, its answers are read; one is cancelled; files are deleted. Then the same by its client of Azure OpenAI.
// usage: node batches.mjs BASE CHAT_ROUTE EMBEDDINGS_ROUTE
import { createRequire } from "node:module";
import assert from "node:assert/strict";
import path from "node:path";

const [base, chatRoute, embeddingsRoute] = process.argv.slice(2);
const require = createRequire(path.join(process.env.REPOSITORY, "package.json"));
const { AzureOpenAI, OpenAI, toFile } = require("openai");
const client = new OpenAI({ baseURL: `${base}/v1`, apiKey: "any", maxRetries: 0 });

const upload = async (url, bodies, by = client) => {
  const lines = bodies.map((body, i) => JSON.stringify({ custom_id: `q${i}`, method: "POST", url, body }));
  return by.files.create({ file: await toFile(Buffer.from(lines.join("\n")), "questions.jsonl"), purpose: "batch", expires_after: { anchor: "created_at", seconds: 3600 } });
};

const end = async (batch) => {
  const late = Date.now() + 120_000;
  while (!["completed", "failed", "expired", "cancelled"].includes(batch.status)) {
    assert.ok(Date.now() < late, `the batch is ${batch.status} after two minutes`);
    await new Promise((resolve) => setTimeout(resolve, 500));
    batch = await client.batches.retrieve(batch.id);
  }
  return batch;
};

const read = async (id) => (await (await client.files.content(id)).text()).trim().split("\n").map((line) => JSON.parse(line));

const chats = Array.from({ length: 40 }, (_, i) => ({ model: i === 7 ? "no-such-route" : chatRoute, messages: [{ role: "user", content: `What is compost, ${i}?` }], max_tokens: 8 }));
const input = await upload("/v1/chat/completions", chats);
assert.equal(input.purpose, "batch");
const made = await client.batches.create({ input_file_id: input.id, endpoint: "/v1/chat/completions", completion_window: "24h", metadata: { of: "tests" } });
assert.equal(made.status, "validating");
const batch = await end(made);
assert.equal(batch.status, "completed");
assert.deepEqual(batch.request_counts, { total: 40, completed: 39, failed: 1 });
assert.deepEqual(batch.metadata, { of: "tests" });
const answers = await read(batch.output_file_id);
assert.deepEqual(answers.map((line) => line.custom_id), chats.map((_, i) => `q${i}`).filter((id) => id !== "q7"));
assert.ok(answers.every((line) => line.response.status_code === 200 && line.response.body.choices[0].message.role === "assistant"));
const [refused] = await read(batch.error_file_id);
assert.equal(refused.response.body.error.code, "route_not_found");

const vectors = await end(await client.batches.create({ input_file_id: (await upload("/v1/embeddings", [{ model: embeddingsRoute, input: ["soil", "water"] }])).id, endpoint: "/v1/embeddings", completion_window: "24h" }));
assert.equal((await read(vectors.output_file_id))[0].response.body.data.length, 2);

const cancelled = await client.batches.create({ input_file_id: input.id, endpoint: "/v1/chat/completions", completion_window: "24h" });
assert.ok(["cancelling", "cancelled"].includes((await client.batches.cancel(cancelled.id)).status));
assert.equal((await end(cancelled)).status, "cancelled");

const batches = [];
for await (const one of client.batches.list({ limit: 2 })) batches.push(one.id);
assert.deepEqual(batches.slice(0, 3), [cancelled.id, vectors.id, batch.id]);

const files = [];
for await (const file of client.files.list({ purpose: "batch" })) files.push(file.id);
assert.ok(files.includes(input.id));
assert.ok((await client.files.delete(input.id)).deleted);
await assert.rejects(client.files.retrieve(input.id), (error) => error.status === 404 && error.code === "file_not_found");

// Azure's dated paths, with and without a deployment of the client's own.
for (const deployment of [undefined, chatRoute]) {
  const azure = new AzureOpenAI({ endpoint: base, apiKey: "any", apiVersion: "2024-10-21", deployment, maxRetries: 0 });
  const file = await upload("/chat/completions", chats.slice(0, 3), azure);
  assert.equal((await azure.files.retrieve(file.id)).status, "processed");
  const started = await azure.batches.create({ input_file_id: file.id, endpoint: "/chat/completions", completion_window: "24h" });
  const ended = await end(started);
  assert.deepEqual((await azure.batches.retrieve(ended.id)).request_counts, { total: 3, completed: 3, failed: 0 });
  const said = (await (await azure.files.content(ended.output_file_id)).text()).trim().split("\n").map((line) => JSON.parse(line).custom_id);
  assert.deepEqual(said, ["q0", "q1", "q2"]);
  const found = [];
  for await (const one of azure.batches.list()) found.push(one.id);
  assert.equal(found[0], ended.id);
  await azure.files.delete(file.id);
  await assert.rejects(azure.files.retrieve(file.id), (error) => error.status === 404);
}

console.log("ok");
