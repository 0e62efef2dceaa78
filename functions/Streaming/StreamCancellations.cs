using Azure;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using Serverless.Functions.Clients;

namespace Serverless.Functions.Streaming;

/// <summary>
/// How a stop reaches the instance that pushes the stream when it arrives at another one: a small blob in container <c>pipeline</c>
/// (which expires), named by the stream and its owner. It holds nothing.
/// </summary>
public sealed class StreamCancellations(BlobServiceClient storage)
{
    private readonly BlobContainerClient _container = storage.GetBlobContainerClient("pipeline");

    public async Task RequestAsync(string streamId, Caller caller, CancellationToken cancellationToken)
    {
        var blob = Blob(streamId, caller);
        try
        {
            await blob.UploadAsync(BinaryData.Empty, overwrite: true, cancellationToken).ConfigureAwait(false);
        }
        catch (RequestFailedException exception) when (exception.ErrorCode == BlobErrorCode.ContainerNotFound)
        {
            await _container.CreateIfNotExistsAsync(cancellationToken: cancellationToken).ConfigureAwait(false);
            await blob.UploadAsync(BinaryData.Empty, overwrite: true, cancellationToken).ConfigureAwait(false);
        }
    }

    public async Task<bool> IsRequestedAsync(string streamId, Caller caller, CancellationToken cancellationToken) =>
        await Blob(streamId, caller).ExistsAsync(cancellationToken).ConfigureAwait(false);

    private BlobClient Blob(string streamId, Caller caller) =>
        _container.GetBlobClient($"cancelled-streams/{Uri.EscapeDataString(caller.Subject)}/{streamId}");
}
