namespace Serverless.Functions.Ingestion.State;

/// <summary>Keeps documents' manifests. A document has one orchestration, so a manifest has one writer.</summary>
public sealed class ManifestStore(IngestionContainers containers)
{
    public async Task<DocumentManifest> ReadAsync(DocumentName document, CancellationToken cancellationToken) =>
        await containers.Manifests.ReadJsonAsync<DocumentManifest>(document.Key, cancellationToken) ?? DocumentManifest.Empty;

    public async Task WriteAsync(DocumentName document, DocumentManifest manifest, CancellationToken cancellationToken)
    {
        await containers.EnsureCreatedAsync(cancellationToken);
        await containers.Manifests.WriteJsonAsync(document.Key, manifest, cancellationToken);
    }

    public Task DeleteAsync(DocumentName document, CancellationToken cancellationToken) =>
        containers.Manifests.GetBlobClient(document.Key).DeleteIfExistsAsync(cancellationToken: cancellationToken);
}
