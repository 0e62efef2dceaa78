using Azure;
using Microsoft.Extensions.Options;
using Serverless.Contracts;
using Serverless.Functions.Ingestion.Events;

namespace Serverless.Functions.Ingestion.Reconcile;

/// <summary>
/// What <c>GET /health</c> says of documents: as the last run over all collections found it, and whether somebody is at work on what has happened since; read from storage at most every half minute.
/// Whether the app lives does not depend on storage: where it does not answer within a second, nothing is known.
/// </summary>
public sealed class ReconcileHealth(ReconcileStore runs, DocumentEventBacklog backlog, IOptions<IngestionOptions> options, TimeProvider time)
{
    /// <summary>An event is taken up within seconds, and after the death of an instance within ten minutes in Azure: it is not seen meanwhile.</summary>
    public static readonly TimeSpan LongestWait = TimeSpan.FromMinutes(5);

    private static readonly TimeSpan Kept = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Wait = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan ReadTimeout = TimeSpan.FromSeconds(10);
    private static readonly DocumentsHealth Unknown = new("unknown", 0, null);

    private volatile Seen? _seen;
    private volatile Task<DocumentsHealth?>? _reading;

    /// <returns>Null while there has been no run.</returns>
    public async Task<DocumentsHealth?> GetAsync(CancellationToken cancellationToken)
    {
        if (_seen is { } seen && seen.Until > time.GetSteadyNow()) return seen.Health;
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
            var waiting = backlog.OldestAsync(timeout.Token);
            health = Judge(await runs.FindAsync(null, timeout.Token), await waiting);
        }
        catch (Exception e) when (e is RequestFailedException or AggregateException or OperationCanceledException)
        {
            health = Unknown;
        }

        _seen = new Seen(time.GetSteadyNow() + Kept, health);
        return health;
    }

    private DocumentsHealth? Judge(ReconcileRun? run, DateTimeOffset? waitingSince)
    {
        var now = time.GetUtcNow();
        if (now - waitingSince < LongestWait) waitingSince = null;
        if (run is null) return waitingSince is null ? null : new DocumentsHealth("stalled", 0, null, null, waitingSince);

        // A lost run is begun anew by the timer once it has been silent for so long; one that is older than two such times was not.
        var isLost = run.State == ReconcileRun.Running && now - run.StartedAt > 2 * options.Value.ReconcileStuck;
        var state = waitingSince is not null || isLost ? "stalled" : run.State switch
        {
            ReconcileRun.Failed => "unknown",
            ReconcileRun.Running => "running",
            _ => run.Counts.Damaged > 0 ? "damaged" : run.Drifted > 0 ? "drift" : "ok",
        };
        return new DocumentsHealth(state, run.Drifted, run.EndedAt ?? run.StartedAt, run.Counts.Damaged > 0 ? run.Counts.Damaged : null, waitingSince);
    }

    private sealed record Seen(TimeSpan Until, DocumentsHealth? Health);
}
