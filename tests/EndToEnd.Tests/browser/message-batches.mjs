// Anthropic's own client, unchanged: a message batch is made, its results are read, one is cancelled, both are deleted.
// usage: node message-batches.mjs BASE CHAT_ROUTE
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import path from "node:path";

const require = createRequire(path.join(process.env.REPOSITORY, "package.json"));
const { default: Anthropic, NotFoundError, BadRequestError } = require("@anthropic-ai/sdk");
const [base, chat] = process.argv.slice(2);
const client = new Anthropic({ baseURL: base, apiKey: "any", maxRetries: 0 });
const batches = client.messages.batches;

const end = async (batch) => {
  const late = Date.now() + 120_000;
  while (batch.processing_status !== "ended") {
    assert.ok(Date.now() < late, `the batch is ${batch.processing_status} after two minutes`);
    await new Promise((resolve) => setTimeout(resolve, 500));
    batch = await batches.retrieve(batch.id);
  }
  return batch;
};

const requests = Array.from({ length: 40 }, (_, i) => ({ custom_id: `q${i}`, params: { model: i === 7 ? "no-such-route" : chat, max_tokens: 8, messages: [{ role: "user", content: `What is compost, ${i}?` }] } }));
const made = await batches.create({ requests });
assert.equal(made.type, "message_batch");
assert.equal(made.processing_status, "in_progress");
assert.deepEqual(made.request_counts, { processing: 40, succeeded: 0, errored: 0, canceled: 0, expired: 0 });
await assert.rejects(batches.delete(made.id), (error) => error instanceof BadRequestError);

const batch = await end(made);
assert.deepEqual(batch.request_counts, { processing: 0, succeeded: 39, errored: 1, canceled: 0, expired: 0 });
const lines = [];
for await (const line of await batches.results(batch.id)) lines.push(line);
assert.deepEqual(lines.map((line) => line.custom_id), requests.map((request) => request.custom_id));
for (const { custom_id, result } of lines) {
  if (custom_id === "q7") assert.equal(result.error.error.type, "not_found_error");
  else assert.deepEqual([result.type, result.message.type, result.message.role], ["succeeded", "message", "assistant"]);
}

const cancelled = await batches.create({ requests });
assert.ok(["canceling", "ended"].includes((await batches.cancel(cancelled.id)).processing_status));
const stopped = await end(cancelled);
assert.equal(stopped.request_counts.succeeded + stopped.request_counts.errored + stopped.request_counts.canceled, 40);

const listed = [];
for await (const one of batches.list({ limit: 1 })) listed.push(one.id);
assert.deepEqual(listed.slice(0, 2), [cancelled.id, batch.id]);

assert.equal((await batches.delete(batch.id)).type, "message_batch_deleted");
await assert.rejects(batches.retrieve(batch.id), (error) => error instanceof NotFoundError && error.error.error.type === "not_found_error");
await assert.rejects(batches.create({ requests: [requests[0], requests[0]] }), (error) => error instanceof BadRequestError && error.error.error.param === "requests[1].custom_id");
console.log("ok");
