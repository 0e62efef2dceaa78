using Serverless.Functions.Hosting;
using Serverless.Functions.Providers;
using Serverless.Functions.Routes;

namespace Serverless.Functions.Dispatch;

/// <summary>What one target of a route is asked, with its credential, within its limits, and again after failures that pass.</summary>
public sealed class TargetCalls(RouteTargets targets, UpstreamCalls upstream, GatewayOptions options)
{
    private const int ParallelEmbeddings = 4;

    /// <summary>Tokens of each text.</summary>
    public Task<IReadOnlyList<int>> CountAsync(ResolvedRoute route, RouteModel model, IReadOnlyList<string> texts, CancellationToken cancellationToken) =>
        AskAsync(route, model, (provider, target, stop) => provider.CountTokensAsync(target, texts, stop), cancellationToken);

    /// <summary>Tokens of prompt and answer together that the route's first model takes; null when unknown.</summary>
    public Task<int?> ContextWindowAsync(ResolvedRoute route, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(route);
        return AskAsync(route, route.Version.Model!, (provider, target, stop) => provider.ContextWindowAsync(target, stop).AsTask(), cancellationToken);
    }

    /// <summary>In as many calls as the provider's bound on texts asks for, a few at a time.</summary>
    /// <param name="mayWait">Whether waiting for a restart is better than the next target.</param>
    public async Task<EmbeddingBatch> EmbedAsync(ResolvedRoute route, RouteModel model, EmbeddingCall call, bool mayWait, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(route);
        ArgumentNullException.ThrowIfNull(call);
        var provider = targets.ProviderOf(model);
        var limits = UpstreamLimits.Of(options, route.Version, model, provider, mayWait: mayWait);
        var most = provider.MaxEmbeddingTexts;
        var parts = call.Tokens is { } tokens ? tokens.Chunk(most).Select(some => call with { Tokens = some }).ToList() : call.Texts.Chunk(most).Select(some => call with { Texts = some }).ToList();
        var batches = new EmbeddingBatch[parts.Count];
        await Parallel.ForAsync(
            0,
            parts.Count,
            new ParallelOptions { MaxDegreeOfParallelism = ParallelEmbeddings, CancellationToken = cancellationToken },
            async (i, stop) =>
            {
                var credential = new TargetCredential(targets, route, model);
                batches[i] = await upstream.RunAsync(
                    async attempt => await provider.EmbedAsync(await credential.TargetAsync(attempt).ConfigureAwait(false), parts[i], attempt).ConfigureAwait(false),
                    credential.WasRefused,
                    limits,
                    stop).ConfigureAwait(false);
            }).ConfigureAwait(false);
        var vectors = batches.SelectMany(b => b.Vectors).ToList();
        if (vectors.Any(v => v.Length != vectors[0].Length)) throw UpstreamErrors.ToGateway(new UpstreamException(UpstreamFailure.InvalidResponse));
        return new EmbeddingBatch(vectors, batches[0].Model, batches.Any(b => b.PromptTokens is null) ? null : batches.Sum(b => b.PromptTokens));
    }

    /// <summary>Scores documents in one call: scores of several would be of several readings.</summary>
    /// <param name="mayWait">Whether waiting for a restart is better than the next target.</param>
    public Task<RerankBatch> RerankAsync(ResolvedRoute route, RouteModel model, RerankCall call, bool mayWait, CancellationToken cancellationToken) =>
        AskAsync(route, model, (provider, target, stop) => provider.RerankAsync(target, call, stop), cancellationToken, mayWait);

    /// <summary>Counts a chat's prompt.</summary>
    /// <param name="mayWait">Whether waiting for a restart is better than the next target.</param>
    public Task<PromptCount> CountPromptAsync(ResolvedRoute route, RouteModel model, Generation generation, bool mayWait, CancellationToken cancellationToken) => AskAsync(
        route,
        model,
        async (provider, target, stop) => new PromptCount(await provider.CountPromptAsync(target, NeutralSettings.For(provider, generation), stop).ConfigureAwait(false)),
        cancellationToken,
        mayWait);

    /// <summary>Starts an answer and waits for its first event.</summary>
    /// <param name="mayWait">Whether waiting for a restart is better than the next target.</param>
    internal Task<ResumableAnswer> OpenAsync(ResolvedRoute route, RouteModel model, Generation generation, bool mayWait, CancellationToken cancellationToken)
    {
        var provider = targets.ProviderOf(model);
        var limits = UpstreamLimits.Of(options, route.Version, model, provider, generation.Streams || provider.CanResume, mayWait);
        var credential = new TargetCredential(targets, route, model);
        return ResumableAnswer.OpenAsync(upstream, limits, provider, credential.TargetAsync, credential.WasRefused, NeutralSettings.For(provider, generation), cancellationToken);
    }

    private Task<T> AskAsync<T>(ResolvedRoute route, RouteModel model, Func<IProvider, ProviderTarget, CancellationToken, Task<T>> ask, CancellationToken cancellationToken, bool mayWait = false)
    {
        var provider = targets.ProviderOf(model);
        var credential = new TargetCredential(targets, route, model);
        return upstream.RunAsync(
            async stop => await ask(provider, await credential.TargetAsync(stop).ConfigureAwait(false), stop).ConfigureAwait(false),
            credential.WasRefused,
            UpstreamLimits.Of(options, route.Version, model, provider, mayWait: mayWait),
            cancellationToken);
    }
}
