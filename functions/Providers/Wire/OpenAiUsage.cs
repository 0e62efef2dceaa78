using System.Text.Json;
using Serverless.Contracts.OpenAI;

namespace Serverless.Functions.Providers;

/// <summary>Reads <c>usage</c> in OpenAI's format, and what others in that format call its parts.</summary>
internal static class OpenAiUsage
{
    /// <returns>Null where the tokens of the prompt are not told.</returns>
    public static Usage? Of(JsonElement usage)
    {
        if (VendorJson.Count(usage, "prompt_tokens") is not { } prompt) return null;
        var details = VendorJson.Object(usage, "prompt_tokens_details");
        // DeepSeek and Moonshot tell of their caches elsewhere.
        var cached = VendorJson.Count(details, "cached_tokens") ?? VendorJson.Count(usage, "prompt_cache_hit_tokens") ?? VendorJson.Count(usage, "cached_tokens");
        // OpenAI's name for it, and LiteLLM's.
        var written = VendorJson.Count(details, "cache_write_tokens") ?? VendorJson.Count(details, "cache_creation_tokens");
        var completion = VendorJson.Count(usage, "completion_tokens") ?? 0;
        // What a total has beyond the two is paid for: tokens of the prompt's that a cache took or gave where they are counted beside it, and otherwise thoughts (xAI's models, Google's endpoint).
        if (VendorJson.Count(usage, "total_tokens") is { } total && total - prompt - completion is > 0 and var beyond)
        {
            if (beyond == (cached ?? 0) + (written ?? 0)) prompt += beyond;
            else completion += beyond;
        }

        return Usage.Of(prompt, completion, cached, written) with { CompletionTokensDetails = Details(VendorJson.Object(usage, "completion_tokens_details")) };
    }

    private static CompletionTokensDetails? Details(JsonElement? details)
    {
        if (details is null) return null;
        int? Of(string name) => VendorJson.Count(details, name);
        return new CompletionTokensDetails(Of("reasoning_tokens"), Of("accepted_prediction_tokens"), Of("rejected_prediction_tokens"), Of("audio_tokens"));
    }
}
