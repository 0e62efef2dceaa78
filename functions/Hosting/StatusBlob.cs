using Azure;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;

namespace Serverless.Functions.Hosting;

/// <summary>A state that is a blob's metadata, beside a content that does not change.</summary>
internal static class StatusBlob
{
    private const int MaxAttempts = 20;

    /// <summary>Changes the state by compare-and-swap; <paramref name="change"/> may run several times, and returns its argument to leave things as they are.</summary>
    /// <returns>The state after; null when there is no such blob.</returns>
    public static async Task<T?> ChangeAsync<T>(
        BlobClient blob, Func<IDictionary<string, string>, T> read, Func<T, IDictionary<string, string>> write, Func<T, T> change, CancellationToken cancellationToken)
        where T : class
    {
        ArgumentNullException.ThrowIfNull(change);
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                var properties = (await blob.GetPropertiesAsync(cancellationToken: cancellationToken)).Value;
                var before = read(properties.Metadata);
                var after = change(before);
                if (!after.Equals(before)) await blob.SetMetadataAsync(write(after), new BlobRequestConditions { IfMatch = properties.ETag }, cancellationToken);
                return after;
            }
            catch (RequestFailedException failure) when (failure.Status == 404)
            {
                return null;
            }
            catch (RequestFailedException failure) when (failure.Status is 409 or 412 && attempt < MaxAttempts)
            {
                // Somebody else changed it; look again.
            }
        }
    }
}
