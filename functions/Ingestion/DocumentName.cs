using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Serialization;
using Serverless.Functions.Routes;

namespace Serverless.Functions.Ingestion;

/// <summary>Where a document is: blob <c>{Collection}/{Path}</c> of container <c>documents</c>. Its status and text carry the same blob name in containers of their own.</summary>
public sealed record DocumentName(string Collection, string Path)
{
    private const int MaxBlobName = 1024;

    [JsonIgnore]
    public string BlobName => $"{Collection}/{Path}";

    /// <summary>SHA-256 of <see cref="BlobName"/>, 64 hexadecimal digits: safe as a key anywhere.</summary>
    [JsonIgnore]
    public string Key => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(BlobName)));

    /// <summary>The one orchestration that may work on this document.</summary>
    [JsonIgnore]
    public string InstanceId => $"doc-{Key}";

    /// <summary>Splits a blob's name; null when it is in no collection.</summary>
    public static DocumentName? FromBlobName(string blobName)
    {
        var slash = blobName.IndexOf('/', StringComparison.Ordinal);
        return slash <= 0 || slash == blobName.Length - 1 ? null : new DocumentName(blobName[..slash], blobName[(slash + 1)..]);
    }

    /// <summary>Why no client could address such a blob, or null. The text names no part of the path.</summary>
    public string? WhyNotStorable()
    {
        if (Path.Length == 0) return "it is empty";
        if (BlobName.Length > MaxBlobName) return $"it is longer than {MaxBlobName - Collection.Length - 1} characters";
        if (Path.StartsWith('/') || Path.EndsWith('/')) return "it must not start or end with a slash";
        if (Path.Split('/').Any(segment => segment is "." or "..")) return "a segment must not be '.' or '..'";
        if (WhyNotSegment(Collection) is { } collection) return $"as for its collection, {collection}";
        return WhyNotText(Path);
    }

    /// <summary>Why no folder of container <c>documents</c> can have this name, or null. Wider than <see cref="WhyNotCollection"/>: what was dropped there may have spaces.</summary>
    public static string? WhyNotSegment(string name) =>
        name is "" or "." or ".." || name.Contains('/', StringComparison.Ordinal) ? "it must be one segment of a path" : WhyNotText(name);

    private static string? WhyNotText(string text)
    {
        // Storage takes a backslash for a slash.
        if (text.Contains('\\', StringComparison.Ordinal)) return "it must not hold a backslash";
        for (var i = 0; i < text.Length; i++)
        {
            // What XML cannot say, storage cannot list.
            if (char.IsControl(text[i]) || text[i] is '\uFFFE' or '\uFFFF') return $"it must not hold the control character at {i}";
            if (char.IsSurrogatePair(text, i)) i++;
            else if (char.IsSurrogate(text[i])) return $"it must not hold half a surrogate pair at {i}";
        }

        return null;
    }

    /// <summary>Why a collection may not have this name, or null. Rag routes name collections by the same rule.</summary>
    public static string? WhyNotCollection(string collection) => RouteName.IsValid(collection)
        ? null
        : "a collection's name has 1 to 64 letters, digits, '_', '-' or '.'";
}
