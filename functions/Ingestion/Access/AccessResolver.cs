using Azure;
using Azure.Storage.Blobs.Models;
using Serverless.Functions.Clients;
using Serverless.Functions.Ingestion.State;

namespace Serverless.Functions.Ingestion.Access;

/// <summary>Who may see a document, by what storage says now: its sidecar, else its metadata, else the collection's default.</summary>
public sealed class AccessResolver(IngestionContainers containers, DocumentBlobs blobs)
{
    /// <param name="metadata">The document's own.</param>
    /// <param name="otherwise">The collection's groups.</param>
    /// <returns>The access, or why the document cannot be shown to anybody.</returns>
    public async Task<(DocumentAccess? Access, string? WhyNot)> ResolveAsync(
        DocumentName document, IDictionary<string, string> metadata, IReadOnlyList<string> otherwise, CancellationToken cancellationToken)
    {
        if (await ReadSidecarAsync(document, cancellationToken) is { } content)
        {
            var (access, reason) = content.Length > AccessSidecar.MaxBytes ? (null, $"it has more than {AccessSidecar.MaxBytes} bytes") : AccessSidecar.Read(content);
            return (access, reason is null ? null : $"Its sidecar {AccessSidecar.Suffix} cannot be read: {reason}.");
        }

        var (own, whyNot) = AccessMetadata.Read(metadata);
        if (whyNot is not null) return (null, $"Its metadata 'groups' and 'users' cannot be read: {whyNot}.");
        return own is null ? (new DocumentAccess([.. otherwise.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)], []), null) : (own, null);
    }

    /// <summary>Whether a caller may see a document; false too where there is none.</summary>
    public async Task<bool> PermitsAsync(DocumentName document, Caller caller, CancellationToken cancellationToken)
    {
        if (caller.IsOperator || caller.Groups.Contains("*")) return true;
        if (await blobs.FindAsync(document, cancellationToken) is not { } blob) return false;
        // Who came this far is in one of the collection's groups.
        var (access, _) = await ResolveAsync(document, blob.Metadata, [], cancellationToken);
        return access?.Permits(caller) == true;
    }

    private async Task<ReadOnlyMemory<byte>?> ReadSidecarAsync(DocumentName document, CancellationToken cancellationToken)
    {
        var sidecar = AccessSidecar.Of(document);
        if (sidecar.WhyNotStorable() is not null) return null;
        try
        {
            // One byte more than is permitted tells that there are more.
            var options = new BlobDownloadOptions { Range = new HttpRange(0, AccessSidecar.MaxBytes + 1) };
            return (await containers.Documents.GetBlobClient(sidecar.BlobName).DownloadContentAsync(options, cancellationToken)).Value.Content.ToMemory();
        }
        catch (RequestFailedException failure) when (failure.Status == 404)
        {
            return null;
        }
        catch (RequestFailedException failure) when (failure.Status == 416)
        {
            return ReadOnlyMemory<byte>.Empty;
        }
    }
}
