namespace Serverless.Functions.Providers;

/// <summary>Vendors' words for why an answer ended, in OpenAI's: <c>stop</c>, <c>length</c>, <c>tool_calls</c>, <c>content_filter</c>.</summary>
internal static class FinishReasons
{
    public static string OfOpenAi(string reason) => reason switch
    {
        "length" or "tool_calls" or "content_filter" or "function_call" => reason,
        _ => "stop",
    };

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

    public static string OfGemini(string? reason) => reason switch
    {
        "MAX_TOKENS" => "length",
        "SAFETY" or "RECITATION" or "BLOCKLIST" or "PROHIBITED_CONTENT" or "SPII" or "IMAGE_SAFETY" => "content_filter",
        _ => "stop",
    };

    public static string OfBedrock(string? reason) => reason switch
    {
        "max_tokens" or "model_context_window_exceeded" => "length",
        "tool_use" => "tool_calls",
        "guardrail_intervened" or "content_filtered" => "content_filter",
        _ => "stop",
    };

    public static string OfTextGenerationInference(string? reason) => reason == "length" ? "length" : "stop";
}
