using Azure;

namespace Serverless.Functions.Ingestion.Reconcile;

/// <summary>
/// What <c>GET /health</c> says of documents, as the last run over all collections found it; read from storage at most every half minute. Whether the app lives does not depend on storage: where it
/// does not answer within a second, nothing is known.
/// </summary>
public sealed class ReconcileHealth(ReconcileStore runs, TimeProvider time)
{
    private static readonly TimeSpan Kept = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Wait = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan ReadTimeout = TimeSpan.FromSeconds(10);
    private static readonly DocumentsHealth Unknown = new("unknown", 0, null);

    private volatile Seen? _seen;
    private volatile Task<DocumentsHealth?>? _reading;

    /// <returns>Null while there has been no run.</returns>
    public async Task<DocumentsHealth?> GetAsync(CancellationToken cancellationToken)
    {
        if (_seen is { } seen && seen.Until > time.GetUtcNow()) return seen.Health;
        var reading = _reading;
        if (reading is null or { IsCompleted: true }) _reading = reading = ReadAsync();
        try
        {
            return await reading.WaitAsync(Wait, time, cancellationToken);
        }
        catch (TimeoutException)
        {
            return Unknown;
        }
    }

    private async Task<DocumentsHealth?> ReadAsync()
    {
        DocumentsHealth? health;
        using var timeout = new CancellationTokenSource(ReadTimeout, time);
        try
        {
            health = await runs.FindAsync(null, timeout.Token) is { } run
                ? new DocumentsHealth(run.State == ReconcileRun.Failed ? "unknown" : run.Counts.Damaged > 0 ? "damaged" : run.Drifted > 0 ? "drift" : "ok", run.Drifted, run.EndedAt ?? run.StartedAt, run.Counts.Damaged > 0 ? run.Counts.Damaged : null)
                : null;
        }
        catch (Exception e) when (e is RequestFailedException or AggregateException or OperationCanceledException)
        {
            health = Unknown;
        }

        _seen = new Seen(time.GetUtcNow() + Kept, health);
        return health;
    }

    private sealed record Seen(DateTimeOffset Until, DocumentsHealth? Health);
}
