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
            if (!abilities.Takes(type, name)) return Unsupported(name, name, provider);
        }

        if (generation.Prompts is { } prompts)
        {
            if (prompts.Count > 1 && !abilities.PromptLists) return Unsupported("prompt", "several prompts", provider);
            if (prompts.Tokens is not null && !abilities.TokenPrompts) return Unsupported("prompt", "a prompt of token ids", provider);
        }

        if (abilities.Images || generation.Messages is not { } messages) return null;
        for (var i = 0; i < messages.Count; i++)
        {
            if (messages[i].HasImages) return Unsupported($"messages[{i}].content", "an image", provider);
        }

        return null;
    }

    private static GatewayException Unsupported(string param, string what, IProvider provider) =>
        GatewayException.Invalid(param, $"'{param}': {what} is not supported by the route's provider, {provider.Name}.", "unsupported_parameter");
}
