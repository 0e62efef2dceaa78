namespace Serverless.Functions.Ingestion.Transfers;

/// <summary>What is moved in or out of a collection.</summary>
public enum TransferKind
{
    /// <summary>Documents of a container come into a collection.</summary>
    Import,

    /// <summary>A collection's index goes into a container.</summary>
    Export,

    /// <summary>Such an export becomes a collection's next generation.</summary>
    Restore,
}
