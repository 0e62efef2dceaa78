using Serverless.Functions.Ingestion.Generations;

namespace Serverless.Functions.Ingestion.Transfers.Exports;

/// <summary>An export of the generation that answers questions.</summary>
public sealed record ExportRun : TransferRun
{
    /// <summary>Of the app's own storage account.</summary>
    public required string Container { get; init; }

    /// <summary>The manifest's blob, written last: until then there is no export.</summary>
    public required string Manifest { get; init; }

    /// <summary>As it was when the export was asked for.</summary>
    public required Generation Generation { get; init; }

    public ExportCounts Counts { get; init; } = new();

    /// <summary>What the names of the export's blobs begin with.</summary>
    internal string Folder => Manifest[..(Manifest.LastIndexOf('/') + 1)];

    /// <inheritdoc/>
    public override TransferKind Kind() => TransferKind.Export;
}
