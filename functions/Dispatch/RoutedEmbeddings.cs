using Serverless.Functions.Caching;
using Serverless.Functions.Clients;
using Serverless.Functions.Providers;
using Serverless.Functions.Routes;

namespace Serverless.Functions.Dispatch;

/// <summary>Vectors from a route, through its cache where it has one.</summary>
public sealed class RoutedEmbeddings(RoutedReadings readings, TargetCalls calls, CachedEmbeddings cached)
{
    /// <exception cref="GatewayException">A limit is reached, or the last target refused or failed.</exception>
    public Task<EmbeddingBatch> EmbedAsync(ResolvedRoute route, EmbeddingCall call, Caller caller, CancellationToken cancellationToken) =>
        cached.EmbedAsync(route, caller, call, asked => AskAsync(route, asked, caller, cancellationToken), cancellationToken);

    private Task<EmbeddingBatch> AskAsync(ResolvedRoute route, EmbeddingCall call, Caller caller, CancellationToken cancellationToken)
    {
        var reading = new TextReading<EmbeddingBatch>(
            "embeddings", call.Texts, call.Instruction, call.Texts, (model, mayWait) => calls.EmbedAsync(route, model, call, mayWait, cancellationToken), batch => batch.PromptTokens);
        return readings.AskAsync(route, reading, caller, cancellationToken);
    }
}
