using System.Text.Json;

namespace Serverless.Functions.Ingestion.Access;

/// <summary>
/// A blob beside a document, <c>{path}.acl.json</c>, that says who may see it: <c>{"groups": [...], "users": [...]}</c>. It is no document of its own, and its events are the document's.
/// </summary>
public static class AccessSidecar
{
    public const string Suffix = ".acl.json";
    public const int MaxBytes = 64 * 1024;

    private static readonly JsonDocumentOptions Strict = new() { MaxDepth = 4, AllowDuplicateProperties = false };

    /// <summary>The sidecar of a document.</summary>
    public static DocumentName Of(DocumentName document)
    {
        ArgumentNullException.ThrowIfNull(document);
        return document with { Path = document.Path + Suffix };
    }

    /// <summary>The document whose sidecar this is; null when it is none.</summary>
    public static DocumentName? TargetOf(DocumentName document)
    {
        ArgumentNullException.ThrowIfNull(document);
        var length = document.Path.Length - Suffix.Length;
        return document.Path.EndsWith(Suffix, StringComparison.Ordinal) && length > 0 && document.Path[length - 1] != '/' ? document with { Path = document.Path[..length] } : null;
    }

    /// <returns>The access, or what is wrong with the file; it quotes nothing.</returns>
    public static (DocumentAccess? Access, string? WhyNot) Read(ReadOnlyMemory<byte> content)
    {
        try
        {
            if (content.Span.StartsWith("\uFEFF"u8)) content = content[3..];
            using var json = JsonDocument.Parse(content, Strict);
            if (json.RootElement.ValueKind != JsonValueKind.Object) return (null, "it must be an object");
            List<string> groups = [], users = [];
            foreach (var property in json.RootElement.EnumerateObject())
            {
                // A misspelt "group" must not open a document to everyone.
                if (property.Name is not ("groups" or "users")) return (null, "its fields are 'groups' and 'users' and no others");
                if (property.Value.ValueKind != JsonValueKind.Array || property.Value.EnumerateArray().Any(item => item.ValueKind != JsonValueKind.String))
                    return (null, $"'{property.Name}' must be a list of strings");
                (property.Name == "groups" ? groups : users).AddRange(property.Value.EnumerateArray().Select(item => item.GetString()!));
            }

            return groups.Count + users.Count == 0 ? (null, "it must name at least one group or user") : DocumentAccess.Of(groups, users);
        }
        catch (Exception malformed) when (malformed is JsonException or InvalidOperationException)
        {
            return (null, "it is not valid JSON");
        }
    }
}
