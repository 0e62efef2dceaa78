using Serverless.Functions.Ingestion.State;

namespace Serverless.Functions.Ingestion.Reconcile;

/// <summary>Keeps the last run of each collection, and of all: <c>reconciles/{collection}.json</c> and <c>reconcile.json</c> of container <c>config</c>.</summary>
public sealed class ReconcileStore(IngestionContainers containers)
{
    /// <returns>Null where there was none, or what was written of it is damaged: the next run writes it anew.</returns>
    public async Task<ReconcileRun?> FindAsync(string? collection, CancellationToken cancellationToken) =>
        (await containers.Config.ReadStateAsync<ReconcileRun>(Name(collection), cancellationToken, run => run is { Id: not null, State: not null, Counts: not null })).Value;

    public async Task WriteAsync(ReconcileRun run, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(run);
        await containers.EnsureCreatedAsync(cancellationToken);
        await containers.Config.WriteJsonAsync(Name(run.Collection), run, cancellationToken);
    }

    private static string Name(string? collection) => collection is null ? "reconcile.json" : $"reconciles/{collection}.json";
}
