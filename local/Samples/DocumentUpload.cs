using System.Security.Cryptography;
using Azure;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;

namespace Serverless.Local.Samples;

/// <summary>Copies a folder's files to <c>documents/{collection}/...</c>, only where a blob is missing or differs (by its content MD5).</summary>
public sealed class DocumentUpload(string connectionString)
{
    private const string Container = "documents";

    /// <summary>How many files were uploaded, and how many there are.</summary>
    public async Task<(int Uploaded, int Total)> RunAsync(string folder, string collection, CancellationToken cancellationToken)
    {
        var container = new BlobContainerClient(connectionString, Container);
        await container.CreateIfNotExistsAsync(cancellationToken: cancellationToken);
        var files = Directory.GetFiles(folder, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal).ToArray();
        var uploaded = 0;
        foreach (var file in files)
        {
            var blob = container.GetBlobClient($"{collection}/{Path.GetRelativePath(folder, file).Replace(Path.DirectorySeparatorChar, '/')}");
            if (await UploadAsync(blob, file, cancellationToken)) uploaded++;
        }

        return (uploaded, files.Length);
    }

    private static async Task<bool> UploadAsync(BlobClient blob, string file, CancellationToken cancellationToken)
    {
        var content = await File.ReadAllBytesAsync(file, cancellationToken);
#pragma warning disable CA5351 // The storage service's own checksum, not a safeguard.
        var hash = MD5.HashData(content);
#pragma warning restore CA5351
        if (await HashAsync(blob, cancellationToken) is { } there && there.AsSpan().SequenceEqual(hash)) return false;
        var headers = new BlobHttpHeaders { ContentHash = hash, ContentType = ContentTypeOf(file) };
        await blob.UploadAsync(new BinaryData(content), new BlobUploadOptions { HttpHeaders = headers }, cancellationToken);
        return true;
    }

    private static async Task<byte[]?> HashAsync(BlobClient blob, CancellationToken cancellationToken)
    {
        try
        {
            return (await blob.GetPropertiesAsync(cancellationToken: cancellationToken)).Value.ContentHash;
        }
        catch (RequestFailedException e) when (e.Status == 404)
        {
            return null;
        }
    }

    private static string ContentTypeOf(string file) => Path.GetExtension(file).ToUpperInvariant() switch
    {
        ".MD" => "text/markdown; charset=utf-8",
        ".HTML" or ".HTM" => "text/html; charset=utf-8",
        ".TXT" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    };
}
