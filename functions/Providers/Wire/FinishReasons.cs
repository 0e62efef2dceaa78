namespace Serverless.Functions.Providers;

/// <summary>Vendors' words for why an answer ended, in OpenAI's: <c>stop</c>, <c>length</c>, <c>tool_calls</c>, <c>content_filter</c>.</summary>
internal static class FinishReasons
{
    /// <summary>Those of services that speak OpenAI's wire are not all OpenAI's: Mistral's, DeepSeek's, OpenRouter's, SGLang's, and what proxies pass on of Google's.</summary>
    /// <returns>Null where the answer failed, and did not end.</returns>
    public static string? OfOpenAi(string reason) => reason.ToLowerInvariant() switch
    {
        "length" or "model_length" or "max_tokens" or "max_output_tokens" => "length",
        "tool_calls" => "tool_calls",
        "function_call" => "function_call",
        "content_filter" or "safety" or "recitation" or "blocklist" or "prohibited_content" or "spii" => "content_filter",
        "error" or "abort" or "insufficient_system_resource" => null,
        _ => "stop",
    };

    /// <summary>An answer that calls tools has ended with them, whatever its service says: clients look at nothing else before they run them.</summary>
    /// <param name="reason">In OpenAI's words.</param>
    public static string WithCalls(string reason, bool hasCalls) => hasCalls && reason == "stop" ? "tool_calls" : reason;

    public static string OfAnthropic(string? reason) => reason switch
    {
        "max_tokens" or "model_context_window_exceeded" => "length",
        "tool_use" => "tool_calls",
        "refusal" => "content_filter",
        _ => "stop",
    };

    public static string OfCohere(string? reason) => reason switch
    {
        "MAX_TOKENS" => "length",
        "TOOL_CALL" => "tool_calls",
        "ERROR_TOXIC" => "content_filter",
        _ => "stop",
    };

    /// <returns>Null where the model wrote what is no answer.</returns>
    public static string? OfGemini(string? reason) => reason switch
    {
        "MAX_TOKENS" => "length",
        "SAFETY" or "RECITATION" or "LANGUAGE" or "BLOCKLIST" or "PROHIBITED_CONTENT" or "SPII" or "IMAGE_SAFETY" or "IMAGE_PROHIBITED_CONTENT" or "IMAGE_RECITATION" or "MODEL_ARMOR" => "content_filter",
        "MALFORMED_FUNCTION_CALL" or "UNEXPECTED_TOOL_CALL" or "TOO_MANY_TOOL_CALLS" or "MISSING_THOUGHT_SIGNATURE" or "MALFORMED_RESPONSE" => null,
        _ => "stop",
    };

    /// <returns>Null where the model wrote what is no answer.</returns>
    public static string? OfBedrock(string? reason) => reason switch
    {
        "malformed_model_output" or "malformed_tool_use" => null,
        "max_tokens" or "model_context_window_exceeded" => "length",
        "tool_use" => "tool_calls",
        "guardrail_intervened" or "content_filtered" => "content_filter",
        _ => "stop",
    };

    public static string OfTextGenerationInference(string? reason) => reason == "length" ? "length" : "stop";
}
