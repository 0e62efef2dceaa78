using Azure;
using Azure.Storage.Blobs.Models;
using Serverless.Functions.Ingestion.State;
using Serverless.Functions.Ingestion.Transfers.Exports;
using Serverless.Functions.Ingestion.Transfers.Imports;
using Serverless.Functions.Ingestion.Transfers.Restores;

namespace Serverless.Functions.Ingestion.Transfers;

/// <summary>
/// Keeps transfers: <c>transfers/{kind}/{collection}/{id}.json</c> of container <c>config</c>, and what a step of one could not move beside it. A run is written by its own
/// orchestration only, and by a step that runs twice in the same words; so that it is to be cancelled is a blob of its own, <c>{id}.cancel</c>.
/// </summary>
public sealed class TransferStore(IngestionContainers containers)
{
    private const int StepsPerPage = 10;
    private const string Ending = ".json", CancelEnding = ".cancel";

    public async Task<TransferRun?> FindAsync(TransferKind kind, string collection, string id, CancellationToken cancellationToken) => kind switch
    {
        TransferKind.Import => await FindAsync<ImportRun>(kind, collection, id, cancellationToken),
        TransferKind.Export => await FindAsync<ExportRun>(kind, collection, id, cancellationToken),
        _ => await FindAsync<RestoreRun>(kind, collection, id, cancellationToken),
    };

    /// <exception cref="TransferRefusedException">It has been deleted.</exception>
    public async Task<T> RequireAsync<T>(TransferWork work, CancellationToken cancellationToken)
        where T : TransferRun
    {
        ArgumentNullException.ThrowIfNull(work);
        return await FindAsync<T>(work.Kind, work.Collection, work.Id, cancellationToken) ?? throw new TransferRefusedException("transfer_gone", "What was asked for is not there any more.");
    }

    public async Task WriteAsync(TransferRun run, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(run);
        await containers.EnsureCreatedAsync(cancellationToken);
        // As what it is: a base type's serializer would leave the rest out.
        await containers.Config.WriteJsonAsync(Name(run.Kind(), run.Collection, run.Id), (object)run, cancellationToken);
    }

    public Task DeleteAsync(TransferKind kind, string collection, string id, CancellationToken cancellationToken) =>
        containers.Config.GetBlobClient(Name(kind, collection, id)).DeleteIfExistsAsync(cancellationToken: cancellationToken);

    /// <summary>A collection's transfers of a kind, the newest first; ids are made in the order of time.</summary>
    /// <param name="before">Those that began before the one with this id; null for all.</param>
    /// <returns>At most <paramref name="top"/>, and whether there are more.</returns>
    public async Task<(IReadOnlyList<TransferRun> Runs, bool HasMore)> ListAsync(TransferKind kind, string collection, int top, string? before, CancellationToken cancellationToken)
    {
        var (ids, cancelled) = (new List<string>(), new HashSet<string>(StringComparer.Ordinal));
        var prefix = Parent(kind, collection);
        try
        {
            // Without what lies in folders, which is what steps could not move.
            await foreach (var item in containers.Config.GetBlobsByHierarchyAsync(new GetBlobsByHierarchyOptions { Prefix = prefix, Delimiter = "/" }, cancellationToken))
            {
                if (!item.IsBlob) continue;
                var name = item.Blob.Name[prefix.Length..];
                if (name.EndsWith(Ending, StringComparison.Ordinal)) ids.Add(name[..^Ending.Length]);
                else if (name.EndsWith(CancelEnding, StringComparison.Ordinal)) cancelled.Add(name[..^CancelEnding.Length]);
            }
        }
        catch (RequestFailedException failure) when (failure.Status == 404)
        {
            // Nothing was ever written.
        }

        var older = ids.Where(id => before is null || string.CompareOrdinal(id, before) < 0).OrderDescending(StringComparer.Ordinal).Take(top + 1).ToList();
        var runs = new List<TransferRun>();
        foreach (var id in older.Take(top))
        {
            // One may go meanwhile.
            if (await FindAsync(kind, collection, id, cancellationToken) is { } run) runs.Add(Shown(run, cancelled.Contains(id)));
        }

        return (runs, older.Count > top);
    }

    /// <summary>A transfer as it is shown: <see cref="TransferState.Cancelling"/> while it is to end.</summary>
    public async Task<TransferRun?> FindShownAsync(TransferKind kind, string collection, string id, CancellationToken cancellationToken) =>
        await FindAsync(kind, collection, id, cancellationToken) is not { } run ? null
            : Shown(run, run.State == TransferState.Running && await IsToEndAsync(kind, collection, id, cancellationToken));

    /// <summary>Has a transfer end before its next step.</summary>
    public Task CancelAsync(TransferRun run, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(run);
        return containers.Config.GetBlobClient(CancelName(run.Kind(), run.Collection, run.Id)).UploadAsync(BinaryData.Empty, overwrite: true, cancellationToken);
    }

    /// <summary>Whether <see cref="CancelAsync"/> was called for it.</summary>
    public async Task<bool> IsToEndAsync(TransferKind kind, string collection, string id, CancellationToken cancellationToken) =>
        await containers.Config.GetBlobClient(CancelName(kind, collection, id)).ExistsAsync(cancellationToken);

    /// <summary>Forgets a transfer that has ended, and what it could not move: the run itself last, so that a deletion that is cut off can be asked for again.</summary>
    public async Task ForgetAsync(TransferRun run, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(run);
        var (kind, collection, id) = (run.Kind(), run.Collection, run.Id);
        await foreach (var blob in containers.Config.GetBlobsAsync(new GetBlobsOptions { Prefix = Folder(kind, collection, id) }, cancellationToken))
            await containers.Config.GetBlobClient(blob.Name).DeleteIfExistsAsync(cancellationToken: cancellationToken);
        await containers.Config.GetBlobClient(CancelName(kind, collection, id)).DeleteIfExistsAsync(cancellationToken: cancellationToken);
        await DeleteAsync(kind, collection, id, cancellationToken);
    }

    /// <summary>Notes what a step could not move. Done again, it replaces what it noted.</summary>
    public async Task WriteFailuresAsync(TransferWork work, IReadOnlyList<TransferFailure> failures, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(work);
        ArgumentNullException.ThrowIfNull(failures);
        var name = $"{Folder(work.Kind, work.Collection, work.Id)}{FormattableString.Invariant($"{work.Step:D8}")}.json";
        if (failures.Count > 0) await containers.Config.WriteJsonAsync(name, failures, cancellationToken);
        else await containers.Config.GetBlobClient(name).DeleteIfExistsAsync(cancellationToken: cancellationToken);
    }

    /// <summary>What a transfer could not move, those of some steps at a time, in the order of the steps.</summary>
    public async Task<(IReadOnlyList<TransferFailure> Failures, string? Continuation)> ListFailuresAsync(
        TransferKind kind, string collection, string id, string? continuation, CancellationToken cancellationToken)
    {
        var failures = new List<TransferFailure>();
        try
        {
            var pages = containers.Config.GetBlobsAsync(new GetBlobsOptions { Prefix = Folder(kind, collection, id) }, cancellationToken).AsPages(continuation, StepsPerPage);
            await foreach (var page in pages)
            {
                foreach (var blob in page.Values) failures.AddRange(await containers.Config.ReadJsonAsync<IReadOnlyList<TransferFailure>>(blob.Name, cancellationToken) ?? []);
                return (failures, string.IsNullOrEmpty(page.ContinuationToken) ? null : page.ContinuationToken);
            }
        }
        catch (RequestFailedException failure) when (failure.Status == 404)
        {
            // Nothing was ever written.
        }

        return (failures, null);
    }

    private Task<T?> FindAsync<T>(TransferKind kind, string collection, string id, CancellationToken cancellationToken)
        where T : TransferRun => containers.Config.ReadJsonAsync<T>(Name(kind, collection, id), cancellationToken);

    private static TransferRun Shown(TransferRun run, bool isToEnd) => isToEnd && run.State == TransferState.Running ? run with { State = TransferState.Cancelling } : run;

    private static string Parent(TransferKind kind, string collection) => $"transfers/{Of(kind)}/{collection}/";

    private static string Name(TransferKind kind, string collection, string id) => $"{Parent(kind, collection)}{id}{Ending}";

    private static string CancelName(TransferKind kind, string collection, string id) => $"{Parent(kind, collection)}{id}{CancelEnding}";

    private static string Folder(TransferKind kind, string collection, string id) => $"{Parent(kind, collection)}{id}/";

    private static string Of(TransferKind kind) => kind switch { TransferKind.Import => "imports", TransferKind.Export => "exports", _ => "restores" };
}
