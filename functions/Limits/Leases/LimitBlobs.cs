using System.Text.Json;
using Azure;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using Serverless.Contracts;

namespace Serverless.Functions.Limits.Leases;

/// <summary>The counters in blob container <c>limits</c>, a small JSON blob for each scope.</summary>
internal sealed class LimitBlobs(BlobServiceClient storage, LimitMetrics metrics) : ILimitBlobs
{
    private readonly BlobContainerClient _container = storage.GetBlobContainerClient("limits");

    public async Task<BlobSight> ReadAsync(string scope, ETag? known, CancellationToken cancellationToken)
    {
        metrics.StorageOperation("read");
        try
        {
            var options = new BlobDownloadOptions { Conditions = known is { } tag ? new BlobRequestConditions { IfNoneMatch = tag } : null };
            var answer = await Blob(scope).DownloadContentAsync(options, cancellationToken).ConfigureAwait(false);
            var raw = answer.GetRawResponse();
            if (raw.Status == 304) return new BlobSight(null, known, raw.Headers.Date);
            var state = JsonSerializer.Deserialize<ScopeState>(answer.Value.Content.ToMemory().Span, WireJson.Options);
            return new BlobSight(state ?? ScopeState.Empty, answer.Value.Details.ETag, raw.Headers.Date);
        }
        catch (RequestFailedException missing) when (missing.Status == 404)
        {
            return new BlobSight(ScopeState.Empty, null, missing.GetRawResponse()?.Headers.Date);
        }
    }

    public async Task<(ETag? Written, DateTimeOffset? Date)> WriteAsync(string scope, ScopeState state, ETag? expected, CancellationToken cancellationToken)
    {
        var conditions = expected is { } tag ? new BlobRequestConditions { IfMatch = tag } : new BlobRequestConditions { IfNoneMatch = ETag.All };
        var options = new BlobUploadOptions { Conditions = conditions, HttpHeaders = new BlobHttpHeaders { ContentType = "application/json" } };
        var content = new BinaryData(JsonSerializer.SerializeToUtf8Bytes(state, WireJson.Options));
        for (var attempt = 0; ; attempt++)
        {
            metrics.StorageOperation("write");
            try
            {
                var answer = await Blob(scope).UploadAsync(content, options, cancellationToken).ConfigureAwait(false);
                return (answer.Value.ETag, answer.GetRawResponse().Headers.Date);
            }
            catch (RequestFailedException missing) when (attempt == 0 && missing.ErrorCode == BlobErrorCode.ContainerNotFound)
            {
                await _container.CreateIfNotExistsAsync(cancellationToken: cancellationToken).ConfigureAwait(false);
            }
            catch (RequestFailedException conflict) when (conflict.Status is 404 or 409 or 412)
            {
                // 404: the blob has been deleted, and with it the state that was to be replaced.
                return (null, conflict.GetRawResponse()?.Headers.Date);
            }
        }
    }

    private BlobClient Blob(string scope) => _container.GetBlobClient($"{scope}.json");
}
