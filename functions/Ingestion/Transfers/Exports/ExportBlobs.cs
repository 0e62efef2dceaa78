using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using Azure;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using Serverless.Contracts;

namespace Serverless.Functions.Ingestion.Transfers.Exports;

/// <summary>Writes and reads an export's blobs.</summary>
public sealed class ExportBlobs(BlobServiceClient service)
{
    private const int MaxManifestBytes = 16 * 1024 * 1024;
    private const string ChunksKey = "chunks";
    private const string HashKey = "sha256";

    public Task CreateAsync(string container, CancellationToken cancellationToken) => service.GetBlobContainerClient(container).CreateIfNotExistsAsync(cancellationToken: cancellationToken);

    /// <summary>Writes the part of a step, or takes away what an earlier try of the step wrote where there is nothing in it now.</summary>
    /// <returns>Its bytes.</returns>
    public async Task<long> WritePartAsync(string container, string folder, int step, IReadOnlyList<ExportedChunk> chunks, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(chunks);
        var blob = service.GetBlobContainerClient(container).GetBlobClient(folder + PartName(step));
        if (chunks.Count == 0)
        {
            await blob.DeleteIfExistsAsync(cancellationToken: cancellationToken);
            return 0;
        }

        using var lines = new MemoryStream();
        foreach (var chunk in chunks)
        {
            await JsonSerializer.SerializeAsync(lines, chunk, WireJson.Options, cancellationToken);
            lines.WriteByte((byte)'\n');
        }

        lines.Position = 0;
        var metadata = new Dictionary<string, string>
        {
            [ChunksKey] = chunks.Count.ToString(CultureInfo.InvariantCulture),
            [HashKey] = Convert.ToHexStringLower(await SHA256.HashDataAsync(lines, cancellationToken)),
        };
        lines.Position = 0;
        await blob.UploadAsync(lines, new BlobUploadOptions { HttpHeaders = new BlobHttpHeaders { ContentType = "application/jsonl" }, Metadata = metadata }, cancellationToken);
        return lines.Length;
    }

    /// <summary>The parts of the first <paramref name="steps"/> steps, in order.</summary>
    public async Task<IReadOnlyList<ExportPart>> ListPartsAsync(string container, string folder, int steps, CancellationToken cancellationToken)
    {
        var parts = new List<ExportPart>();
        var options = new GetBlobsOptions { Traits = BlobTraits.Metadata, Prefix = folder + "part-" };
        await foreach (var blob in service.GetBlobContainerClient(container).GetBlobsAsync(options, cancellationToken))
        {
            var name = blob.Name[folder.Length..];
            if (string.CompareOrdinal(name, PartName(steps)) >= 0) break;
            parts.Add(new ExportPart(name, int.Parse(blob.Metadata[ChunksKey], CultureInfo.InvariantCulture), blob.Properties.ContentLength ?? 0, blob.Metadata[HashKey]));
        }

        return parts;
    }

    public async Task WriteManifestAsync(string container, string name, ExportManifest manifest, CancellationToken cancellationToken)
    {
        var options = new BlobUploadOptions { HttpHeaders = new BlobHttpHeaders { ContentType = "application/json" } };
        await service.GetBlobContainerClient(container).GetBlobClient(name).UploadAsync(BinaryData.FromObjectAsJson(manifest, WireJson.Options), options, cancellationToken);
    }

    /// <exception cref="TransferRefusedException">There is none, or it is no manifest of an export.</exception>
    public async Task<ExportManifest> ReadManifestAsync(string container, string name, CancellationToken cancellationToken)
    {
        var content = await ReadAsync(container, name, MaxManifestBytes, cancellationToken)
            ?? throw new TransferRefusedException("manifest_not_found", "There is no blob that 'container' and 'manifest' name.");
        ExportManifest? manifest;
        try
        {
            manifest = content.ToObjectFromJson<ExportManifest>(WireJson.Options);
        }
        catch (JsonException)
        {
            throw new TransferRefusedException("manifest_damaged", "The manifest is not valid JSON of an export's manifest: it was cut or changed.");
        }

        if (manifest?.Format != ExportManifest.FormatName) throw new TransferRefusedException("manifest_unknown", $"The manifest's 'format' must be '{ExportManifest.FormatName}'.");
        if (manifest.Version != ExportManifest.CurrentVersion)
            throw new TransferRefusedException("manifest_unknown", FormattableString.Invariant($"The manifest's 'version' is {manifest.Version}; this app reads {ExportManifest.CurrentVersion}."));
        if (manifest.Parts is null || manifest.Model is null || manifest.EmbeddingsRoute is null || manifest.Collection is null || manifest.Parts.Any(part => part?.Name is null || part.Sha256 is null || part.Name.Contains('/', StringComparison.Ordinal)))
            throw new TransferRefusedException("manifest_damaged", "The manifest lacks a field: it was cut or changed.");
        if (manifest.Parts.Sum(part => (long)part.Chunks) != manifest.Chunks || manifest.Dimensions is < 1 or > 65_536)
            throw new TransferRefusedException("manifest_damaged", "The manifest's counts contradict each other: it was changed.");
        return manifest;
    }

    /// <summary>A part's chunks, whose bytes are just those that the manifest names.</summary>
    /// <exception cref="TransferRefusedException">The part is not there, was cut or was changed.</exception>
    public async Task<IReadOnlyList<ExportedChunk>> ReadPartAsync(string container, string folder, ExportPart part, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(part);
        var content = await ReadAsync(container, folder + part.Name, part.Bytes, cancellationToken) ?? throw Damaged(part, "is not there");
        var bytes = content.ToMemory();
        if (bytes.Length != part.Bytes) throw Damaged(part, FormattableString.Invariant($"has {bytes.Length} bytes where the manifest names {part.Bytes}"));
        if (!Convert.ToHexStringLower(SHA256.HashData(bytes.Span)).Equals(part.Sha256, StringComparison.OrdinalIgnoreCase)) throw Damaged(part, "has another checksum than the manifest names");
        var chunks = new List<ExportedChunk>(Math.Min(part.Chunks, 10_000));
        while (bytes.Length > 0)
        {
            var end = bytes.Span.IndexOf((byte)'\n');
            var line = end < 0 ? bytes : bytes[..end];
            bytes = end < 0 ? default : bytes[(end + 1)..];
            try
            {
                var chunk = JsonSerializer.Deserialize<ExportedChunk>(line.Span, WireJson.Options);
                if (chunk is not { Id: not null, Document: not null, Vector: not null }) throw Damaged(part, FormattableString.Invariant($"lacks a field in line {chunks.Count + 1}"));
                chunks.Add(chunk);
            }
            catch (JsonException)
            {
                throw Damaged(part, FormattableString.Invariant($"holds no JSON in line {chunks.Count + 1}"));
            }
        }

        return chunks.Count == part.Chunks ? chunks : throw Damaged(part, FormattableString.Invariant($"has {chunks.Count} lines where the manifest names {part.Chunks}"));
    }

    internal static TransferRefusedException Damaged(ExportPart part, string how) => new("part_damaged", $"Part '{(part.Name.Length > 64 ? part.Name[..64] : part.Name)}' {how}.");

    // One byte more than there should be tells that there are more.
    private async Task<BinaryData?> ReadAsync(string container, string name, long most, CancellationToken cancellationToken)
    {
        try
        {
            var options = new BlobDownloadOptions { Range = new HttpRange(0, most + 1) };
            return (await service.GetBlobContainerClient(container).GetBlobClient(name).DownloadContentAsync(options, cancellationToken)).Value.Content;
        }
        catch (RequestFailedException failure) when (failure.Status == 404)
        {
            return null;
        }
        catch (RequestFailedException failure) when (failure.Status == 416)
        {
            return BinaryData.Empty;
        }
    }

    private static string PartName(int step) => FormattableString.Invariant($"part-{step:D8}.jsonl");
}
