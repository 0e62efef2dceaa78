using System.Text.Json;
using Serverless.Functions.Ingestion.State;

namespace Serverless.Functions.Ingestion.Events;

/// <summary>
/// Reads and writes the messages of queue <c>document-events</c>: Event Grid's BlobCreated and BlobDeleted (Event Grid or CloudEvents schema,
/// learn.microsoft.com/azure/event-grid/event-schema-blob-storage) and this app's own requests in the same envelope.
/// </summary>
public static class DocumentEventMessage
{
    private const string SubjectPrefix = "/blobServices/default/containers/documents/blobs/";
    private const string CollectionPrefix = "/collections/";
    private const string CollectionType = "Serverless.CollectionRefresh";

    /// <summary>The events in a message that concern documents; null when the message is no JSON or holds no event at all.</summary>
    public static IReadOnlyList<DocumentEvent>? Parse(string message)
    {
        try
        {
            using var json = JsonDocument.Parse(message);
            var events = json.RootElement.ValueKind == JsonValueKind.Array ? json.RootElement.EnumerateArray().ToList() : [json.RootElement];
            if (events.Count == 0 || events.Exists(item => Text(item, "subject") is null || TypeOf(item) is null)) return null;
            return [.. events.Select(Read).OfType<DocumentEvent>()];
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>A request of this app's own. <paramref name="id"/> and <paramref name="at"/> are the envelope's.</summary>
    public static string Write(DocumentEvent request, Guid id, DateTimeOffset at) => JsonSerializer.Serialize(new
    {
        id,
        topic = "serverless",
        subject = request.Kind == DocumentEventKind.Collection ? CollectionPrefix + request.Document.Collection : SubjectPrefix + request.Document.BlobName,
        eventType = TypeName(request.Kind),
        eventTime = at,
        dataVersion = "1",
        metadataVersion = "1",
        data = new { each = TypeName(request.EachKind), continuation = request.Continuation, eTag = request.ETag, only = request.Only?.ToString() },
    });

    private static DocumentEvent? Read(JsonElement item)
    {
        if (KindOf(TypeOf(item)) is not { } kind) return null;
        var subject = Text(item, "subject")!;
        var data = item.TryGetProperty("data", out var value) && value.ValueKind == JsonValueKind.Object ? value : default;
        if (kind == DocumentEventKind.Collection)
        {
            return subject.StartsWith(CollectionPrefix, StringComparison.Ordinal)
                ? new DocumentEvent(
                    kind, new DocumentName(subject[CollectionPrefix.Length..], string.Empty), null,
                    KindOf(Text(data, "each")) ?? DocumentEventKind.Refresh, Text(data, "continuation"),
                    Enum.TryParse<DocumentState>(Text(data, "only"), out var only) ? only : null)
                : null;
        }

        return subject.StartsWith(SubjectPrefix, StringComparison.OrdinalIgnoreCase) && DocumentName.FromBlobName(subject[SubjectPrefix.Length..]) is { } document
            ? new DocumentEvent(kind, document, Text(data, "eTag")?.Trim('"'))
            : null;
    }

    // Event Grid's schema says eventType, CloudEvents says type.
    private static string? TypeOf(JsonElement item) => Text(item, "eventType") ?? Text(item, "type");

    private static DocumentEventKind? KindOf(string? type) => type switch
    {
        "Microsoft.Storage.BlobCreated" => DocumentEventKind.Created,
        "Microsoft.Storage.BlobDeleted" => DocumentEventKind.Deleted,
        "Serverless.DocumentReprocess" => DocumentEventKind.Reprocess,
        "Serverless.DocumentRefresh" => DocumentEventKind.Refresh,
        "Serverless.DocumentRevive" => DocumentEventKind.Revive,
        CollectionType => DocumentEventKind.Collection,
        _ => null,
    };

    private static string TypeName(DocumentEventKind kind) => kind switch
    {
        DocumentEventKind.Created => "Microsoft.Storage.BlobCreated",
        DocumentEventKind.Deleted => "Microsoft.Storage.BlobDeleted",
        DocumentEventKind.Reprocess => "Serverless.DocumentReprocess",
        DocumentEventKind.Refresh => "Serverless.DocumentRefresh",
        DocumentEventKind.Revive => "Serverless.DocumentRevive",
        _ => CollectionType,
    };

    private static string? Text(JsonElement item, string name) =>
        item.ValueKind == JsonValueKind.Object && item.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
