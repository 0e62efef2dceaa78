// langchain and @langchain/openai, unchanged, against a gateway: answers, streams, structured output, an agent with a tool, embeddings.
// usage: node langchain.mjs BASE CHAT_ROUTE EMBEDDINGS_ROUTE TOOLS_ROUTE
import { createRequire } from "node:module";
import assert from "node:assert/strict";
import path from "node:path";

const [base, chatRoute, embeddingsRoute, toolsRoute] = process.argv.slice(2);
const require = createRequire(path.join(process.env.REPOSITORY, "package.json"));
const { ChatOpenAI, OpenAIEmbeddings } = require("@langchain/openai");
const { createAgent, tool } = require("langchain");
const { z } = require("zod");
const configuration = { baseURL: `${base}/v1` };
const model = (name) => new ChatOpenAI({ model: name, apiKey: "any", configuration, maxRetries: 0, temperature: 0 });

const answer = await model(chatRoute).invoke("What is compost?");
assert.equal(typeof answer.content, "string");
assert.ok(answer.usage_metadata.total_tokens > 0);

let text = "";
for await (const piece of await model(chatRoute).stream("What is compost?")) text += piece.content;
assert.equal(text, answer.content);

const city = z.object({ city: z.string(), degrees: z.number() });
for (const method of ["functionCalling", "jsonSchema"]) {
  const structured = await model(toolsRoute).withStructuredOutput(city, { name: "weather", method }).invoke("How warm is it in Oslo?");
  assert.deepEqual(structured, { city: "Oslo", degrees: 7 }, method);
}

const seen = [];
const weather = tool(({ city: name }) => { seen.push(name); return `${name}: 7 degrees`; }, { name: "weather", description: "The weather of a city.", schema: city });
const agent = createAgent({ model: model(toolsRoute), tools: [weather] });
const state = await agent.invoke({ messages: [{ role: "user", content: "How warm is it in Oslo?" }] });
assert.deepEqual(seen, ["Oslo"]);
assert.equal(state.messages.at(-1).content, "It is 7 degrees in Oslo.");

const vectors = await new OpenAIEmbeddings({ model: embeddingsRoute, apiKey: "any", configuration, maxRetries: 0 }).embedDocuments(["soil", "water"]);
assert.equal(vectors.length, 2);
assert.ok(vectors[0].length > 8 && vectors[0].every((number) => Number.isFinite(number)));
console.log("ok");
