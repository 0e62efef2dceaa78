using Serverless.Functions.Ingestion.State;

namespace Serverless.Functions.Ingestion.Generations;

/// <summary>Counts by listings alone how far a collection's documents have come from one generation to the next.</summary>
public sealed class BuildCensus(StatusStore statuses)
{
    private const int Page = 1000;

    /// <param name="most">Paths of documents that nothing is at work on and that are not built, at most so many.</param>
    public async Task<(BuildTally Tally, IReadOnlyList<string> Due)> TallyAsync(string collection, Generation building, int most, CancellationToken cancellationToken)
    {
        var tally = new BuildTally();
        var due = new List<string>();
        await foreach (var (path, status) in ListAsync(collection, cancellationToken))
        {
            var standing = BuildRules.Judge(status, building);
            tally = tally.With(standing, status.BuildError);
            if (standing == BuildStanding.Due && due.Count < most) due.Add(path);
        }

        return (tally, due);
    }

    /// <summary>Paths of documents at rest whose chunks are not those of the serving generation, at most so many.</summary>
    public async Task<IReadOnlyList<string>> BehindAsync(string collection, Generation serving, int most, CancellationToken cancellationToken)
    {
        var behind = new List<string>();
        await foreach (var (path, status) in ListAsync(collection, cancellationToken))
        {
            if (!status.IsTerminal || status.Signalled || BuildRules.IsServed(status, serving)) continue;
            behind.Add(path);
            if (behind.Count == most) break;
        }

        return behind;
    }

    private async IAsyncEnumerable<(string Path, DocumentStatus Status)> ListAsync(
        string collection, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        string? next = null;
        do
        {
            (var documents, next) = await statuses.ListAsync(collection, Page, next, cancellationToken);
            foreach (var document in documents) yield return document;
        }
        while (next is not null);
    }
}
