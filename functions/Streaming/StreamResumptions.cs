using System.Runtime.CompilerServices;
using System.Text.Json;
using Azure;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using Serverless.Functions.Clients;

namespace Serverless.Functions.Streaming;

/// <summary>
/// How a caller who comes back reaches the instance that pushes the stream when the request arrives at another one: a small blob in container <c>pipeline</c> (which expires), named by the
/// stream and its owner. It holds a connection's id and a number, and nothing of an answer.
/// </summary>
public sealed class StreamResumptions(BlobServiceClient storage)
{
    private const string Folder = "resumed-streams/";

    private readonly StreamBlobs _blobs = new(storage, Folder);

    public Task RequestAsync(string streamId, Caller caller, StreamResumption resumption, CancellationToken cancellationToken) =>
        _blobs.WriteAsync(streamId, caller, BinaryData.FromObjectAsJson(resumption), cancellationToken);

    /// <summary>The names of all streams that somebody has come back to and that no instance has taken up yet.</summary>
    public async IAsyncEnumerable<string> WaitingAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var names = new List<string>();
        try
        {
            await foreach (var blob in _blobs.Container.GetBlobsAsync(new GetBlobsOptions { Prefix = Folder }, cancellationToken).ConfigureAwait(false)) names.Add(blob.Name);
        }
        catch (RequestFailedException exception) when (exception.ErrorCode == BlobErrorCode.ContainerNotFound)
        {
        }

        foreach (var name in names) yield return name[(name.LastIndexOf('/') + 1)..];
    }

    /// <summary>What was asked for since this was last called; null for nothing.</summary>
    public async Task<StreamResumption?> TakeAsync(string streamId, Caller caller, CancellationToken cancellationToken)
    {
        var blob = _blobs.Of(streamId, caller);
        try
        {
            var found = await blob.DownloadContentAsync(cancellationToken).ConfigureAwait(false);
            // One that is written meanwhile is left for the next look.
            await blob.DeleteIfExistsAsync(conditions: new BlobRequestConditions { IfMatch = found.Value.Details.ETag }, cancellationToken: cancellationToken).ConfigureAwait(false);
            return found.Value.Content.ToObjectFromJson<StreamResumption>();
        }
        catch (RequestFailedException exception) when (exception.ErrorCode == BlobErrorCode.BlobNotFound || exception.ErrorCode == BlobErrorCode.ContainerNotFound || exception.ErrorCode == BlobErrorCode.ConditionNotMet)
        {
            return null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
