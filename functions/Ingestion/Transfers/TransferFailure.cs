namespace Serverless.Functions.Ingestion.Transfers;

/// <summary>One thing that a transfer could not move.</summary>
/// <param name="Name">The blob's name, or the document's path.</param>
/// <param name="Message">Why, and what is permitted.</param>
public sealed record TransferFailure(string Name, string Code, string Message)
{
    /// <summary>Names of documents never reach a log by way of ToString.</summary>
    public override string ToString() => $"{Code} [{Name.Length} chars]";
}
