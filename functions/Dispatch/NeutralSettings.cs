using System.Collections.Frozen;
using System.Text.Json;
using Serverless.Functions.Providers;
using Serverless.Functions.Routes;

namespace Serverless.Functions.Dispatch;

/// <summary>
/// Parameters that ask for nothing where a provider does not have them: a penalty of 0, which clients send unasked, is what a service without penalties does anyway, and what is a hint
/// to a service with a cache says nothing to one without. They are left out there, and reach who has them as they are.
/// </summary>
internal static class NeutralSettings
{
    private static readonly FrozenSet<string> Hints = FrozenSet.ToFrozenSet(["prompt_cache_key", "prompt_cache_options", "prompt_cache_retention", "safety_identifier"]);

    /// <summary>What is left for a provider: what it has, and what it must be refused for.</summary>
    public static Generation For(IProvider provider, Generation generation)
    {
        var settings = generation.Settings;
        var abilities = provider.Abilities;
        var type = generation.IsChat ? RouteTypes.Chat : RouteTypes.Completions;
        bool Lacks(string name) => !abilities.Takes(type, name);
        var left = settings;
        if (settings.PresencePenalty == 0 && Lacks("presence_penalty")) left = left with { PresencePenalty = null };
        if (settings.FrequencyPenalty == 0 && Lacks("frequency_penalty")) left = left with { FrequencyPenalty = null };
        if (settings.RepetitionPenalty == 1 && Lacks("repetition_penalty")) left = left with { RepetitionPenalty = null };
        // No limit says something only to servers that may have one of their own.
        if (settings.TopK <= 0 && Lacks("min_p")) left = left with { TopK = null };
        if (settings.MinP == 0 && Lacks("min_p")) left = left with { MinP = null };
        // Without tools OpenAI refuses it.
        if (settings is { Tools: null, ParallelToolCalls: not null }) left = left with { ParallelToolCalls = null };
        if ((settings.ParallelToolCalls == true || settings.UsesFunctions) && Lacks("parallel_tool_calls")) left = left with { ParallelToolCalls = null };
        if (generation.IsChat && settings is { TopLogprobs: 0, Logprobs: not true } && Lacks("top_logprobs")) left = left with { TopLogprobs = null };
        bool SaysNothing(KeyValuePair<string, JsonElement> given) => (Hints.Contains(given.Key) || IsDefault(given.Key, given.Value) || ServerParameters.AsksNotToThink(given.Key, given.Value)) && Lacks(given.Key);
        if (settings.Extra is { } extra && extra.Any(SaysNothing)) left = left with { Extra = extra.Where(given => !SaysNothing(given)).ToDictionary() };
        if (!abilities.CustomTools) left = AllowedTools.Applied(left);
        if (Lacks("thinking") && !Lacks("reasoning_effort")) left = ServerParameters.WithEffort(left);
        return ReferenceEquals(left, settings) ? generation : generation with { Settings = left };
    }

    /// <summary>Whether it asks for what is done where nobody asks.</summary>
    private static bool IsDefault(string name, JsonElement value) =>
        value.ValueKind == JsonValueKind.String && ((name == "service_tier" && value.ValueEquals("default"u8)) || (name == "verbosity" && value.ValueEquals("medium"u8)));
}
