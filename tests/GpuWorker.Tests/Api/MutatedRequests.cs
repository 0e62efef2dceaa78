using System.Text.Json.Nodes;

namespace Serverless.GpuWorker.Tests.Api;

/// <summary>Valid requests, changed at random: values of other types, extremes, fields gone, doubled, nested too deep, bytes cut off.</summary>
internal sealed class MutatedRequests(Random random)
{
    private const string Schema = """{"type":"object","properties":{"a":{"anyOf":[{"type":"string","maxLength":5},{"$ref":"#"}]},"b":{"type":"array","items":{"enum":[1,"x"]}}},"required":["b"]}""";

    internal static readonly (string Path, string Body)[] Valid =
    [
        ("/v1/chat/completions", """{"model":"llama","messages":[{"role":"system","content":"s"},{"role":"user","content":"Why?"}],"temperature":0.5,"top_p":0.9,"top_k":5,"min_p":0.1,"max_tokens":9,"n":2,"stop":["a","b"],"seed":7,"logprobs":true,"top_logprobs":2,"user":"u"}"""),
        ("/v1/chat/completions", """{"messages":[{"role":"user","content":"Why?"}],"stream":true,"stream_options":{"include_usage":true},"logit_bias":{"5":1,"7":-100},"min_tokens":2,"max_completion_tokens":9,"return_token_ids":true,"resume":{"token_ids":[90,100]},"priority":3,"timeout_seconds":5}"""),
        ("/v1/chat/completions", $$$"""{"messages":[{"role":"user","content":"Why?"}],"response_format":{"type":"json_schema","json_schema":{"name":"n","schema":{{{Schema}}},"strict":true}},"repetition_penalty":1.1,"presence_penalty":1,"frequency_penalty":-1}"""),
        ("/v1/completions", """{"model":"llama","prompt":["a","b"],"echo":true,"logprobs":3,"prompt_logprobs":1,"stop_token_ids":[5,6],"max_tokens":4,"stream":false,"stop":"x"}"""),
        ("/v1/chat/completions", """{"messages":[{"role":"user","content":"Why?"}],"guided_quotes":{"sources":["abc","def"],"min_length":2,"max_length":40},"stop":["x"],"max_tokens":9}"""),
        ("/v1/chat/completions", $$$"""{"messages":[{"role":"user","content":"Why?"}],"structured_outputs":{"json":{{{Schema}}},"json_object":false},"max_tokens":9}"""),
        ("/v1/chat/completions", """{"messages":[{"role":"user","content":"Why?"}],"structured_outputs":{"regex":"(a|b)+[^c]{2,4}"},"include_stop_str_in_output":true,"stop":"c"}"""),
        ("/v1/completions", """{"prompt":"a","guided_choice":["yes","no"],"resume":{"token_ids":[]}}"""),
        ("/v1/completions", """{"prompt":"a","guided_grammar":"root ::= x*\nx ::= [a-c] | \"(\" root \")\"","n":2}"""),
        ("/v1/completions", """{"prompt":"a","grammar":{"type":"regex","value":"[0-9]+"},"max_tokens":4}"""),
        ("/v1/completions", """{"prompt":"a","response_format":{"type":"json_object"},"stream_to":{"hub":"answers","user":"u","stream_id":"s"}}"""),
        ("/v1/embeddings", """{"model":"instructor","input":["a","b"],"instruction":"i","encoding_format":"base64","user":"u"}"""),
        ("/llama/v1/predict", """{"inputs":["a"],"parameters":{"max_new_tokens":5,"temperature":0.1,"top_p":0.5,"top_k":3,"seed":1,"stop":["x"]}}"""),
        ("/instructor/v1/predict", """{"inputs":[["i","a"],"b"]}"""),
        ("/v1/rerank", """{"query":"q","documents":["a",{"text":"b"}],"top_n":1,"return_documents":true}"""),
        ("/v1/score", """{"text_1":["a","b"],"text_2":["c","d"]}"""),
        ("/tokenize", """{"model":"llama","prompt":["a","b"],"add_special_tokens":true,"return_tokens":true}"""),
        ("/detokenize", """{"model":"llama","tokens":[5,6]}"""),
    ];

    private static readonly string[] Oddities =
    [
        "null", "true", "false", "0", "-1", "1", "3", "1.5", "1e999", "-1e999", "1e-400", "99999999999999999999", "2147483648", "-9223372036854775809", "\"\"", "\"a\"", "\"\\ud800\"", "\"\\u0000\"",
        "\"NaN\"", "[]", "[null]", "[[]]", "[1,\"a\"]", "{}", "{\"\":{}}", "{\"\\ud800\":1}", "{\"type\":5}", "\"[INST]\"", "{\"$ref\":\"#\"}", "{\"type\":\"string\",\"pattern\":\"(\"}",
        "\"root ::= root\"", "\"root ::= (((\"", "\"root ::= [^\"", "\"(((a{9}){9}){9}){9}\"",
    ];

    public (string Path, byte[] Body) Next()
    {
        var (path, body) = Valid[random.Next(Valid.Length)];
        var root = JsonNode.Parse(body)!;
        string? marker = null;
        for (var i = random.Next(1, 4); i > 0; i--) marker = Mutate(root) ?? marker;
        var text = root.ToJsonString();
        // What no JsonNode can hold goes in by hand.
        if (marker is not null) text = text.Replace($"\"{marker}\"", Raw(), StringComparison.Ordinal);
        if (random.Next(40) == 0) text = text[..random.Next(text.Length)];
        if (random.Next(40) == 0) text = text.Insert(random.Next(text.Length), "\u0000");
        var bytes = System.Text.Encoding.UTF8.GetBytes(text);
        if (bytes.Length > 0 && random.Next(40) == 0) bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
        return (path, bytes);
    }

    private string Raw() => random.Next(12) switch
    {
        0 => new string('[', 70) + new string(']', 70),
        1 => string.Concat(Enumerable.Repeat("{\"a\":", 63)) + "1" + new string('}', 63),
        2 => new string('9', 400),
        3 => $"\"{new string('x', 5000)}\"",
        4 => "\"a\",\"temperature\":1,\"temperature\":2",
        _ => Oddities[random.Next(Oddities.Length)],
    };

    private string? Mutate(JsonNode root)
    {
        var places = new List<(JsonNode Parent, object Key)>();
        Gather(root, places);
        if (places.Count == 0) return null;
        var (parent, key) = places[random.Next(places.Count)];
        const string Marker = "\u2603marker\u2603";
        switch (random.Next(4))
        {
            case 0 when parent is JsonObject fields:
                fields.Remove((string)key);
                return null;
            case 0 when parent is JsonArray list:
                list.RemoveAt((int)key);
                return null;
            default:
                var value = JsonValue.Create(Marker);
                if (parent is JsonObject members) members[(string)key] = value;
                else ((JsonArray)parent)[(int)key] = value;
                // As JsonNode writes it.
                return "\\u2603marker\\u2603";
        }
    }

    private static void Gather(JsonNode? node, List<(JsonNode Parent, object Key)> places)
    {
        if (node is JsonObject fields)
        {
            foreach (var (name, value) in fields)
            {
                places.Add((node, name));
                Gather(value, places);
            }
        }
        else if (node is JsonArray list)
        {
            for (var i = 0; i < list.Count; i++)
            {
                places.Add((node, i));
                Gather(list[i], places);
            }
        }
    }
}
