namespace Serverless.Functions.Ingestion.Progress;

/// <summary>What a client hears: the argument of message <c>documents</c>. A message may come twice or late: <c>updated_at</c> and <c>at</c> order them.</summary>
/// <param name="Documents">As <c>GET /collections/{c}/documents</c> shows them.</param>
/// <param name="Gone">Paths of documents that are gone or may no longer be seen.</param>
/// <param name="At">When it was sent, as <c>updated_at</c> is written.</param>
public sealed record ProgressMessage(string Collection, IReadOnlyList<DocumentView> Documents, IReadOnlyList<string> Gone, string At)
{
    public const string Target = "documents";
}
