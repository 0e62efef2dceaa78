using System.Globalization;
using System.Text.Json;
using Serverless.Contracts;

namespace Serverless.Functions.Ingestion.Notices;

/// <summary>What a webhook receives, in Standard Webhooks' form: <c>{"type", "timestamp", "data"}</c>.</summary>
internal static class NoticeBody
{
    public static byte[] Write(Notice notice) => JsonSerializer.SerializeToUtf8Bytes(
        new { type = notice.Type, timestamp = notice.At.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture), data = DataOf(notice) }, WireJson.Options);

    /// <summary>The same data in an Event Grid event.</summary>
    public static object DataOf(Notice notice) => new { collection = notice.Collection, document = notice.Document, chunks = notice.Chunks, size = notice.Size, error = notice.Error };
}
