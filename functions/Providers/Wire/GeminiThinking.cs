using System.Text.Json;
using System.Text.Json.Nodes;
using Serverless.Functions.Dispatch;

namespace Serverless.Functions.Providers;

/// <summary>
/// Gemini's <c>thinkingConfig</c> for what OpenAI and Anthropic call <c>reasoning_effort</c> and <c>thinking</c>: levels since Gemini 3, budgets of tokens before, with the numbers that
/// Google's own OpenAI endpoint has for efforts. Thoughts are told where thinking is asked for.
/// </summary>
internal static class GeminiThinking
{
    private const int Low = 1024;
    private const int Medium = 8192;
    private const int High = 24576;

    /// <summary>Models that can be told not to think at all.</summary>
    private static readonly string[] Optional = ["gemini-2.5-flash"];

    /// <summary>Whether a model has levels of thinking, and signs its calls: those since Gemini 3.</summary>
    public static bool HasLevels(string model) => model.StartsWith("gemini-", StringComparison.Ordinal) && model.Length > 7 && model[7] is >= '3' and <= '9';

    /// <returns>Null where nothing is asked for.</returns>
    /// <exception cref="GatewayException">400: an effort that is none.</exception>
    public static JsonObject? Of(string model, GenerationSettings settings)
    {
        if (settings.Extra is not { } extra) return null;
        if (extra.TryGetValue("thinking", out var thinking) && VendorJson.Text(thinking, "type") is { } type)
        {
            if (type == "disabled") return Off(model);
            var budget = type == "enabled" ? VendorJson.Count(thinking, "budget_tokens") : null;
            var config = new JsonObject { ["includeThoughts"] = true };
            if (budget is not null) config["thinkingBudget"] = budget;
            return config;
        }

        if (!extra.TryGetValue("reasoning_effort", out var effort) || effort.ValueKind != JsonValueKind.String) return null;
        var word = effort.GetString();
        if (word == "none") return Off(model);
        if (word is not ("minimal" or "low" or "medium" or "high" or "xhigh" or "max")) throw GatewayException.Invalid("reasoning_effort", "'reasoning_effort' must be none, minimal, low, medium or high.");
        var asked = new JsonObject { ["includeThoughts"] = true };
        if (HasLevels(model)) asked["thinkingLevel"] = word is "xhigh" or "max" ? "high" : word;
        else asked["thinkingBudget"] = word switch { "minimal" or "low" => Low, "medium" => Medium, _ => High };
        return asked;
    }

    /// <summary>Others think anyway, or never.</summary>
    private static JsonObject? Off(string model) => Array.Exists(Optional, known => model.StartsWith(known, StringComparison.Ordinal)) ? new JsonObject { ["thinkingBudget"] = 0 } : null;
}
