namespace Serverless.Functions.Ingestion.Transfers.Imports;

/// <summary>An import of a container's blobs into a collection.</summary>
public sealed record ImportRun : TransferRun
{
    public required ImportSource Source { get; init; }

    /// <summary>What names of blobs begin with to be imported; empty: all.</summary>
    public string Prefix { get; init; } = string.Empty;

    /// <summary>What is put before a blob's name to make the document's path.</summary>
    public string Target { get; init; } = string.Empty;

    /// <summary>Whether a document gives way that was not imported from the same container.</summary>
    public bool Overwrite { get; init; }

    /// <summary>Who may see the documents, with <see cref="Users"/>; both null: whoever each blob's own metadata or sidecar names, else the collection's groups.</summary>
    public IReadOnlyList<string>? Groups { get; init; }

    /// <inheritdoc cref="Groups"/>
    public IReadOnlyList<string>? Users { get; init; }

    public ImportCounts Counts { get; init; } = new();

    /// <inheritdoc/>
    public override TransferKind Kind() => TransferKind.Import;
}
