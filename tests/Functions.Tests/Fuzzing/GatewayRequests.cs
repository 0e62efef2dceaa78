using Serverless.Contracts.Tests.Fuzzing;

namespace Serverless.Functions.Tests.Fuzzing;

/// <summary>One request at least for each HTTP function, as docs/api.md has them, with every documented field. What is changed is called "victim", so that what is asked stays.</summary>
internal static class GatewayRequests
{
    private const string Route = """{"name":"victim","route_type":"llm/v1/chat","model":{"provider":"gpu-worker","name":"demo-llama","gpu_worker_config":{"gpu_worker_api_base":"https://x.example.com","gpu_worker_api_key":"k"}},"guards":{"input":[{"pattern":"a+","action":"refuse"}],"output":[{"words":["b"],"action":"mask"}]},"cache":{"ttl_seconds":30,"shared":false}}""";
    private const string Targets = """{"name":"victim","route_type":"llm/v1/completions","targets":[{"model":{"provider":"openai","name":"gpt","openai_config":{"openai_api_key":"k"}},"weight":2,"priority":1},{"model":{"provider":"gpu-worker","name":"m"}}],"routing":{"sticky":true,"continue_elsewhere":false,"first_token_seconds":5,"idle_seconds":5,"total_seconds":9,"max_attempts":2}}""";
    private const string Rag = """{"name":"victim","route_type":"rag/v1/answers","rag":{"embeddings_route":"embed","completions_route":"chat","collection":"garden","system_prompt":"s","prompt_template":"{context} {question}","retrieval":"hybrid","top_k":4,"max_context_tokens":500,"max_tokens":20,"relevance_floor":0.2,"refusal":"no","follow_up":"none","system_messages":"merge","citation_markers":true,"quoting":"constrained","quote_min_length":4,"neighbours":1,"parents":true,"mmr":{"lambda":0.5,"candidates":9},"filter":{"type":"and","filters":[{"type":"eq","key":"lang","value":"en"},{"type":"nin","key":"year","value":[1999,2000]}]}}}""";
    private const string Embeddings = """{"name":"victim","route_type":"llm/v1/embeddings","model":{"provider":"mosaicml","name":"i","mosaicml_config":{"mosaicml_api_key":"k"}},"instructions":{"document":"d","query":"q"}}""";
    private const string Chat = """{"model":"chat","messages":[{"role":"system","content":"s"},{"role":"user","content":[{"type":"text","text":"Why?"}]}],"temperature":0.5,"top_p":0.9,"top_k":5,"min_p":0.1,"max_tokens":9,"n":2,"stop":["a","b"],"seed":7,"logprobs":true,"top_logprobs":2,"presence_penalty":1,"frequency_penalty":-1,"repetition_penalty":1.1,"logit_bias":{"5":1},"user":"u"}""";
    private const string Tools = """{"model":"chat","messages":[{"role":"user","content":"Why?"},{"role":"assistant","content":null,"tool_calls":[{"id":"c","type":"function","function":{"name":"f","arguments":"{}"}}]},{"role":"tool","tool_call_id":"c","content":"r"}],"stream":true,"stream_options":{"include_usage":true},"tools":[{"type":"function","function":{"name":"f","description":"d","parameters":{"type":"object"}}}],"tool_choice":"auto","parallel_tool_calls":true,"max_completion_tokens":9,"response_format":{"type":"json_schema","json_schema":{"name":"n","schema":{"type":"object"},"strict":true}}}""";
    private const string Responses = """{"model":"chat","input":[{"role":"user","content":[{"type":"input_text","text":"Why?"}]}],"instructions":"i","max_output_tokens":20,"temperature":0.5,"top_p":0.5,"stream":false,"store":false,"metadata":{"a":"b"},"text":{"format":{"type":"text"}},"tools":[],"tool_choice":"auto","reasoning":{"effort":"low"},"truncation":"disabled","previous_response_id":null,"user":"u"}""";
    private const string Evaluation = """{"name":"e","routes":["rag","chat"],"questions":[{"question":"Why?","answer":"So.","documents":["a.md"],"passages":["p"]}],"k":5,"seed":1,"temperature":0,"max_tokens":9,"concurrency":1,"refusal_phrases":["no"],"keep_answers":false}""";
    private const string Client = """{"name":"c","groups":["g"],"role":"client","allowed_routes":["chat"],"allowed_collections":["garden"],"allowed_models":["demo-llama"],"expires_at":"2090-01-31T00:00:00Z","disabled":false}""";
    private const string RouteLimits = """{"limits":[{"calls":1000000,"key":"route","renewal_period":"minute"},{"tokens":100000000,"renewal_period":"day","key":"user","shadow":true},{"usd":1000.5,"renewal_period":"month"},{"concurrency":1000}]}""";

    public static IReadOnlyList<DocumentedRequest> All { get; } =
    [
        new("GET", "/health"),
        new("GET", "/providers"),
        new("POST", "/api/2.0/gateway/routes", Route),
        new("POST", "/api/2.0/gateway/routes", Targets),
        new("POST", "/api/2.0/gateway/routes", Rag),
        new("POST", "/api/2.0/gateway/routes", Embeddings),
        new("GET", "/api/2.0/gateway/routes?page_token={YWZ0ZXI6YQ==}"),
        new("GET", "/api/2.0/gateway/routes/{chat}"),
        new("GET", "/api/2.0/gateway/routes/{victim}/versions"),
        new("PATCH", "/api/2.0/gateway/routes/{victim}", Route),
        new("PATCH", "/api/2.0/gateway/routes/{victim}", Rag),
        new("DELETE", "/api/2.0/gateway/routes/{victim}"),
        new("POST", "/api/2.0/gateway/routes/{victim}/versions/{1}/restore"),
        new("POST", "/api/2.0/endpoints", """{"name":"victim","endpoint_type":"llm/v1/chat","model":{"provider":"gpu-worker","name":"m"},"limit":{"calls":5,"key":"user","renewal_period":"minute"}}"""),
        new("GET", "/api/2.0/endpoints?page_token={YWZ0ZXI6YQ==}"),
        new("GET", "/api/2.0/endpoints/{chat}"),
        new("PATCH", "/api/2.0/endpoints/{victim}", """{"endpoint_type":"llm/v1/chat","model":{"provider":"gpu-worker","name":"m"}}"""),
        new("DELETE", "/api/2.0/endpoints/{victim}"),
        new("POST", "/api/2.0/gateway/limits", $$"""{"route":"victim",{{RouteLimits[1..]}}"""),
        new("GET", "/api/2.0/gateway/limits/{chat}"),
        new("POST", "/gateway/{chat}/invocations", """{"messages":[{"role":"user","content":"Why?"}],"temperature":0.5,"max_tokens":9,"candidate_count":2,"stop":["a"],"seed":1}"""),
        new("POST", "/gateway/{complete}/invocations", """{"prompt":"Why?","temperature":0.5,"max_tokens":9,"n":1}"""),
        new("POST", "/gateway/{embed}/invocations", """{"text":["a","b"],"instruction":"query"}"""),
        new("POST", "/gateway/{rag}/invocations", """{"question":"Why?","max_tokens":9,"temperature":0}"""),
        new("POST", "/endpoints/{chat}/invocations", """{"messages":[{"role":"user","content":"Why?"}],"stream":true,"max_tokens":9}"""),
        new("POST", "/endpoints/{embed}/invocations", """{"input":["a"],"encoding_format":"float"}"""),
        new("POST", "/v1/responses", Responses),
        new("POST", "/v1/responses", """{"model":"chat","input":"Why?","stream":true}"""),
        new("POST", "/v1/chat/completions", Chat),
        new("POST", "/v1/chat/completions", Tools),
        new("POST", "/v1/chat/completions", """{"model":"rag","messages":[{"role":"user","content":"Why?"},{"role":"assistant","content":"So."},{"role":"user","content":"And?"}],"stream":true}"""),
        new("POST", "/v1/completions", """{"model":"complete","prompt":["a","b"],"max_tokens":4,"logprobs":3,"echo":false,"stream":false,"stop":"x","n":1,"suffix":null,"best_of":1}"""),
        new("POST", "/v1/completions", """{"model":"complete","prompt":[5,6],"stream":true}"""),
        new("POST", "/v1/embeddings", """{"model":"embed","input":["a","b"],"encoding_format":"base64","instruction":"query","dimensions":null,"user":"u"}"""),
        new("POST", "/v1/embeddings", """{"model":"embed","input":[[1,2],[3]]}"""),
        new("GET", "/v1/models"),
        new("GET", "/v1/models/{chat}"),
        new("POST", "/signalr/negotiate", """{"a":1}"""),
        new("POST", "/gateway/{chat}/streams", """{"messages":[{"role":"user","content":"Why?"}],"max_tokens":9,"connectionId":"c-1"}"""),
        new("DELETE", "/gateway/streams/{00000000000000000000000000000000}"),
        new("GET", "/collections"),
        new("GET", "/collections/{garden}"),
        new("PUT", "/collections/{victim}", """{"embeddings_route":"embed","groups":["g"],"chunk_tokens":64,"chunk_overlap":8,"chunk_strategy":"sentences"}"""),
        new("GET", "/collections/{garden}/documents?top={5}&page_token={a}"),
        new("GET", "/collections/{garden}/documents/{a.md}?content={text}"),
        new("PUT", "/collections/{victim}/documents/{a.md}", """{"a":"Text."}"""),
        new("DELETE", "/collections/{victim}/documents/{a.md}"),
        new("POST", "/collections/{garden}/reprocess?path={a.md}"),
        new("POST", "/collections/{garden}/search", """{"query":"Why?","top":3,"retrieval":"hybrid"}"""),
        new("GET", "/limits"),
        new("GET", "/limits/routes/{chat}"),
        new("PUT", "/limits/routes/{victim}", RouteLimits),
        new("GET", "/limits/clients/{victim}"),
        new("PUT", "/limits/clients/{victim}", """{"limits":[{"calls":1000,"route":"chat","renewal_period":"hour"}]}"""),
        new("GET", "/prices"),
        new("PUT", "/prices", """{"prices":[{"route":"victim","input":1.5,"cached_input":0.5,"output":2},{"model":"m","provider":"openai","input":0.1}]}"""),
        new("GET", "/usage?route={chat}&client={c}&from={2026-01-01}&to={2026-02-01}&groupBy={route}&format={csv}"),
        new("POST", "/clients", Client),
        new("GET", "/clients?max_results={5}&page_token={YWZ0ZXI6YQ==}"),
        new("GET", "/clients/{0123456789abcdef}"),
        new("PATCH", "/clients/{0123456789abcdef}", Client),
        new("POST", "/clients/{0123456789abcdef}/rotate", """{"overlap_seconds":5,"expires_at":"2090-01-31T00:00:00Z"}"""),
        new("POST", "/clients/{0123456789abcdef}/keys", """{"expires_at":"2090-01-31T00:00:00Z"}"""),
        new("DELETE", "/clients/{0123456789abcdef}/keys/{k}"),
        new("DELETE", "/clients/{0123456789abcdef}"),
        new("GET", "/audit?from={2026-01-01}&to={2090-01-01}&who={a}&action={CreateRoute}&subject={route/victim}&max_results={5}&page_token={a}"),
        new("POST", "/evaluations", Evaluation),
        new("POST", "/evaluations", """{"name":"e","routes":["chat"],"questions":"garden/q.jsonl"}"""),
        new("GET", "/evaluations?top={5}&page_token={a}"),
        new("GET", "/evaluations/{000000000000000000000000}"),
        new("DELETE", "/evaluations/{000000000000000000000000}"),
        new("POST", "/evaluations/{000000000000000000000000}/cancel"),
        new("GET", "/evaluations/{000000000000000000000000}/questions?route={0}"),
        new("GET", "/evaluations/{000000000000000000000000}/report?against={000000000000000000000000}&format={json}"),
        new("POST", "/evaluations/{000000000000000000000000}/export", """{"tracking_url":"https://x.example.com","experiment":"e","token":"t"}"""),
        new("OPTIONS", "/{v1}/models"),
        new("GET", "/metrics"),
        new("GET", "/health/ready"),
        new("GET", "/openapi.json"),
        new("GET", "/docs"),
        new("GET", "/docs/scalar.js"),
        new("GET", "/collections/{garden}/progress"),
        new("POST", "/collections/{garden}/subscription", """{"connectionId":"c-1"}"""),
        new("POST", "/collections/{victim}/documents", """{"a":"Text."}"""),
        new("GET", "/collections/{garden}/reconcile"),
        new("POST", "/collections/{victim}/reconcile?deep={false}"),
        new("GET", "/reconcile"),
        new("POST", "/reconcile?deep={true}"),
        new("GET", "/no/such/{path}"),
    ];
}
