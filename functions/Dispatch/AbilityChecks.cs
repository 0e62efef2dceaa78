using Serverless.Functions.Providers;
using Serverless.Functions.Routes;

namespace Serverless.Functions.Dispatch;

/// <summary>Whether a provider can do what is asked. What it cannot is refused by name rather than quietly not done.</summary>
internal static class AbilityChecks
{
    public static GatewayException? WhyNot(IProvider provider, Generation generation)
    {
        generation = NeutralSettings.For(provider, generation);
        var abilities = provider.Abilities;
        var type = generation.IsChat ? RouteTypes.Chat : RouteTypes.Completions;
        foreach (var name in generation.Settings.Given(generation.IsChat))
        {
            if (abilities.Takes(type, name)) continue;
            var called = generation.Settings.CallersName(name);
            return Unsupported(called, called, provider);
        }

        if (generation.Settings.Stop?.Count > abilities.Stops) return GatewayException.Invalid("stop", $"'stop' may have at most {abilities.Stops} strings for the route's provider, {provider.Name}.");
        if (!abilities.AnthropicTools && AnthropicTools.First(generation.Settings.Tools) is { } own) return Unsupported($"tools[{own}].type", "a tool of Anthropic's own", provider);
        if (!abilities.CustomTools && CustomTools.First(generation.Settings.Tools) is { } custom) return Unsupported($"tools[{custom}].type", "a custom tool", provider);
        if (generation.Prompts is { } prompts)
        {
            if (prompts.Count > 1 && !abilities.PromptLists) return Unsupported("prompt", "several prompts", provider);
            if (prompts.Tokens is not null && !abilities.TokenPrompts) return Unsupported("prompt", "a prompt of token ids", provider);
        }

        for (var i = 0; i < generation.Messages?.Count; i++)
        {
            if (!abilities.CustomTools && generation.Messages[i].ToolCalls?.Any(call => call.IsCustom) == true) return Unsupported($"messages[{i}].tool_calls", "a call of a custom tool", provider);
            foreach (var part in generation.Messages[i].Parts ?? [])
            {
                var what = part switch
                {
                    { ImageUrl: not null } when !abilities.Images => "an image",
                    { File: not null } when !abilities.Files => "a file",
                    { File.Url: not null } when !abilities.FileUrls => "a file by URL",
                    { Audio: not null } when !abilities.Audio => "audio",
                    _ => null,
                };
                if (what is not null) return Unsupported($"messages[{i}].content", what, provider);
            }
        }

        return null;
    }

    /// <summary>As the other, for vectors.</summary>
    public static GatewayException? WhyNot(IProvider provider, EmbeddingCall call)
    {
        if (call.Dimensions is not null && !provider.Abilities.Takes(RouteTypes.Embeddings, "dimensions")) return Unsupported("dimensions", "dimensions", provider);
        return call.Tokens is null || provider.Abilities.TokenTexts ? null : Unsupported("input", "a list of token ids", provider);
    }

    private static GatewayException Unsupported(string param, string what, IProvider provider) =>
        GatewayException.Invalid(param, $"'{param}': {what} is not supported by the route's provider, {provider.Name}.", "unsupported_parameter");
}
