using System.Globalization;
using Azure.Storage.Blobs.Models;

namespace Serverless.Functions.Batches.Files;

/// <summary>A file as its owner sees it: metadata of its blob.</summary>
public sealed record StoredFile
{
    /// <summary>What a batch reads.</summary>
    public const string Input = "batch";

    /// <summary>What a batch wrote.</summary>
    public const string Output = "batch_output";

    /// <summary>The requests of a message batch, which came with it: no file that its owner sees.</summary>
    public const string MessageRequests = "message_batch_requests";

    /// <summary>What came of a message batch: seen as its results only.</summary>
    public const string MessageResults = "message_batch_results";

    /// <summary>Begins with <c>file-</c>.</summary>
    public required string Id { get; init; }

    public required string Filename { get; init; }

    public required string Purpose { get; init; }

    public required long Bytes { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>From then on it is gone, whether it has been deleted yet or not.</summary>
    public required DateTimeOffset ExpiresAt { get; init; }

    /// <summary>Whether it is one of OpenAI's files.</summary>
    public bool IsListed => Purpose is Input or Output;

    internal static IDictionary<string, string> Metadata(string filename, string purpose, DateTimeOffset createdAt, DateTimeOffset expiresAt) => new Dictionary<string, string>
    {
        ["filename"] = Uri.EscapeDataString(filename),
        ["purpose"] = purpose,
        ["created"] = createdAt.ToString("O", CultureInfo.InvariantCulture),
        ["expires"] = expiresAt.ToString("O", CultureInfo.InvariantCulture),
    };

    /// <summary>Null where the blob is no whole file: one whose upload has not ended.</summary>
    internal static StoredFile? Of(string id, long bytes, IDictionary<string, string> metadata)
    {
        if (!metadata.TryGetValue("purpose", out var purpose) || !metadata.TryGetValue("filename", out var filename)) return null;
        return TimeOf(metadata, "created") is { } created && TimeOf(metadata, "expires") is { } expires
            ? new StoredFile { Id = id, Filename = Uri.UnescapeDataString(filename), Purpose = purpose, Bytes = bytes, CreatedAt = created, ExpiresAt = expires }
            : null;
    }

    internal static StoredFile? Of(string id, BlobItem blob) => Of(id, blob.Properties.ContentLength ?? 0, blob.Metadata);

    /// <summary>OpenAI's file object.</summary>
    internal object View() => new
    {
        Id,
        Object = "file",
        Bytes,
        CreatedAt = CreatedAt.ToUnixTimeSeconds(),
        ExpiresAt = ExpiresAt.ToUnixTimeSeconds(),
        Filename,
        Purpose,
        Status = "processed",
    };

    private static DateTimeOffset? TimeOf(IDictionary<string, string> metadata, string name) =>
        metadata.TryGetValue(name, out var text) && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, out var time) ? time : null;
}
