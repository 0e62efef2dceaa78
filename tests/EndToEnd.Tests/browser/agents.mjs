// OpenAI's agents, unchanged, against a gateway: over responses, which they ask by themselves, and over chats; a tool, a stream, an answer of a type, a handoff, a second turn, errors.
// usage: node agents.mjs BASE TOOLS_ROUTE
import assert from "node:assert/strict";
import { Agent, run, setDefaultOpenAIClient, setOpenAIAPI, setTracingDisabled, tool } from "@openai/agents";
import { OpenAI } from "openai";
import { z } from "zod";

const [base, model] = process.argv.slice(2);
setDefaultOpenAIClient(new OpenAI({ baseURL: `${base}/v1`, apiKey: "any", maxRetries: 0 }));
// They would be sent to OpenAI.
setTracingDisabled(true);
const city = z.object({ city: z.string(), degrees: z.number() });
const question = "How warm is it in Oslo?";
const answer = "It is 7 degrees in Oslo.";

for (const api of ["responses", "chat_completions"]) {
  setOpenAIAPI(api);
  const seen = [];
  const weather = tool({ name: "weather", description: "The weather of a city.", parameters: city, execute: (input) => { seen.push(input.city); return "7 degrees"; } });
  const agent = new Agent({ name: "Weather", instructions: "Be short.", model, tools: [weather], modelSettings: { temperature: 0, parallelToolCalls: true } });

  const first = await run(agent, question);
  assert.deepEqual([first.finalOutput, seen, first.state.usage.totalTokens], [answer, ["Oslo"], 58], api);
  const second = await run(agent, [...first.history, { role: "user", content: "And now?" }]);
  assert.deepEqual([second.finalOutput, seen.length], [answer, 1], api);

  const stream = await run(agent, question, { stream: true });
  let text = "";
  for await (const piece of stream.toTextStream()) text += piece;
  await stream.completed;
  assert.deepEqual([text, stream.finalOutput, seen.length], [answer, answer, 2], api);

  const typed = await run(new Agent({ name: "Weather", instructions: "Be short.", model, outputType: city }), question);
  assert.deepEqual(typed.finalOutput, { city: "Oslo", degrees: 7 }, api);

  const desk = Agent.create({ name: "Desk", instructions: "Hand over.", model, handoffs: [new Agent({ name: "Clerk", instructions: "Be short.", model })] });
  const handed = await run(desk, question);
  assert.deepEqual([handed.finalOutput, handed.lastAgent.name], [answer, "Clerk"], api);

  await assert.rejects(run(new Agent({ name: "Nobody", instructions: "", model: "no-such-route" }), question), (error) => error.status === 404 && error.code === "route_not_found", api);
}

setOpenAIAPI("responses");
await assert.rejects(run(new Agent({ name: "Weather", instructions: "", model }), question, { previousResponseId: "resp_1" }), (error) => error.status === 400 && error.param === "previous_response_id");
console.log("ok");
