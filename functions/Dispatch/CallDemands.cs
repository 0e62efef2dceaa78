using Serverless.Functions.Clients;
using Serverless.Functions.Limits;
using Serverless.Functions.Providers;
using Serverless.Functions.Routes;

namespace Serverless.Functions.Dispatch;

/// <summary>What calls of models may take, for admission: the seam between dispatch and limits.</summary>
internal static class CallDemands
{
    /// <param name="count">Asks the provider for the tokens of texts.</param>
    /// <param name="window">Asks for the model's context.</param>
    public static CallDemand Of(
        ResolvedRoute route,
        Caller caller,
        IProvider provider,
        Generation generation,
        Func<IReadOnlyList<string>, CancellationToken, Task<IReadOnlyList<int>>> count,
        Func<CancellationToken, Task<int?>> window) => new()
        {
            Route = route,
            Caller = caller,
            Kind = generation.Messages is null ? "text_completion" : "chat",
            Provider = provider.Name,
            PromptTokens = PromptBound.Of(generation),
            CountPrompt = provider.CountsExactly && IsTextOnly(generation) ? Count(count, TextsOf(generation), generation.Messages?.Count ?? 0) : null,
            MaxTokens = generation.Settings.MaxTokens,
            Choices = (generation.Prompts?.Count ?? 1) * generation.Settings.Written,
            Window = async stop =>
            {
                try
                {
                    return await window(stop).ConfigureAwait(false);
                }
                catch (GatewayException)
                {
                    // A model whose context is not known gets a cap.
                    return null;
                }
            },
        };

    public static CallDemand Of(
        ResolvedRoute route,
        Caller caller,
        IProvider provider,
        string kind,
        IReadOnlyList<string> texts,
        string beside,
        int ids,
        Func<IReadOnlyList<string>, CancellationToken, Task<IReadOnlyList<int>>> count) => new()
        {
            Route = route,
            Caller = caller,
            Kind = kind,
            Provider = provider.Name,
            PromptTokens = PromptBound.Of(texts, beside) + ids,
            // It is read with each of the texts.
            CountPrompt = !provider.CountsExactly ? null : async stop =>
            {
                var counts = await count([.. texts, beside], stop).ConfigureAwait(false);
                return counts.Take(texts.Count).Sum(c => (long)c) + ((long)counts[^1] * texts.Count) + PromptBound.Margin(texts.Count) + ids;
            },
            MaxTokens = 0,
        };

    /// <summary>Who may come to answer, as admission asks for it.</summary>
    public static IReadOnlyList<(string Provider, string Model)> Names(IReadOnlyList<RouteModel> candidates) => [.. candidates.Select(c => (c.Provider, c.Name))];

    /// <summary>Of what a cache answers: a call without tokens.</summary>
    public static CallDemand Cached(ResolvedRoute route, Caller caller, string kind) => new()
    {
        Route = route,
        Caller = caller,
        Kind = kind,
        Provider = route.Version.Model!.Provider,
        PromptTokens = 0,
        MaxTokens = 0,
    };

    private static Func<CancellationToken, Task<long>> Count(Func<IReadOnlyList<string>, CancellationToken, Task<IReadOnlyList<int>>> count, IReadOnlyList<string> texts, int messages) =>
        async stop => (await count(texts, stop).ConfigureAwait(false)).Sum(c => (long)c) + PromptBound.Margin(messages);

    private static IReadOnlyList<string> TextsOf(Generation generation) =>
        generation.Prompt is { } prompt ? [prompt] : [.. generation.Messages!.Select(m => m.Content ?? "").Where(c => c.Length > 0)];

    // What is in the prompt beside texts is bounded, not counted.
    private static bool IsTextOnly(Generation generation) =>
        generation.Prompts is null && generation.Settings is { Tools: null, ResponseFormat: null } && generation.Messages?.Any(m => m.HasMedia || m.ToolCalls is not null) != true;
}
