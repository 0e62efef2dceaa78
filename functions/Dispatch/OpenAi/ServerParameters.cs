using System.Text.Json;

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
        "guided_choice", "guided_grammar", "top_a", "typical_p", "no_repeat_ngram_size", "safe_prompt", "prompt_mode",
    ];

    /// <summary>Whether it says what a model without thoughts does anyway: that it is not to think.</summary>
    public static bool AsksNotToThink(string name, JsonElement value) => name switch
    {
        "enable_thinking" or "include_reasoning" => value.ValueKind == JsonValueKind.False,
        "thinking" => value.ValueKind == JsonValueKind.Object && value.TryGetProperty("type", out var type) && type.ValueKind == JsonValueKind.String && type.ValueEquals("disabled"u8),
        "reasoning_effort" => value.ValueKind == JsonValueKind.String && value.ValueEquals("none"u8),
        _ => false,
    };
}
