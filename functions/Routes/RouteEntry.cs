using System.Globalization;
using Azure;

namespace Serverless.Functions.Routes;

/// <summary>
/// What listings need of a route. It stands in the metadata of the route's blob, which one conditional write replaces together with the content: the
/// two cannot disagree, and a listing of 5,000 routes is one call.
/// </summary>
public sealed record RouteEntry
{
    private const string RevisionKey = "revision";
    private const string VersionKey = "version";
    private const string DeletedKey = "deleted";
    private const string WriteKey = "write";
    private const string TypeKey = "type";
    private const string ProviderKey = "provider";
    private const string ModelsKey = "models";
    private const string CollectionKey = "collection";
    private const string UsesKey = "uses";
    private const string CreatedKey = "created";

    public required string Name { get; init; }

    /// <summary>Rises with every write of the route.</summary>
    public required long Revision { get; init; }

    public bool Deleted { get; init; }

    /// <summary>Names the write that made this state.</summary>
    public string WriteId { get; init; } = "";

    /// <summary>The state of the blob that this was read from; unset for what this instance wrote itself.</summary>
    public ETag ETag { get; init; }

    public int Version { get; init; }

    public string RouteType { get; init; } = "";

    /// <summary>The first target's provider; null for a rag route.</summary>
    public string? Provider { get; init; }

    /// <summary>The names of its targets' models, none twice; empty for a rag route.</summary>
    public IReadOnlyList<string> Models { get; init; } = [];

    /// <summary>Of a rag route.</summary>
    public string? Collection { get; init; }

    /// <summary>The routes that a rag route stands on, by name without version: the one that writes its answers, then the one that embeds.</summary>
    public IReadOnlyList<string> Uses { get; init; } = [];

    public DateTimeOffset CreatedAt { get; init; }

    /// <summary>The route at its current version, without credentials; null where only its metadata were read, or it is deleted.</summary>
    public RouteDocument? View { get; init; }

    public static RouteEntry Of(RouteDocument document)
    {
        ArgumentNullException.ThrowIfNull(document);
        var version = document.Find();
        return new RouteEntry
        {
            Name = document.Name,
            Revision = document.Revision,
            Deleted = version is null,
            WriteId = document.WriteId,
            Version = document.Current,
            RouteType = version?.RouteType ?? "",
            Provider = version?.Model?.Provider,
            Models = version is null ? [] : [.. version.AllTargets.Select(t => t.Model.Name).Distinct(StringComparer.Ordinal)],
            Collection = version?.Rag?.Collection,
            Uses = version?.Rag is { } rag ? [.. new[] { rag.CompletionsRoute, rag.EmbeddingsRoute, rag.Rerank?.Route }.OfType<string>().Select(reference => RouteName.Parse(reference, "rag").Name)] : [],
            // Metadata holds whole seconds, so this does too.
            CreatedAt = DateTimeOffset.FromUnixTimeSeconds((version?.CreatedAt ?? default).ToUnixTimeSeconds()),
            View = RouteShard.ViewOf(document),
        };
    }

    /// <summary>The entry in a blob's metadata; null when there is none, as in blobs of older releases, or when it is not whole.</summary>
    public static RouteEntry? Read(string name, ETag tag, IDictionary<string, string>? metadata)
    {
        if (metadata is null || !metadata.TryGetValue(RevisionKey, out var revisionText) || !long.TryParse(revisionText, NumberStyles.None, CultureInfo.InvariantCulture, out var revision)) return null;
        if (!metadata.TryGetValue(WriteKey, out var write)) return null;
        string? Text(string key) => metadata.TryGetValue(key, out var text) && text.Length > 0 ? text : null;
        return new RouteEntry
        {
            Name = name,
            ETag = tag,
            Revision = revision,
            WriteId = write,
            Deleted = Text(DeletedKey) is not null,
            Version = int.TryParse(Text(VersionKey), NumberStyles.None, CultureInfo.InvariantCulture, out var version) ? version : 0,
            RouteType = Text(TypeKey) ?? "",
            Provider = Text(ProviderKey),
            Models = Text(ModelsKey)?.Split(' ') ?? [],
            Collection = Text(CollectionKey),
            Uses = Text(UsesKey)?.Split(' ') ?? [],
            CreatedAt = DateTimeOffset.FromUnixTimeSeconds(long.TryParse(Text(CreatedKey), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var seconds) ? seconds : 0),
        };
    }

    /// <summary>ASCII by the rules for names; at most 3 KB, of the service's 8.</summary>
    public Dictionary<string, string> ToMetadata()
    {
        var metadata = new Dictionary<string, string>
        {
            [RevisionKey] = Revision.ToString(CultureInfo.InvariantCulture),
            [WriteKey] = WriteId,
            [VersionKey] = Version.ToString(CultureInfo.InvariantCulture),
            [CreatedKey] = CreatedAt.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture),
        };
        if (Deleted) metadata[DeletedKey] = "1";
        if (RouteType.Length > 0) metadata[TypeKey] = RouteType;
        if (Provider is not null) metadata[ProviderKey] = Provider;
        if (Models.Count > 0) metadata[ModelsKey] = string.Join(' ', Models);
        if (Collection is not null) metadata[CollectionKey] = Collection;
        if (Uses.Count > 0) metadata[UsesKey] = string.Join(' ', Uses);
        return metadata;
    }

    public override string ToString() => Name;
}
