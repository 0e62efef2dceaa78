namespace Serverless.Functions.Ingestion.Transfers.Imports;

/// <summary>What became of one blob: written, with so many bytes; unchanged; or a failure.</summary>
public sealed record ImportOutcome(long? Written = null, bool IsUnchanged = false, TransferFailure? Failure = null)
{
    public static ImportOutcome Unchanged { get; } = new(IsUnchanged: true);

    public static ImportOutcome Failed(string name, string code, string message) => new(Failure: new TransferFailure(name, code, message));
}
