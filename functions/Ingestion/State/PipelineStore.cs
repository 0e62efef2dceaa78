using System.Runtime.InteropServices;
using System.Text;
using Azure;
using Azure.Storage.Blobs.Models;
using Serverless.Documents;

namespace Serverless.Functions.Ingestion.State;

/// <summary>Texts, chunks and vectors between two activities; Durable's history holds only what they are called.</summary>
public sealed class PipelineStore(IngestionContainers containers)
{
    private const string TextName = "text.txt";

    /// <summary>The text lies apart as UTF-8, so that it can be published without being read.</summary>
    public async Task WriteExtractedAsync(PassRef pass, ExtractedDocument document, CancellationToken cancellationToken)
    {
        await containers.EnsureCreatedAsync(cancellationToken);
        var options = new BlobUploadOptions { HttpHeaders = DocumentBlobs.PlainText };
        await containers.Pipeline.GetBlobClient(Name(pass, TextName)).UploadAsync(BinaryData.FromString(document.Text), options, cancellationToken);
        await WriteAsync(pass, "structure.json", document with { Text = string.Empty }, cancellationToken);
    }

    public async Task<ExtractedDocument> ReadExtractedAsync(PassRef pass, CancellationToken cancellationToken)
    {
        var structure = await ReadAsync<ExtractedDocument>(pass, "structure.json", cancellationToken);
        using var text = new StreamReader(await OpenTextAsync(pass, cancellationToken), new UTF8Encoding(false), detectEncodingFromByteOrderMarks: false);
        return structure with { Text = await text.ReadToEndAsync(cancellationToken) };
    }

    /// <summary>The text as UTF-8, to be disposed of by the caller.</summary>
    public async Task<Stream> OpenTextAsync(PassRef pass, CancellationToken cancellationToken)
    {
        try
        {
            return (await containers.Pipeline.GetBlobClient(Name(pass, TextName)).DownloadStreamingAsync(cancellationToken: cancellationToken)).Value.Content;
        }
        catch (RequestFailedException failure) when (failure.Status == 404)
        {
            throw new PassLostException(failure);
        }
    }

    /// <summary>Chunks that must be embedded, a part of them.</summary>
    public Task WriteNewAsync(PassRef pass, int number, ChunkPart part, CancellationToken cancellationToken) =>
        WriteAsync(pass, Numbered("part", number, "json"), part, cancellationToken);

    public Task<ChunkPart> ReadNewAsync(PassRef pass, int number, CancellationToken cancellationToken) =>
        ReadAsync<ChunkPart>(pass, Numbered("part", number, "json"), cancellationToken);

    /// <summary>Chunks that the index holds already with their vectors, a batch of them.</summary>
    public Task WriteKeptAsync(PassRef pass, int batch, IReadOnlyList<ChunkRecord> chunks, CancellationToken cancellationToken) =>
        WriteAsync(pass, Numbered("kept", batch, "json"), chunks, cancellationToken);

    public Task<IReadOnlyList<ChunkRecord>> ReadKeptAsync(PassRef pass, int batch, CancellationToken cancellationToken) =>
        ReadAsync<IReadOnlyList<ChunkRecord>>(pass, Numbered("kept", batch, "json"), cancellationToken);

    /// <summary>The ids of all chunks of the pass.</summary>
    public Task WriteIdsAsync(PassRef pass, IReadOnlyList<string> ids, CancellationToken cancellationToken) => WriteAsync(pass, "ids.json", ids, cancellationToken);

    public Task<IReadOnlyList<string>> ReadIdsAsync(PassRef pass, CancellationToken cancellationToken) =>
        ReadAsync<IReadOnlyList<string>>(pass, "ids.json", cancellationToken);

    /// <summary>Vectors as little-endian float32, one after another.</summary>
    public async Task WriteVectorsAsync(PassRef pass, int batch, IReadOnlyList<ReadOnlyMemory<float>> vectors, CancellationToken cancellationToken)
    {
        await containers.EnsureCreatedAsync(cancellationToken);
        using var content = new MemoryStream();
        foreach (var vector in vectors) content.Write(MemoryMarshal.AsBytes(vector.Span));
        content.Position = 0;
        await containers.Pipeline.GetBlobClient(Name(pass, Numbered("vectors", batch, "f32"))).UploadAsync(content, overwrite: true, cancellationToken);
    }

    public async Task<IReadOnlyList<ReadOnlyMemory<float>>> ReadVectorsAsync(PassRef pass, int batch, int count, CancellationToken cancellationToken)
    {
        try
        {
            var content = await containers.Pipeline.GetBlobClient(Name(pass, Numbered("vectors", batch, "f32"))).DownloadContentAsync(cancellationToken);
            var values = MemoryMarshal.Cast<byte, float>(content.Value.Content.ToMemory().Span).ToArray();
            if (count == 0 || values.Length == 0 || values.Length % count != 0)
                throw new InvalidDataException($"Batch {batch} holds {values.Length} numbers, which are not {count} vectors.");
            var dimensions = values.Length / count;
            return [.. Enumerable.Range(0, count).Select(i => new ReadOnlyMemory<float>(values, i * dimensions, dimensions))];
        }
        catch (RequestFailedException failure) when (failure.Status == 404)
        {
            throw new PassLostException(failure);
        }
    }

    /// <summary>Deletes what passes of a document left behind, but for <paramref name="keep"/>.</summary>
    public async Task ClearAsync(DocumentName document, string? keep, CancellationToken cancellationToken)
    {
        try
        {
            await foreach (var blob in containers.Pipeline.GetBlobsAsync(new GetBlobsOptions { Prefix = document.Key + "/" }, cancellationToken))
            {
                if (keep is not null && blob.Name.StartsWith($"{document.Key}/{keep}/", StringComparison.Ordinal)) continue;
                await containers.Pipeline.GetBlobClient(blob.Name).DeleteIfExistsAsync(DeleteSnapshotsOption.IncludeSnapshots, cancellationToken: cancellationToken);
            }
        }
        catch (RequestFailedException failure) when (failure.Status == 404)
        {
            // Nothing was ever written.
        }
    }

    private static string Name(PassRef pass, string what) => $"{pass.Document.Key}/{pass.Pass}/{what}";

    private static string Numbered(string what, int batch, string extension) => FormattableString.Invariant($"{what}-{batch:D5}.{extension}");

    private async Task WriteAsync<T>(PassRef pass, string what, T value, CancellationToken cancellationToken)
    {
        await containers.EnsureCreatedAsync(cancellationToken);
        await containers.Pipeline.WriteJsonAsync(Name(pass, what), value, cancellationToken);
    }

    private async Task<T> ReadAsync<T>(PassRef pass, string what, CancellationToken cancellationToken)
        where T : class =>
        // What is damaged is as good as gone.
        (await containers.Pipeline.ReadStateAsync<T>(Name(pass, what), cancellationToken)).Value ?? throw new PassLostException();
}
