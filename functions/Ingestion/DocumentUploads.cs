using Azure;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Options;
using Microsoft.Net.Http.Headers;
using Serverless.Contracts;
using Serverless.Functions.Dispatch;
using Serverless.Functions.Hosting;
using Serverless.Functions.Ingestion.State;

namespace Serverless.Functions.Ingestion;

/// <summary>
/// Several files in one request, as a browser's form sends them (multipart/form-data, RFC 7578): each is written as it comes, none is held as a whole, and one that
/// cannot be taken fails alone.
/// </summary>
public sealed class DocumentUploads(DocumentBlobs blobs, IOptions<IngestionOptions> options)
{
    /// <summary>Files of one request.</summary>
    public const int MaxFiles = 1000;

    private const string MalformedBody = "malformed_body";
    private const int MaxContentType = 256;

    /// <param name="metadata">Who may see the files.</param>
    /// <returns>What became of each file, in the order in which they came.</returns>
    /// <exception cref="GatewayException">400 or 415: this is no form with files.</exception>
    public async Task<IReadOnlyList<UploadResult>> ReadAsync(HttpRequest request, string collection, IDictionary<string, string> metadata, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        var reader = FormParts.Of(request);
        var results = new List<UploadResult>();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        while (await NextAsync(reader, results, cancellationToken) is { } section)
        {
            if (!ContentDispositionHeaderValue.TryParse(section.ContentDisposition, out var disposition) || FormParts.FileNameOf(disposition) is not { } path) continue;
            if (results.Count == MaxFiles)
            {
                results.Add(Failed(path, "too_many_files", $"A request may have at most {MaxFiles} files; this one and those after it were not read."));
                break;
            }

            results.Add(seen.Add(path)
                ? await WriteAsync(new DocumentName(collection, path), section, metadata, cancellationToken)
                : Failed(path, "duplicate_file", "A file of this name came before in the same request."));
        }

        return results.Count > 0 ? results : throw GatewayException.Invalid("body", "The form holds no file: a part needs a 'filename' in its Content-Disposition.");
    }

    // What came before the damage has been written, and is told.
    private static async Task<MultipartSection?> NextAsync(MultipartReader reader, List<UploadResult> results, CancellationToken cancellationToken)
    {
        try
        {
            return await reader.ReadNextSectionAsync(cancellationToken);
        }
        catch (Exception malformed) when (malformed is IOException or InvalidDataException)
        {
            if (results.Count == 0) throw GatewayException.Invalid("body", "The body is no well-formed multipart/form-data.");
            if (results[^1].Error?.Code != MalformedBody) results.Add(Failed(string.Empty, MalformedBody, "The rest of the body is no well-formed multipart/form-data."));
            return null;
        }
    }

    private async Task<UploadResult> WriteAsync(DocumentName document, MultipartSection section, IDictionary<string, string> metadata, CancellationToken cancellationToken)
    {
        if (document.WhyNotStorable() is { } reason) return Failed(document.Path, "invalid_path", $"The file's name cannot name a document: {reason}.");
        if (section.ContentType is { } type && (type.Length > MaxContentType || type.AsSpan().ContainsAnyExceptInRange(' ', '~')))
            return Failed(document.Path, "invalid_content_type", $"The part's Content-Type may have at most {MaxContentType} printable ASCII characters.");
        using var content = new BoundedStream(section.Body, options.Value.MaxDocumentBytes);
        try
        {
            await blobs.UploadAsync(document, content, section.ContentType, metadata, cancellationToken);
            return new UploadResult(document.Path, content.Seen);
        }
        catch (Exception) when (content.IsExceeded)
        {
            return Failed(document.Path, "document_too_large", $"A document may have at most {options.Value.MaxDocumentBytes} bytes.");
        }
        catch (RequestFailedException refused)
        {
            return Failed(document.Path, "storage_refused", $"Storage answered with status {refused.Status} ({refused.ErrorCode ?? "no code"}).");
        }
        catch (Exception malformed) when (malformed is IOException or InvalidDataException)
        {
            return Failed(document.Path, MalformedBody, "The file's part ends before its boundary.");
        }
    }

    private static UploadResult Failed(string path, string code, string message) => new(path, null, new ErrorDetail(code, message, "invalid_request_error", "body"));
}
