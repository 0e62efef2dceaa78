using Azure.Storage.Blobs;
using Serverless.Functions.Clients;

namespace Serverless.Functions.Streaming;

/// <summary>
/// How a stop reaches the instance that pushes the stream when it arrives at another one: a small blob in container <c>pipeline</c>
/// (which expires), named by the stream and its owner. It holds nothing.
/// </summary>
public sealed class StreamCancellations(BlobServiceClient storage)
{
    private readonly StreamBlobs _blobs = new(storage, "cancelled-streams/");

    public Task RequestAsync(string streamId, Caller caller, CancellationToken cancellationToken) => _blobs.WriteAsync(streamId, caller, BinaryData.Empty, cancellationToken);

    public async Task<bool> IsRequestedAsync(string streamId, Caller caller, CancellationToken cancellationToken) =>
        await _blobs.Of(streamId, caller).ExistsAsync(cancellationToken).ConfigureAwait(false);
}
