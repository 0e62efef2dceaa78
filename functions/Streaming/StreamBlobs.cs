using Azure;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using Serverless.Functions.Clients;

namespace Serverless.Functions.Streaming;

/// <summary>Small blobs by which one instance tells another of a stream: in container <c>pipeline</c> (which expires), named by the stream and its owner.</summary>
/// <param name="folder">Of what is told, with a slash at its end.</param>
internal sealed class StreamBlobs(BlobServiceClient storage, string folder)
{
    public BlobContainerClient Container { get; } = storage.GetBlobContainerClient("pipeline");

    public BlobClient Of(string streamId, Caller caller) => Container.GetBlobClient($"{folder}{Uri.EscapeDataString(caller.Subject)}/{streamId}");

    public async Task WriteAsync(string streamId, Caller caller, BinaryData content, CancellationToken cancellationToken)
    {
        var blob = Of(streamId, caller);
        try
        {
            await blob.UploadAsync(content, overwrite: true, cancellationToken).ConfigureAwait(false);
        }
        catch (RequestFailedException exception) when (exception.ErrorCode == BlobErrorCode.ContainerNotFound)
        {
            await Container.CreateIfNotExistsAsync(cancellationToken: cancellationToken).ConfigureAwait(false);
            await blob.UploadAsync(content, overwrite: true, cancellationToken).ConfigureAwait(false);
        }
    }
}
