namespace Serverless.Functions.Ingestion.Transfers.Exports;

/// <summary>How far an export is.</summary>
/// <param name="Token">Storage's, for the page of the documents' listing that it is at; null: the first.</param>
/// <param name="After">The last path that is done with.</param>
/// <param name="Skip">Chunks of the document after it that are done with.</param>
/// <param name="Pass">The state of that document that they were of; null where none are.</param>
public sealed record ExportPlace(ExportCounts Counts, string? Token = null, string After = "", int Skip = 0, string? Pass = null)
{
    /// <summary>Done with a document.</summary>
    public ExportPlace Past(string path) => this with { After = path, Skip = 0, Pass = null };
}
