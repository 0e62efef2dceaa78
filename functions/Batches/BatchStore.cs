using System.Globalization;
using System.Runtime.CompilerServices;
using Azure;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using Serverless.Contracts;
using Serverless.Functions.Batches.Input;
using Serverless.Functions.Batches.Running;
using Serverless.Functions.Hosting;
using Serverless.Functions.Ingestion.State;

namespace Serverless.Functions.Batches;

/// <summary>
/// Batches: <c>batches/{owner}/{id}</c>, their status its metadata; and what is there of one while it runs, <c>work/{owner}/{id}/...</c>: where its slices are, what is wrong with its input, and the
/// results of each slice.
/// </summary>
public sealed class BatchStore(BatchContainer container, TimeProvider time)
{
    internal const string Prefix = "batches/";
    private const string IdPrefix = "batch_", MessagesIdPrefix = "msgbatch_";
    private const int DeletedAtATime = 8;

    /// <summary>Slices that are counted together once all of them are done.</summary>
    internal const int SlicesPerGroup = 100;

    // One generation of a batch's orchestration is at work on no more.
    private const int GroupsAtATime = 1 + ((BatchOrchestrator.SlicesPerGeneration + SlicesPerGroup - 2) / SlicesPerGroup);

    public string NewId() => IdPrefix + BatchContainer.NewId(time.GetUtcNow());

    /// <summary>Of one of Anthropic's message batches.</summary>
    public string NewMessagesId() => MessagesIdPrefix + BatchContainer.NewId(time.GetUtcNow());

    /// <summary>Whether a text is an id of ours.</summary>
    public static bool IsId(string id) => BatchContainer.IsId(id, IdPrefix);

    /// <summary>Whether a text is an id of ours of one of Anthropic's message batches.</summary>
    public static bool IsMessagesId(string id) => BatchContainer.IsId(id, MessagesIdPrefix);

    /// <summary>When the batch of an id of ours was made, to the millisecond: its id says so.</summary>
    internal static DateTimeOffset CreatedAt(string id) => BatchContainer.TimeOf(id[(id.IndexOf('_', StringComparison.Ordinal) + 1)..]);

    /// <param name="requests">How many there are, where that is known before the input is read.</param>
    public async Task CreateAsync(Batch batch, int requests, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(batch);
        await container.EnsureCreatedAsync(cancellationToken);
        var upload = new BlobUploadOptions
        {
            Metadata = new BatchStatus { State = BatchState.Validating, Total = requests }.ToMetadata(),
            HttpHeaders = new BlobHttpHeaders { ContentType = "application/json" },
            Conditions = new BlobRequestConditions { IfNoneMatch = ETag.All },
        };
        await Blob(batch.Owner, batch.Id).UploadAsync(BinaryData.FromObjectAsJson(batch, WireJson.Options), upload, cancellationToken);
    }

    public async Task<(Batch Batch, BatchStatus Status)?> FindAsync(string owner, string id, CancellationToken cancellationToken)
    {
        if (!IsId(id) && !IsMessagesId(id)) return null;
        try
        {
            var content = (await Blob(owner, id).DownloadContentAsync(cancellationToken)).Value;
            return (content.Content.ToObjectFromJson<Batch>(WireJson.Options)!, BatchStatus.Of(content.Details.Metadata));
        }
        catch (RequestFailedException failure) when (failure.Status == 404)
        {
            return null;
        }
    }

    /// <summary>Changes a batch's status by compare-and-swap; <paramref name="change"/> may run several times, and returns its argument to leave things as they are.</summary>
    /// <returns>The status after; null when there is no such batch.</returns>
    public Task<BatchStatus?> ChangeAsync(string owner, string id, Func<BatchStatus, BatchStatus> change, CancellationToken cancellationToken) =>
        StatusBlob.ChangeAsync(Blob(owner, id), BatchStatus.Of, static status => status.ToMetadata(), change, cancellationToken);

    /// <summary>Lets what is under way end, and asks no more.</summary>
    /// <returns>The status after; null when there is no such batch.</returns>
    public Task<BatchStatus?> CancelAsync(string owner, string id, DateTimeOffset now, CancellationToken cancellationToken) => ChangeAsync(
        owner, id, before => before.State is BatchState.Validating or BatchState.InProgress ? before with { State = BatchState.Cancelling, CancellingAt = now } : before, cancellationToken);

    /// <summary>An owner's batches, the newest first; everybody's, owner by owner, where that is null.</summary>
    public async IAsyncEnumerable<(string Owner, string Id, BatchStatus Status)> ListAsync(string? owner, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await container.EnsureCreatedAsync(cancellationToken);
        var prefix = owner is null ? Prefix : $"{Prefix}{owner}/";
        await foreach (var blob in container.Blobs.GetBlobsAsync(new GetBlobsOptions { Traits = BlobTraits.Metadata, Prefix = prefix }, cancellationToken))
        {
            if (blob.Name[Prefix.Length..].Split('/') is [var whose, var id]) yield return (whose, id, BatchStatus.Of(blob.Metadata));
        }
    }

    public Task DeleteAsync(string owner, string id, CancellationToken cancellationToken) => Blob(owner, id).DeleteIfExistsAsync(cancellationToken: cancellationToken);

    public async Task<IReadOnlyList<InputSlice>?> FindSlicesAsync(BatchWork batch, CancellationToken cancellationToken) =>
        await container.Blobs.ReadJsonAsync<List<InputSlice>>(Work(batch, "slices"), cancellationToken);

    public Task WriteSlicesAsync(BatchWork batch, IReadOnlyList<InputSlice> slices, CancellationToken cancellationToken) =>
        container.Blobs.WriteJsonAsync(Work(batch, "slices"), slices, cancellationToken);

    /// <summary>What was wrong with the input; empty where nothing was.</summary>
    public async Task<IReadOnlyList<InputFault>> FaultsAsync(string owner, string id, CancellationToken cancellationToken) =>
        await container.Blobs.ReadJsonAsync<List<InputFault>>($"faults/{owner}/{id}", cancellationToken) ?? [];

    public Task WriteFaultsAsync(BatchWork batch, IReadOnlyList<InputFault> faults, CancellationToken cancellationToken) =>
        container.Blobs.WriteJsonAsync($"faults/{batch.Owner}/{batch.Id}", faults, cancellationToken);

    /// <summary>What has been answered of a slice so far.</summary>
    internal async Task<SliceResults> FindResultsAsync(BatchWork batch, int slice, CancellationToken cancellationToken)
    {
        try
        {
            return SliceResults.Parse((await container.Blobs.GetBlobClient(Result(batch, slice)).DownloadContentAsync(cancellationToken)).Value.Content.ToMemory());
        }
        catch (RequestFailedException failure) when (failure.Status == 404)
        {
            return new SliceResults();
        }
    }

    /// <summary>What has been written of each slice: requests and bytes, by the slice's number.</summary>
    internal async Task<IReadOnlyDictionary<int, (int Requests, long Bytes)>> MeasureResultsAsync(BatchWork batch, CancellationToken cancellationToken)
    {
        var (prefix, found) = (Work(batch, "results/"), new Dictionary<int, (int Requests, long Bytes)>());
        await foreach (var blob in container.Blobs.GetBlobsAsync(new GetBlobsOptions { Traits = BlobTraits.Metadata, Prefix = prefix }, cancellationToken))
            found[int.Parse(blob.Name.AsSpan(prefix.Length), CultureInfo.InvariantCulture)] = (Number(blob.Metadata, "completed") + Number(blob.Metadata, "failed"), blob.Properties.ContentLength ?? 0);
        return found;
    }

    internal async Task WriteResultsAsync(BatchWork batch, int slice, SliceResults results, CancellationToken cancellationToken)
    {
        var metadata = new Dictionary<string, string>
        {
            ["completed"] = results.Completed.ToString(CultureInfo.InvariantCulture),
            ["failed"] = results.Failed.ToString(CultureInfo.InvariantCulture),
        };
        await container.Blobs.GetBlobClient(Result(batch, slice)).UploadAsync(BinaryData.FromBytes(results.ToBytes()), new BlobUploadOptions { Metadata = metadata }, cancellationToken);
    }

    /// <summary>A batch's status with what has been answered and has failed so far: what is counted already, and the groups of slices that may be under way.</summary>
    public async Task<BatchStatus> CountAsync(string owner, string id, BatchStatus status, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(status);
        if (status.IsTerminal) return status;
        for (var ahead = 0; ahead < GroupsAtATime; ahead++) status = await AddGroupAsync(owner, id, status.Counted + ahead, status, cancellationToken);
        return status;
    }

    /// <summary>Counts groups of slices that are done, each once, so that nobody who asks how far the batch is counts them again.</summary>
    /// <param name="done">How many of the batch's first slices are done.</param>
    internal async Task CountDoneAsync(BatchWork batch, BatchStatus status, int done, CancellationToken cancellationToken)
    {
        var counted = status;
        while (counted.Counted < done / SlicesPerGroup) counted = await AddGroupAsync(batch.Owner, batch.Id, counted.Counted, counted with { Counted = counted.Counted + 1 }, cancellationToken);
        if (counted.Counted == status.Counted) return;
        await ChangeAsync(
            batch.Owner, batch.Id,
            before => before.IsTerminal || before.Counted != status.Counted ? before : before with { Counted = counted.Counted, Completed = counted.Completed, Failed = counted.Failed },
            cancellationToken);
    }

    /// <summary>Deletes what was there of a batch while it ran.</summary>
    public Task DropWorkAsync(string owner, string id, CancellationToken cancellationToken) => Parallel.ForEachAsync(
        container.Blobs.GetBlobsAsync(new GetBlobsOptions { Prefix = $"work/{owner}/{id}/" }, cancellationToken),
        new ParallelOptions { MaxDegreeOfParallelism = DeletedAtATime, CancellationToken = cancellationToken },
        async (blob, stop) => await container.Blobs.GetBlobClient(blob.Name).DeleteIfExistsAsync(cancellationToken: stop));

    /// <summary>Deletes what was wrong with a batch's input.</summary>
    public Task DropFaultsAsync(string owner, string id, CancellationToken cancellationToken) =>
        container.Blobs.GetBlobClient($"faults/{owner}/{id}").DeleteIfExistsAsync(cancellationToken: cancellationToken);

    private async Task<BatchStatus> AddGroupAsync(string owner, string id, int group, BatchStatus status, CancellationToken cancellationToken)
    {
        // Slices have five digits: those of a group share all but two.
        var prefix = FormattableString.Invariant($"work/{owner}/{id}/results/{group:D3}");
        var (completed, failed) = (0, 0);
        await foreach (var blob in container.Blobs.GetBlobsAsync(new GetBlobsOptions { Traits = BlobTraits.Metadata, Prefix = prefix }, cancellationToken))
        {
            completed += Number(blob.Metadata, "completed");
            failed += Number(blob.Metadata, "failed");
        }

        return status with { Completed = status.Completed + completed, Failed = status.Failed + failed };
    }

    private static string Work(BatchWork batch, string what) => $"work/{batch.Owner}/{batch.Id}/{what}";

    private static string Result(BatchWork batch, int slice) => FormattableString.Invariant($"work/{batch.Owner}/{batch.Id}/results/{slice:D5}");

    private static int Number(IDictionary<string, string> metadata, string key) =>
        metadata.TryGetValue(key, out var value) && int.TryParse(value, CultureInfo.InvariantCulture, out var number) ? number : 0;

    private BlobClient Blob(string owner, string id) => container.Blobs.GetBlobClient($"{Prefix}{owner}/{id}");
}
