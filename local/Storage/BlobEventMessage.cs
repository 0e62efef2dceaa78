using System.Globalization;
using System.Text.Json;

namespace Serverless.Local.Storage;

/// <summary>Writes a change as Event Grid delivers it to a storage queue: one event in the Event Grid schema, base64.</summary>
internal static class BlobEventMessage
{
    private const string Topic = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/local/providers/Microsoft.Storage/storageAccounts/devstoreaccount1";

    /// <param name="container">The container's address.</param>
    /// <param name="sequence">Grows with every event: the sequencer of a later event of a blob sorts after an earlier one's.</param>
    public static string Write(Uri container, string containerName, BlobChange change, long sequence, DateTimeOffset time)
    {
        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            writer.WriteString("topic", Topic);
            writer.WriteString("subject", $"/blobServices/default/containers/{containerName}/blobs/{change.Name}");
            writer.WriteString("eventType", change.ETag is null ? "Microsoft.Storage.BlobDeleted" : "Microsoft.Storage.BlobCreated");
            writer.WriteString("id", Guid.NewGuid().ToString());
            writer.WriteStartObject("data");
            writer.WriteString("api", change.ETag is null ? "DeleteBlob" : "PutBlob");
            writer.WriteString("clientRequestId", Guid.Empty.ToString());
            writer.WriteString("requestId", Guid.NewGuid().ToString());
            if (change.ETag is not null)
                writer.WriteString("eTag", change.ETag);
            writer.WriteString("contentType", change.ContentType ?? "application/octet-stream");
            if (change.ETag is not null)
                writer.WriteNumber("contentLength", change.ContentLength);
            writer.WriteString("blobType", change.BlobType ?? "BlockBlob");
            writer.WriteString("url", $"{container.AbsoluteUri}/{string.Join('/', change.Name.Split('/').Select(Uri.EscapeDataString))}");
            writer.WriteString("sequencer", sequence.ToString("X32", CultureInfo.InvariantCulture));
            writer.WriteStartObject("storageDiagnostics");
            writer.WriteString("batchId", Guid.NewGuid().ToString());
            writer.WriteEndObject();
            writer.WriteEndObject();
            writer.WriteString("dataVersion", "");
            writer.WriteString("metadataVersion", "1");
            writer.WriteString("eventTime", time.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss.fffffffZ", CultureInfo.InvariantCulture));
            writer.WriteEndObject();
        }

        return Convert.ToBase64String(buffer.GetBuffer(), 0, (int)buffer.Length);
    }
}
