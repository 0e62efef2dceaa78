namespace Serverless.Functions.Ingestion.Access;

/// <summary>A blob's metadata <c>groups</c> and <c>users</c>: names separated by commas, percent-encoded where they hold commas or are not ASCII.</summary>
public static class AccessMetadata
{
    public const string Groups = "groups";
    public const string Users = "users";

    /// <returns>The access; neither it nor a reason where the metadata says nothing of it; otherwise what is wrong.</returns>
    public static (DocumentAccess? Access, string? WhyNot) Read(IDictionary<string, string> metadata)
    {
        ArgumentNullException.ThrowIfNull(metadata);
        var (groups, users) = (Names(metadata, Groups), Names(metadata, Users));
        if (groups is null && users is null) return (null, null);
        return (groups?.Count ?? 0) + (users?.Count ?? 0) == 0 ? (null, "it must name at least one group or user") : DocumentAccess.Of(groups ?? [], users ?? []);
    }

    /// <summary>As metadata holds them.</summary>
    public static string Write(IEnumerable<string> names) => string.Join(',', names.Select(Uri.EscapeDataString));

    // Metadata names are headers', so their case is the client's.
    private static List<string>? Names(IDictionary<string, string> metadata, string name)
    {
        var given = metadata.Where(item => item.Key.Equals(name, StringComparison.OrdinalIgnoreCase)).Select(item => item.Value).ToList();
        return given.Count == 0
            ? null
            : [.. given.SelectMany(value => value.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)).Select(Uri.UnescapeDataString)];
    }
}
