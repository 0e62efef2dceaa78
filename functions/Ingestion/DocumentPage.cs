namespace Serverless.Functions.Ingestion;

/// <summary>Body of <c>GET /collections/{c}/documents</c>.</summary>
/// <param name="NextPageToken">For <c>page_token</c> of the next request; null on the last page.</param>
public sealed record DocumentPage(IReadOnlyList<DocumentView> Documents, string? NextPageToken);
