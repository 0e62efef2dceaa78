using System.Text.Json;

namespace Serverless.GpuWorker.Api;

/// <summary>
/// Fields of OpenAI's (and vLLM's) requests that would change the answer and are not supported: they are refused by name, unless they hold a value that asks for nothing.
/// Fields that nobody knows are ignored.
/// </summary>
internal static class UnsupportedFields
{
    private static readonly string[] Refused =
    [
        "tools", "tool_choice", "functions", "function_call", "prompt_logprobs",
        "suffix", "echo", "best_of", "audio", "modalities", "prediction", "ignore_eos",
        "bad_words", "allowed_token_ids", "structured_outputs", "guided_json", "guided_regex", "guided_choice", "guided_grammar",
        "use_beam_search", "length_penalty", "truncate_prompt_tokens", "chat_template", "chat_template_kwargs", "add_generation_prompt", "continue_final_message",
    ];

    /// <exception cref="ApiException">400 unsupported_parameter.</exception>
    public static void Check(JsonElement request)
    {
        foreach (var name in Refused)
        {
            if (request.TryGetProperty(name, out var value) && !AsksForNothing(name, value)) throw ApiErrors.Unsupported(name, $"{name} is not supported by this worker.");
        }
    }

    private static bool AsksForNothing(string name, JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Null => true,
        JsonValueKind.False => name != "add_generation_prompt",
        JsonValueKind.True => name == "add_generation_prompt",
        JsonValueKind.Array => value.GetArrayLength() == 0 || (name == "modalities" && value.GetArrayLength() == 1 && IsText(value[0])),
        JsonValueKind.Object => !value.EnumerateObject().Any(),
        JsonValueKind.String => value.ValueEquals(""u8) || (name is "tool_choice" or "function_call" && (value.ValueEquals("none"u8) || value.ValueEquals("auto"u8))),
        JsonValueKind.Number => name is "best_of" or "length_penalty" && value.TryGetDouble(out var number) && number == 1,
        _ => false,
    };

    private static bool IsText(JsonElement value) => value.ValueKind == JsonValueKind.String && value.ValueEquals("text"u8);
}
