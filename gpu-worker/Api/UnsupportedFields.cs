using System.Text.Json;

namespace Serverless.GpuWorker.Api;

/// <summary>
/// Fields of OpenAI's (and vLLM's) requests that would change the answer and are not supported: they are refused by name, unless they hold a value that asks for nothing.
/// So are fields that the other of the two generating endpoints has. Fields that nobody knows are ignored.
/// </summary>
internal static class UnsupportedFields
{
    private static readonly string[] Refused =
    [
        "tools", "tool_choice", "functions", "function_call", "prompt_logprobs", "reasoning_effort",
        "suffix", "echo", "best_of", "audio", "modalities", "prediction", "ignore_eos", "cache_salt", "prompt_embeds", "documents",
        "bad_words", "allowed_token_ids", "structured_outputs", "guided_json", "guided_regex", "guided_choice", "guided_grammar",
        "use_beam_search", "length_penalty", "truncate_prompt_tokens", "chat_template", "chat_template_kwargs", "add_generation_prompt", "continue_final_message",
        "include_stop_str_in_output", "skip_special_tokens", "spaces_between_special_tokens", "return_tokens_as_token_ids", "logprob_token_ids", "logits_processors",
    ];

    private static readonly string[] OnByDefault = ["add_generation_prompt", "skip_special_tokens", "spaces_between_special_tokens"];
    private static readonly string[] OfCompletions = ["prompt", "add_special_tokens"];
    private static readonly string[] OfChats = ["messages", "max_completion_tokens", "top_logprobs"];

    /// <exception cref="ApiException">400 unsupported_parameter.</exception>
    public static void CheckChat(JsonElement request)
    {
        Check(request, OfCompletions, "a chat");
        Check(request, Refused, "this worker");
        CheckStreamOptions(request);
    }

    /// <exception cref="ApiException">400 unsupported_parameter.</exception>
    public static void CheckCompletion(JsonElement request)
    {
        Check(request, OfChats, "a completion");
        Check(request, Refused, "this worker");
        CheckStreamOptions(request);
        if (request.TryGetProperty("add_special_tokens", out var adds) && adds.ValueKind == JsonValueKind.False)
        {
            throw ApiErrors.Unsupported("add_special_tokens", "add_special_tokens must be true: every prompt begins with BOS.");
        }
    }

    private static void Check(JsonElement request, string[] names, string by)
    {
        foreach (var name in names)
        {
            if (request.TryGetProperty(name, out var value) && !AsksForNothing(name, value) && !AsksForWhatIsDone(request, name, value)) throw ApiErrors.Unsupported(name, $"{name} is not supported by {by}.");
        }
    }

    private static void CheckStreamOptions(JsonElement request)
    {
        const string Name = "continuous_usage_stats";
        if (request.TryGetProperty("stream_options", out var options) && options.ValueKind == JsonValueKind.Object && options.TryGetProperty(Name, out var value) && !AsksForNothing(Name, value))
        {
            throw ApiErrors.Unsupported($"stream_options.{Name}", $"stream_options.{Name} is not supported by this worker.");
        }
    }

    private static bool AsksForNothing(string name, JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Null => true,
        JsonValueKind.False => !OnByDefault.Contains(name),
        JsonValueKind.True => OnByDefault.Contains(name),
        JsonValueKind.Array => value.GetArrayLength() == 0 || (name == "modalities" && value.GetArrayLength() == 1 && IsText(value[0])),
        JsonValueKind.Object => !value.EnumerateObject().Any(),
        JsonValueKind.String => value.ValueEquals(""u8) || (name is "tool_choice" or "function_call" or "reasoning_effort" && (value.ValueEquals("none"u8) || value.ValueEquals("auto"u8))),
        JsonValueKind.Number => value.TryGetDouble(out var number) && ((name is "best_of" or "length_penalty" && number == 1) || (name == "top_logprobs" && number == 0)),
        _ => false,
    };

    /// <summary>The best of as many as are told are all of them, an assistant's last turn is gone on with, and EOS is not chosen before min_tokens: never, where these are all that there may be.</summary>
    private static bool AsksForWhatIsDone(JsonElement request, string name, JsonElement value) => name switch
    {
        "best_of" => value.ValueKind == JsonValueKind.Number && request.TryGetProperty("n", out var n) && n.ValueKind == JsonValueKind.Number && JsonElement.DeepEquals(n, value),
        "ignore_eos" => value.ValueKind == JsonValueKind.True && IsOfExactLength(request),
        "continue_final_message" => value.ValueKind == JsonValueKind.True && EndsWithAssistant(request),
        "add_generation_prompt" => value.ValueKind == JsonValueKind.False && EndsWithAssistant(request),
        _ => false,
    };

    /// <summary>Whether an answer has as many tokens as it may have. What is held to a schema or to quotes ends where it is complete.</summary>
    private static bool IsOfExactLength(JsonElement request) =>
        Given(request, "min_tokens") is { ValueKind: JsonValueKind.Number } least && (Given(request, "max_completion_tokens") ?? Given(request, "max_tokens")) is { ValueKind: JsonValueKind.Number } most
        && JsonElement.DeepEquals(least, most) && Given(request, "response_format") is null && Given(request, "guided_quotes") is null;

    private static JsonElement? Given(JsonElement request, string name) => request.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;

    private static bool EndsWithAssistant(JsonElement request) =>
        request.TryGetProperty("messages", out var messages) && messages.ValueKind == JsonValueKind.Array && messages.GetArrayLength() > 0
        && messages[messages.GetArrayLength() - 1] is { ValueKind: JsonValueKind.Object } last && last.TryGetProperty("role", out var role)
        && role.ValueKind == JsonValueKind.String && role.ValueEquals("assistant"u8);

    private static bool IsText(JsonElement value) => value.ValueKind == JsonValueKind.String && value.ValueEquals("text"u8);
}
