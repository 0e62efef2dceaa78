using System.Security.Cryptography;
using System.Text;
using Serverless.Functions.Evaluation.Runs;
using Serverless.Functions.Ingestion.State;

namespace Serverless.Functions.Evaluation.Running;

/// <summary>Names the state of the collections that a run asks: two runs with the same fingerprint searched the same chunks.</summary>
public sealed class CollectionFingerprints(StatusStore statuses)
{
    private const int Page = 1000;

    /// <summary>For each collection, SHA-256 over its documents' paths and the passes that are in the index (content and settings, hexadecimal).</summary>
    public async Task<IReadOnlyDictionary<string, string>> OfAsync(EvaluationRun run, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(run);
        var found = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var collection in run.Routes.Select(route => route.Collection).OfType<string>().Distinct(StringComparer.Ordinal))
            found[collection] = await OfAsync(collection, cancellationToken);
        return found;
    }

    private async Task<string> OfAsync(string collection, CancellationToken cancellationToken)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        string? next = null;
        do
        {
            (var documents, next) = await statuses.ListAsync(collection, Page, next, cancellationToken);
            foreach (var (path, status) in documents) hash.AppendData(Encoding.UTF8.GetBytes($"{path}\0{status.Indexed}\n"));
        }
        while (next is not null);
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
