using Azure;
using Azure.Storage.Blobs.Models;
using Serverless.Functions.Ingestion.State;
using Serverless.Functions.Ingestion.Transfers.Exports;
using Serverless.Functions.Ingestion.Transfers.Imports;
using Serverless.Functions.Ingestion.Transfers.Restores;

namespace Serverless.Functions.Ingestion.Transfers;

/// <summary>
/// Keeps transfers: <c>transfers/{kind}/{collection}/{id}.json</c> of container <c>config</c>, and what a step of one could not move beside it. A run is written by its own
/// orchestration only, and by a step that runs twice in the same words.
/// </summary>
public sealed class TransferStore(IngestionContainers containers)
{
    private const int StepsPerPage = 10;

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

    private static string Name(TransferKind kind, string collection, string id) => $"transfers/{Of(kind)}/{collection}/{id}.json";

    private static string Folder(TransferKind kind, string collection, string id) => $"transfers/{Of(kind)}/{collection}/{id}/";

    private static string Of(TransferKind kind) => kind switch { TransferKind.Import => "imports", TransferKind.Export => "exports", _ => "restores" };
}
