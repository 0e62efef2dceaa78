// The openai package, unchanged, against a gateway: chats, completions, embeddings, models, errors.
// usage: node openai.mjs BASE CHAT_ROUTE COMPLETIONS_ROUTE EMBEDDINGS_ROUTE TOOLS_ROUTE
import { createRequire } from "node:module";
import assert from "node:assert/strict";
import path from "node:path";

const [base, chatRoute, completionsRoute, embeddingsRoute, toolsRoute] = process.argv.slice(2);
const require = createRequire(path.join(process.env.REPOSITORY, "package.json"));
const { OpenAI } = require("openai");
const client = new OpenAI({ baseURL: `${base}/v1`, apiKey: "any", maxRetries: 0 });
const messages = [{ role: "user", content: "What is compost?" }];

const chat = await client.chat.completions.create({ model: chatRoute, messages, max_tokens: 16, temperature: 0 });
assert.equal(chat.object, "chat.completion");
assert.equal(chat.choices[0].message.role, "assistant");
assert.ok(chat.usage.total_tokens > 0);

const stream = await client.chat.completions.create({ model: chatRoute, messages, max_tokens: 16, temperature: 0, stream: true, stream_options: { include_usage: true } });
let text = "", usage, finish;
for await (const chunk of stream) {
  text += chunk.choices[0]?.delta?.content ?? "";
  finish ??= chunk.choices[0]?.finish_reason ?? undefined;
  usage ??= chunk.usage ?? undefined;
}
assert.equal(text, chat.choices[0].message.content);
assert.equal(finish, chat.choices[0].finish_reason);
assert.deepEqual(usage.completion_tokens, chat.usage.completion_tokens);

const completion = await client.completions.create({ model: completionsRoute, prompt: "Compost is", max_tokens: 8, temperature: 0 });
assert.equal(completion.object, "text_completion");

const embeddings = await client.embeddings.create({ model: embeddingsRoute, input: ["soil", "water"] });
assert.equal(embeddings.data.length, 2);
assert.ok(embeddings.data[0].embedding.every((number) => Number.isFinite(number)));

const models = [];
for await (const model of client.models.list()) models.push(model.id);
assert.ok(models.includes(chatRoute));

const tools = [{ type: "function", function: { name: "weather", parameters: { type: "object", properties: { city: { type: "string" } } } } }];
const asked = await client.chat.completions.create({ model: toolsRoute, messages, tools, tool_choice: "required" });
assert.equal(asked.choices[0].finish_reason, "tool_calls");
assert.equal(asked.choices[0].message.tool_calls[0].function.name, "weather");

const runner = client.chat.completions.stream({ model: toolsRoute, messages, tools, tool_choice: "required" });
assert.equal((await runner.finalMessage()).tool_calls[0].function.name, "weather");

await assert.rejects(client.chat.completions.create({ model: "no-such-route", messages }), (error) => error.status === 404 && error.code === "route_not_found");
await assert.rejects(client.chat.completions.create({ model: chatRoute, messages, temperature: 9 }), (error) => error.status === 400 && error.param === "temperature");
console.log("ok");
