using Azure;

namespace Serverless.Functions.Ingestion.Reconcile;

/// <summary>What <c>GET /health</c> says of documents, as the last run over all collections found it; read from storage at most every half minute.</summary>
public sealed class ReconcileHealth(ReconcileStore runs, TimeProvider time)
{
    private static readonly TimeSpan Kept = TimeSpan.FromSeconds(30);

    private (DateTimeOffset Until, DocumentsHealth? Health) _seen;

    /// <returns>Null while there has been no run.</returns>
    public async Task<DocumentsHealth?> GetAsync(CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        if (_seen.Until > now) return _seen.Health;
        DocumentsHealth? health;
        try
        {
            health = await runs.FindAsync(null, cancellationToken) is { } run
                ? new DocumentsHealth(run.State == ReconcileRun.Failed ? "unknown" : run.Drifted > 0 ? "drift" : "ok", run.Drifted, run.EndedAt ?? run.StartedAt)
                : null;
        }
        catch (RequestFailedException)
        {
            health = new DocumentsHealth("unknown", 0, null);
        }

        _seen = (now + Kept, health);
        return health;
    }
}
