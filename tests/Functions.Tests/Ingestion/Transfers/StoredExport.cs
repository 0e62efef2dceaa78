using System.Text.Json;
using Azure.Storage.Blobs;
using Serverless.Functions.Ingestion.Chunking;
using Serverless.Functions.Ingestion.Collections;
using Serverless.Functions.Ingestion.State;
using Serverless.Functions.Ingestion.Transfers;
using Serverless.Functions.Ingestion.Transfers.Exports;
using Serverless.Functions.Tests.Ingestion.Support;

namespace Serverless.Functions.Tests.Ingestion.Transfers;

/// <summary>An export as it lies in storage, and what may have happened to it, or to the collection, before it is restored.</summary>
internal sealed class StoredExport(IngestionHarness app)
{
    public BlobContainerClient Container => app.Get<BlobServiceClient>().GetBlobContainerClient(AppContainers.Exports);

    public async Task<ExportManifest> ReadAsync(string name) => (await Container.GetBlobClient(name).DownloadContentAsync()).Value.Content.ToObjectFromJson<ExportManifest>(Contracts.WireJson.Options)!;

    /// <summary>The lines of all parts of an export.</summary>
    public async Task<List<string>> LinesAsync(JsonElement export)
    {
        var name = export.GetProperty("manifest").GetString()!;
        var lines = new List<string>();
        foreach (var part in (await ReadAsync(name)).Parts)
        {
            var content = (await Container.GetBlobClient(Beside(name, part.Name)).DownloadContentAsync()).Value.Content.ToString();
            lines.AddRange(content.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        }

        return lines;
    }

    public async Task DamageAsync(string damage, string name)
    {
        var manifest = await ReadAsync(name);
        var part = Container.GetBlobClient(Beside(name, manifest.Parts[0].Name));
        var content = (await part.DownloadContentAsync()).Value.Content.ToArray();
        switch (damage)
        {
            case "changed":
                content[content.Length / 2] ^= 1;
                await part.UploadAsync(BinaryData.FromBytes(content), overwrite: true);
                break;
            case "cut":
                await part.UploadAsync(BinaryData.FromBytes(content[..(content.Length / 2)]), overwrite: true);
                break;
            case "longer":
                await part.UploadAsync(BinaryData.FromBytes([.. content, .. content]), overwrite: true);
                break;
            case "gone":
                await part.DeleteAsync();
                break;
            case "line":
                await RewriteAsync(lines => [.. lines[1..]]);
                break;
            case "vector":
                await RewriteAsync(lines => [Change(lines[0], chunk => chunk with { Vector = chunk.Vector[..^4] }), .. lines[1..]]);
                break;
            case "document":
                await RewriteAsync(lines => [Change(lines[0], chunk => chunk with { Document = "other.md" }), .. lines[1..]]);
                break;
            case "dimensions":
                await RewriteAsync(lines => [.. lines.Select(line => Change(line, chunk => chunk with { Vector = [.. chunk.Vector, 0, 0, 0, 0] }))], manifest.Dimensions + 1);
                break;
            case "manifest cut":
                var whole = (await Container.GetBlobClient(name).DownloadContentAsync()).Value.Content.ToArray();
                await Container.GetBlobClient(name).UploadAsync(BinaryData.FromBytes(whole[..^20]), overwrite: true);
                break;
            case "manifest empty":
                await Container.GetBlobClient(name).UploadAsync(BinaryData.Empty, overwrite: true);
                break;
            case "manifest gone":
                await Container.GetBlobClient(name).DeleteAsync();
                break;
            case "manifest field":
                await WriteAsync(name, manifest with { Parts = null! });
                break;
            case "manifest counts":
                await WriteAsync(name, manifest with { Chunks = manifest.Chunks + 1 });
                break;
            case "manifest of later":
                await WriteAsync(name, manifest with { Version = 2 });
                break;
            case "manifest of others":
                await WriteAsync(name, manifest with { Format = "zip" });
                break;
            case "model":
                app.Gateway.Model = Guid.NewGuid().ToString("N");
                break;
            case "tokens":
                await app.Get<CollectionStore>().SaveAsync(app.Collection, new CollectionSettings { EmbeddingsRoute = app.Route, ChunkTokens = 32 }, default);
                break;
            case "strategy":
                await app.Get<CollectionStore>().SaveAsync(app.Collection, new CollectionSettings { EmbeddingsRoute = app.Route, ChunkStrategy = ChunkStrategy.Paragraphs }, default);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(damage), damage, null);
        }

        // By somebody who makes the checksum right.
        async Task RewriteAsync(Func<string[], string[]> change, int? dimensions = null)
        {
            var lines = change(System.Text.Encoding.UTF8.GetString(content).Split('\n', StringSplitOptions.RemoveEmptyEntries));
            var bytes = System.Text.Encoding.UTF8.GetBytes(string.Concat(lines.Select(line => line + "\n")));
            await part.UploadAsync(BinaryData.FromBytes(bytes), overwrite: true);
            var hash = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(bytes));
            await WriteAsync(name, manifest with { Dimensions = dimensions ?? manifest.Dimensions, Parts = [manifest.Parts[0] with { Bytes = bytes.Length, Sha256 = hash }] });
        }

        static string Change(string line, Func<ExportedChunk, ExportedChunk> change) =>
            JsonSerializer.Serialize(change(JsonSerializer.Deserialize<ExportedChunk>(line, Contracts.WireJson.Options)!), Contracts.WireJson.Options);
    }

    private Task WriteAsync(string name, ExportManifest manifest) => Container.GetBlobClient(name).UploadAsync(BinaryData.FromObjectAsJson(manifest, Contracts.WireJson.Options), overwrite: true);

    private static string Beside(string manifest, string name) => manifest[..(manifest.LastIndexOf('/') + 1)] + name;
}
