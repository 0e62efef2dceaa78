namespace Serverless.Functions.Ingestion.Batches;

/// <summary>Documents whose events came together: the input of the orchestration that takes them up.</summary>
/// <param name="Id">Its instance, by which the documents' statuses name it (<see cref="State.DocumentStatus.Batch"/>).</param>
/// <param name="Documents">Each once.</param>
public sealed record DocumentBatch(string Id, IReadOnlyList<DocumentName> Documents)
{
    /// <summary>How an id begins.</summary>
    internal const string IdPrefix = "docs-";

    public static string NewId() => $"{IdPrefix}{Guid.NewGuid():N}";
}
