using Serverless.Functions.Clients;
using Serverless.Functions.Ingestion.Access;
using Serverless.Functions.Ingestion.State;
using Serverless.Functions.Limits.Prices;

namespace Serverless.Functions.Ingestion.Progress;

/// <summary>Counts a collection's documents by state, from listings alone.</summary>
public sealed class CollectionProgress(StatusStore statuses, AccessResolver access)
{
    private const int Page = 1000;
    private const int MostPages = 50;

    /// <param name="caller">Who may not see a document is not told that it is counted.</param>
    public async Task<ProgressSummary> OfAsync(string collection, Caller caller, CancellationToken cancellationToken)
    {
        var states = new SortedDictionary<DocumentState, int>();
        var (documents, percent, chunks, tokens, embedded, cost) = (0, 0L, 0L, 0L, 0L, 0L);
        (DateTimeOffset At, string? Error) last = default;
        DateTimeOffset? latest = null;
        string? next = null;
        for (var page = 0; page < MostPages; page++)
        {
            (var items, next) = await statuses.ListAsync(collection, Page, next, cancellationToken);
            foreach (var (path, status) in items)
            {
                if (!(status.Access?.Permits(caller) ?? await access.PermitsAsync(new DocumentName(collection, path), caller, cancellationToken))) continue;
                documents++;
                (embedded, cost) = (embedded + status.EmbeddedTokens, cost + status.Cost);
                if (latest is null || status.UpdatedAt > latest) latest = status.UpdatedAt;
                states[status.State] = states.GetValueOrDefault(status.State) + 1;
                percent += status.IsTerminal ? 100 : status.Percent;
                if (status.State == DocumentState.Ready) (chunks, tokens) = (chunks + status.Chunks, tokens + status.Tokens);
                if (status.State == DocumentState.Failed && status.UpdatedAt >= last.At) last = (status.UpdatedAt, status.Error);
            }

            if (next is null) break;
        }

        var atRest = states.GetValueOrDefault(DocumentState.Ready) + states.GetValueOrDefault(DocumentState.Failed);
        return new ProgressSummary(collection, documents, states, documents == 0 ? 100 : (int)(percent / documents), chunks, last.Error, atRest == documents, next is null, latest, tokens, embedded, cost > 0 ? TokenPrice.ToUsd(cost) : null);
    }
}
