using Azure;
using Azure.Storage.Blobs;

namespace Serverless.Functions.Ingestion.State;

/// <summary>The blob containers of ingestion; they are created when they are first written to and absent.</summary>
public sealed class IngestionContainers(BlobServiceClient service) : IDisposable
{
    public const string DocumentsName = "documents";

    private readonly SemaphoreSlim _creating = new(1, 1);
    private volatile bool _created;

    /// <summary>What users drop: <c>{collection}/{path}</c>.</summary>
    public BlobContainerClient Documents { get; } = service.GetBlobContainerClient(DocumentsName);

    /// <summary>An empty blob a document whose metadata is its <see cref="DocumentStatus"/>.</summary>
    public BlobContainerClient Status { get; } = service.GetBlobContainerClient("status");

    /// <summary>The text that the indexed chunks were cut from.</summary>
    public BlobContainerClient Extracted { get; } = service.GetBlobContainerClient("extracted");

    /// <summary>Which chunks of a document are in which index.</summary>
    public BlobContainerClient Manifests { get; } = service.GetBlobContainerClient("manifests");

    /// <summary>Texts, chunks and vectors on their way: <c>{document key}/{pass}/...</c>; deleted when the pass ends.</summary>
    public BlobContainerClient Pipeline { get; } = service.GetBlobContainerClient("pipeline");

    /// <summary>Collections' settings, among others' configuration.</summary>
    public BlobContainerClient Config { get; } = service.GetBlobContainerClient("config");

    public async Task EnsureCreatedAsync(CancellationToken cancellationToken)
    {
        if (_created) return;
        await _creating.WaitAsync(cancellationToken);
        try
        {
            if (_created) return;
            foreach (var container in new[] { Documents, Status, Extracted, Manifests, Pipeline, Config })
            {
                await CreateAsync(container, cancellationToken);
            }

            _created = true;
        }
        finally
        {
            _creating.Release();
        }
    }

    public void Dispose() => _creating.Dispose();

    private static async Task CreateAsync(BlobContainerClient container, CancellationToken cancellationToken)
    {
        try
        {
            await container.CreateIfNotExistsAsync(cancellationToken: cancellationToken);
        }
        catch (RequestFailedException failure) when (failure.Status == 409)
        {
            // Another instance was faster.
        }
    }
}
