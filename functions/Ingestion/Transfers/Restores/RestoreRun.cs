namespace Serverless.Functions.Ingestion.Transfers.Restores;

/// <summary>A restore of an export into a collection's next generation.</summary>
public sealed record RestoreRun : TransferRun
{
    /// <summary>Of the app's own storage account.</summary>
    public required string Container { get; init; }

    /// <summary>The export's manifest.</summary>
    public required string Manifest { get; init; }

    /// <summary>Parts of the export; null until its manifest has been read.</summary>
    public int? Parts { get; init; }

    /// <summary>Those of them that have been found sound.</summary>
    public int PartsChecked { get; init; }

    /// <summary>Chunks of these.</summary>
    public long Chunks { get; init; }

    /// <summary>The number of the generation that the export becomes; null while its parts are being checked.</summary>
    public int? Generation { get; init; }

    /// <summary>Documents of the collection that the switch waits for.</summary>
    public int Documents { get; init; }

    /// <summary>Those of them that are in the new generation.</summary>
    public int Built { get; init; }

    /// <inheritdoc/>
    public override TransferKind Kind() => TransferKind.Restore;
}
