using Serverless.Functions.Clients;
using Serverless.Functions.Dispatch;
using Serverless.Functions.Ingestion.Access;
using Serverless.Functions.Ingestion.State;

namespace Serverless.Functions.Mcp;

/// <summary>Reads documents' extracted texts for who may see them, a bounded part at a time.</summary>
public sealed class DocumentExcerpts(ReachableCollections collections, AccessResolver access, DocumentBlobs blobs)
{
    /// <summary>Characters of one excerpt: some 4,000 tokens of English.</summary>
    public const int MaxChars = 16_000;

    /// <exception cref="GatewayException">404, in the same words whether there is no such document or the caller may not see it.</exception>
    public async Task<DocumentExcerpt> ReadAsync(PassageId id, Caller caller, string field, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(id);
        var document = id.Document;
        if (AccessSidecar.TargetOf(document) is not null
            || !await collections.MayReadAsync(document.Collection, caller, cancellationToken).ConfigureAwait(false)
            || !await access.PermitsAsync(document, caller, cancellationToken).ConfigureAwait(false)
            || await blobs.FindTextAsync(document, cancellationToken).ConfigureAwait(false) is not { } text)
        {
            throw GatewayException.NotFound("document_not_found", $"'{field}' names no document that can be read: it is not there, its text is not ready, or this key may not see it.", field);
        }

        return DocumentExcerpt.Of(text, id.Start, id.End, MaxChars);
    }
}
