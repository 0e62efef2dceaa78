// The AI SDK, unchanged, against a gateway: its providers for OpenAI (responses and chats), for what is compatible with it, for Azure's v1 paths and for Anthropic, each with answers, streams,
// tools, structured output and errors; embeddings.
// usage: node ai.mjs BASE CHAT_ROUTE EMBEDDINGS_ROUTE TOOLS_ROUTE
import assert from "node:assert/strict";
import { createAnthropic } from "@ai-sdk/anthropic";
import { createOpenAI } from "@ai-sdk/openai";
import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import { APICallError, embedMany, generateText, Output, stepCountIs, streamText, tool } from "ai";
import { z } from "zod";

const [base, chatRoute, embeddingsRoute, toolsRoute] = process.argv.slice(2);
const openai = createOpenAI({ baseURL: `${base}/v1`, apiKey: "any" });
const azure = createOpenAI({ baseURL: `${base}/openai/v1`, apiKey: "any", headers: { "api-key": "any" } });
const compatible = createOpenAICompatible({ name: "gateway", baseURL: `${base}/v1`, apiKey: "any", includeUsage: true, supportsStructuredOutputs: true });
const anthropic = createAnthropic({ baseURL: `${base}/v1`, apiKey: "any" });
const providers = { responses: openai, chats: openai.chat, azure, compatible, anthropic };
const city = z.object({ city: z.string(), degrees: z.number() });
const prompt = "How warm is it in Oslo?";

for (const [name, model] of Object.entries(providers)) {
  const whole = await generateText({ model: model(chatRoute), prompt: "What is compost?", temperature: 0, maxOutputTokens: 16, maxRetries: 0 });
  assert.ok(whole.text.length > 0 && whole.usage.inputTokens > 0 && whole.usage.outputTokens > 0, name);
  const stream = streamText({ model: model(chatRoute), prompt: "What is compost?", temperature: 0, maxOutputTokens: 16, maxRetries: 0 });
  let text = "";
  for await (const piece of stream.textStream) text += piece;
  assert.equal(text, whole.text, name);
  assert.deepEqual([await stream.finishReason, (await stream.usage).totalTokens], [whole.finishReason, whole.usage.totalTokens], name);

  for (const run of [(ask) => generateText(ask), async (ask) => { const asked = streamText(ask); await asked.consumeStream(); return { text: await asked.text, steps: await asked.steps }; }]) {
    const seen = [];
    const weather = tool({ description: "The weather of a city.", inputSchema: city, execute: (input) => { seen.push(input); return `${input.city}: 7 degrees`; } });
    const told = await run({ model: model(toolsRoute), prompt, tools: { weather }, stopWhen: stepCountIs(3), maxRetries: 0 });
    assert.deepEqual([told.text, told.steps.length, seen], ["It is 7 degrees in Oslo.", 2, [{ city: "Oslo", degrees: 7 }]], name);
  }

  const structured = await generateText({ model: model(toolsRoute), prompt, output: Output.object({ schema: city }), maxRetries: 0 });
  assert.deepEqual(structured.output, { city: "Oslo", degrees: 7 }, name);

  await assert.rejects(generateText({ model: model("no-such-route"), prompt }), (error) => APICallError.isInstance(error) && error.statusCode === 404 && !error.isRetryable && /no-such-route/.test(error.message), name);
}

for (const model of [openai.embedding(embeddingsRoute), compatible.embeddingModel(embeddingsRoute)]) {
  const { embeddings, usage } = await embedMany({ model, values: ["soil", "water"], maxRetries: 0 });
  assert.ok(embeddings.length === 2 && usage.tokens > 0 && embeddings.every((vector) => vector.length > 8 && vector.every(Number.isFinite)));
}

console.log("ok");
