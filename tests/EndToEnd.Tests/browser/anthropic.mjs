// Anthropic's own client against the gateway: an answer, a stream, tools and their results, JSON of a schema, what a rag route cites, errors.
// usage: node anthropic.mjs BASE CHAT_ROUTE TOOLS_ROUTE
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import path from "node:path";

const require = createRequire(path.join(process.env.REPOSITORY, "package.json"));
const { default: Anthropic, NotFoundError, BadRequestError } = require("@anthropic-ai/sdk");
const [base, chat, tools] = process.argv.slice(2);
const client = new Anthropic({ baseURL: base, apiKey: "any", maxRetries: 0 });

const context = "Context:\nRoses like sun.\n\nTomatoes need support.\n\nQuestion: What do tomatoes need?";
const ask = { model: chat, max_tokens: 32, temperature: 0, messages: [{ role: "user", content: context }] };
const whole = await client.messages.create(ask);
assert.equal(whole.type, "message");
assert.equal(whole.role, "assistant");
assert.equal(whole.content[0].type, "text");
assert.match(whole.content[0].text, /Tomatoes need support/);
assert.equal(whole.stop_reason, "end_turn");
assert.ok(whole.usage.input_tokens > 0 && whole.usage.output_tokens > 0);

const stream = client.messages.stream(ask);
let text = "";
stream.on("text", (piece) => { text += piece; });
const streamed = await stream.finalMessage();
assert.equal(text, whole.content[0].text);
assert.deepEqual(streamed.content.map((block) => block.text), [text]);
assert.deepEqual([streamed.stop_reason, streamed.usage.output_tokens], ["end_turn", whole.usage.output_tokens]);

const short = await client.messages.create({ ...ask, max_tokens: 2 });
assert.equal(short.stop_reason, "max_tokens");

const weather = { name: "weather", description: "How warm it is.", input_schema: { type: "object", properties: { city: { type: "string" } }, required: ["city"] } };
const question = { role: "user", content: "How warm is it in Oslo?" };
for (const isStream of [false, true]) {
  const send = (body) => (isStream ? client.messages.stream(body).finalMessage() : client.messages.create(body));
  const called = await send({ model: tools, max_tokens: 100, messages: [question], tools: [weather] });
  assert.equal(called.stop_reason, "tool_use");
  const call = called.content.find((block) => block.type === "tool_use");
  assert.deepEqual([call.name, call.input], ["weather", { city: "Oslo", degrees: 7 }]);
  const result = { role: "user", content: [{ type: "tool_result", tool_use_id: call.id, content: "7 degrees" }] };
  const told = await send({ model: tools, max_tokens: 100, messages: [question, { role: "assistant", content: called.content }, result], tools: [weather] });
  assert.equal(told.stop_reason, "end_turn");
  assert.match(told.content[0].text, /7/);
}

const cited = await client.messages.create({ model: "gardening", max_tokens: 100, messages: [{ role: "user", content: "Why is my Fiddle Fig tree dropping its leaves?" }] });
assert.match(cited.content[0].text, /overwatered/);
assert.ok(cited.citations.length > 0);

await assert.rejects(client.messages.create({ ...ask, model: "nobody" }), (error) => error instanceof NotFoundError && error.error.type === "error" && error.error.error.type === "not_found_error");
await assert.rejects(client.messages.create({ ...ask, temperature: 3 }), (error) => error instanceof BadRequestError && /temperature/.test(error.message));
console.log("ok");
