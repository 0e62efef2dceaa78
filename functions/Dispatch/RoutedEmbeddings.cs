using Serverless.Functions.Caching;
using Serverless.Functions.Clients;
using Serverless.Functions.Providers;
using Serverless.Functions.Routes;

namespace Serverless.Functions.Dispatch;

/// <summary>Vectors from a route, through its cache where it has one.</summary>
public sealed class RoutedEmbeddings(RoutedReadings readings, TargetCalls calls, CachedEmbeddings cached)
{
    /// <exception cref="GatewayException">A limit is reached, or the last target refused or failed.</exception>
    public Task<EmbeddingBatch> EmbedAsync(ResolvedRoute route, EmbeddingCall call, Caller caller, CancellationToken cancellationToken) => call.Tokens is not null
        // The cache knows texts.
        ? AskAsync(route, call, caller, cancellationToken)
        : cached.EmbedAsync(route, caller, call, asked => AskAsync(route, asked, caller, cancellationToken), cancellationToken);

    private async Task<EmbeddingBatch> AskAsync(ResolvedRoute route, EmbeddingCall call, Caller caller, CancellationToken cancellationToken)
    {
        var reading = new TextReading<EmbeddingBatch>(
            "embeddings", call.Texts, call.Instruction, call.Texts, (model, mayWait) => calls.EmbedAsync(route, model, call, mayWait, cancellationToken), batch => batch.PromptTokens)
        {
            WhyNot = call is { Dimensions: null, Tokens: null } ? null : provider => AbilityChecks.WhyNot(provider, call),
            Ids = call.Tokens?.Sum(ids => ids.Count) ?? 0,
        };
        var batch = await readings.AskAsync(route, reading, caller, cancellationToken).ConfigureAwait(false);
        // Servers that do not know the field answer without it.
        if (call.Dimensions is { } dimensions && batch.Vectors[0].Length is var length && length != dimensions)
            throw GatewayException.Invalid("dimensions", $"'dimensions': the route's model gives vectors of {length} numbers.", "unsupported_parameter");
        return batch;
    }
}
