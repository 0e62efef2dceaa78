// Answers as server-sent events over fetch, in OpenAI's shape: what the page uses where SignalR cannot be had.
import * as api from "./api.js";

/** The JSON of each event of a response's body, up to [DONE]. */
async function* events(response) {
  const lines = response.body.pipeThrough(new TextDecoderStream()).getReader();
  for (let rest = ""; ;) {
    const { done, value } = await lines.read();
    if (done) return;
    const whole = (rest + value).split("\n");
    rest = whole.pop();
    for (const line of whole) {
      if (!line.startsWith("data:")) continue;
      const data = line.slice(5).trim();
      if (data === "[DONE]") return;
      yield JSON.parse(data);
    }
  }
}

function request(route, body) {
  const common = { model: route.name, stream: true, stream_options: { include_usage: true } };
  return body.prompt === undefined
    ? ["/v1/chat/completions", { ...common, messages: body.messages ?? [{ role: "user", content: body.question }] }]
    : ["/v1/completions", { ...common, prompt: body.prompt }];
}

/** As streams.ask: the same handlers, and a function that stops the answer. `signal` stops it too, before there is anything to stop. */
export async function askByEvents(route, body, handlers, signal) {
  const stop = new AbortController();
  signal.addEventListener("abort", () => stop.abort(), { once: true });
  const response = await api.stream(...request(route, body), stop.signal);
  const read = async () => {
    const end = { usage: null, citations: null, finishReason: null };
    try {
      for await (const event of events(response)) {
        if (event.error) throw new Error(event.error.message);
        const choice = event.choices?.[0];
        const thought = choice?.delta?.reasoning_content ?? choice?.delta?.reasoning;
        if (thought) handlers.thought({ text: thought });
        const text = choice?.delta?.content ?? choice?.text;
        if (text) handlers.token({ text });
        end.finishReason = choice?.finish_reason ?? end.finishReason;
        end.citations = choice?.delta?.citations ?? end.citations;
        end.usage = event.usage ?? end.usage;
      }
      if (!end.finishReason) throw new TypeError();
      handlers.done(end);
    } catch (error) {
      if (stop.signal.aborted) return;
      const message = error instanceof TypeError ? "The connection was lost while the answer was written. Please ask again." : error.message;
      handlers.error({ error: { message } });
    }
  };
  read();
  return () => stop.abort();
}
