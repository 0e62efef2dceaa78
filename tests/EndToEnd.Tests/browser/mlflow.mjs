// What MLflow's own clients send, in both eras: the gateway client of 2.5 to 2.8, the deployments client of 2.9 and later.
// usage: node mlflow.mjs BASE CHAT_ROUTE COMPLETIONS_ROUTE EMBEDDINGS_ROUTE
import assert from "node:assert/strict";

const [base, chatRoute, completionsRoute, embeddingsRoute] = process.argv.slice(2);
const call = async (method, path, body) => {
  const response = await fetch(base + path, { method, headers: { "Content-Type": "application/json" }, body: body && JSON.stringify(body) });
  const text = await response.text();
  return { status: response.status, body: text.startsWith("{") ? JSON.parse(text) : text };
};
const model = { provider: "gpu-worker", name: "demo-llama" };

for (const [routes, list] of [["/api/2.0/gateway/routes", "routes"], ["/api/2.0/endpoints", "endpoints"]]) {
  const era = list;
  const type = era === "routes" ? { route_type: "llm/v1/chat" } : { endpoint_type: "llm/v1/chat" };
  const made = await call("POST", routes, { name: `mlflow-${era}`, ...type, model });
  assert.equal(made.status, 201, JSON.stringify(made.body));
  const shown = (await call("GET", `${routes}/mlflow-${era}`)).body;
  assert.equal(shown.model.name, "demo-llama");
  assert.equal(shown[era === "routes" ? "route_type" : "endpoint_type"], "llm/v1/chat");
  assert.equal(shown[era === "routes" ? "route_url" : "endpoint_url"], era === "routes" ? `/gateway/mlflow-${era}/invocations` : `/endpoints/mlflow-${era}/invocations`);

  // MLflow's client adds a slash.
  const found = [];
  for (let token = "", pages = 0; pages === 0 || token; pages++) {
    const page = await call("GET", `${routes}/${token ? `?page_token=${encodeURIComponent(token)}` : ""}`);
    assert.equal(page.status, 200);
    found.push(...page.body[list].map((r) => r.name));
    token = page.body.next_page_token;
  }
  assert.ok(found.includes(`mlflow-${era}`) && found.includes(chatRoute));
  assert.equal((await call("GET", `${routes}?page_token=made-up`)).status, 400);
  assert.equal((await call("GET", `${routes}/none`)).status, 404);

  const limits = await call("POST", "/api/2.0/gateway/limits", { route: `mlflow-${era}`, limits: [{ key: "user", renewal_period: "minute", calls: 50 }] });
  assert.equal(limits.status, 200);
  assert.equal((await call("GET", `/api/2.0/gateway/limits/mlflow-${era}`)).body.limits[0].calls, 50);
  assert.equal((await call("DELETE", `${routes}/mlflow-${era}`)).status, 200);
  assert.equal((await call("GET", `${routes}/mlflow-${era}`)).status, 404);
}

// 2.5 to 2.8: candidates.
const messages = [{ role: "user", content: "What is compost?" }];
const first = await call("POST", `/gateway/${chatRoute}/invocations`, { messages, candidate_count: 2, temperature: 0, max_tokens: 8 });
assert.equal(first.status, 200, JSON.stringify(first.body));
assert.equal(first.body.candidates.length, 2);
assert.equal(first.body.metadata.route_type, "llm/v1/chat");
const text = await call("POST", `/gateway/${completionsRoute}/invocations`, { prompt: "Compost is", max_tokens: 8 });
assert.equal(typeof text.body.candidates[0].text, "string");
const vectors = await call("POST", `/gateway/${embeddingsRoute}/invocations`, { text: ["soil", "water"] });
assert.equal(vectors.body.embeddings.length, 2);
assert.equal((await call("POST", `/gateway/${chatRoute}/invocations`, { messages, model: "x" })).status, 422);

// 2.9 and later: OpenAI's shapes, streams, {"input": ...}.
const second = await call("POST", `/endpoints/${chatRoute}/invocations`, { messages, n: 2, max_tokens: 8 });
assert.equal(second.body.choices.length, 2);
const input = await call("POST", `/endpoints/${embeddingsRoute}/invocations`, { input: "soil" });
assert.equal(input.body.data[0].object, "embedding");
const stream = await call("POST", `/endpoints/${chatRoute}/invocations`, { messages, max_tokens: 8, stream: true });
assert.ok(stream.body.startsWith("data: {") && stream.body.trimEnd().endsWith("data: [DONE]"));
console.log("ok");
