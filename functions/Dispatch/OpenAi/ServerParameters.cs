using System.Text.Json;
using Serverless.Functions.Providers;

namespace Serverless.Functions.Dispatch;

/// <summary>
/// Parameters of servers that speak OpenAI's wire (vLLM, SGLang, llama.cpp) and of services that do (Mistral, DeepSeek, Groq, OpenRouter, DashScope), beyond OpenAI's own: what
/// clients put into <c>extra_body</c>. None of them names another model, or what the route does not pay for. They are passed to servers at addresses of their own, as they are.
/// </summary>
internal static class ServerParameters
{
    public static readonly string[] Names =
    [
        "chat_template_kwargs", "add_generation_prompt", "continue_final_message", "enable_thinking", "thinking", "thinking_budget", "reasoning", "include_reasoning", "reasoning_format",
        "ignore_eos", "skip_special_tokens", "include_stop_str_in_output", "allowed_token_ids", "bad_words", "length_penalty", "structured_outputs", "guided_json", "guided_regex",
        "guided_choice", "guided_grammar", "json_schema", "grammar", "regex", "ebnf", "top_a", "typical_p", "no_repeat_ngram_size", "safe_prompt", "prompt_mode",
    ];

    /// <summary><c>thinking</c> for who has OpenAI's <c>reasoning_effort</c>: a budget is an effort, and one that the model chooses itself is none.</summary>
    public static GenerationSettings WithEffort(GenerationSettings settings)
    {
        if (settings.Extra is not { } extra || !extra.TryGetValue("thinking", out var thinking)) return settings;
        var left = extra.Where(given => given.Key != "thinking").ToDictionary();
        if (Effort(thinking) is { } effort) left.TryAdd("reasoning_effort", JsonSerializer.SerializeToElement(effort));
        return settings with { Extra = left };
    }

    private static string? Effort(JsonElement thinking)
    {
        if (VendorJson.Text(thinking, "type") != "enabled") return null;
        return VendorJson.Count(thinking, "budget_tokens") switch { < 4096 => "low", < 16384 => "medium", null => "medium", _ => "high" };
    }

    /// <summary>Whether it says what a model without thoughts does anyway: that it is not to think, or as much as it likes.</summary>
    public static bool AsksNotToThink(string name, JsonElement value) => name switch
    {
        "enable_thinking" or "include_reasoning" => value.ValueKind == JsonValueKind.False,
        "thinking" => VendorJson.Text(value, "type") is "disabled" or "adaptive",
        "reasoning_effort" => value.ValueKind == JsonValueKind.String && value.ValueEquals("none"u8),
        _ => false,
    };
}
