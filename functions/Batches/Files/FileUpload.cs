using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Net.Http.Headers;
using Serverless.Contracts;
using Serverless.Functions.Dispatch;
using Serverless.Functions.Hosting;
using Serverless.Functions.Ingestion;

namespace Serverless.Functions.Batches.Files;

/// <summary>Reads OpenAI's form of a file: its bytes go to storage as they come, whatever order its parts have.</summary>
public sealed class FileUpload(FileStore files, BatchOptions options)
{
    /// <summary>Bounds of <c>expires_after[seconds]</c>: OpenAI's.</summary>
    internal const int LeastSeconds = 3600, MostSeconds = 30 * 24 * 3600;

    private const int MaxField = 64, MaxName = 255;

    /// <exception cref="GatewayException">400, 413 or 415 naming what is wrong with the form; nothing is kept of it then.</exception>
    public async Task<StoredFile> ReadAsync(HttpRequest request, string owner, CancellationToken cancellationToken)
    {
        var reader = FormParts.Of(request);
        var fields = new Dictionary<string, string>(StringComparer.Ordinal);
        var id = files.NewId();
        string? filename = null;
        try
        {
            while (await NextAsync(reader, cancellationToken) is { } part)
            {
                if (!ContentDispositionHeaderValue.TryParse(part.ContentDisposition, out var disposition)) continue;
                var name = HeaderUtilities.RemoveQuotes(disposition.Name).ToString();
                if (name != "file") await FieldAsync(part, name, fields, cancellationToken);
                else if (filename is not null) throw GatewayException.Invalid("file", "'file' comes twice in the form.", "duplicate_field");
                else filename = await FileAsync(part, FormParts.FileNameOf(disposition), owner, id, cancellationToken);
            }

            if (filename is null) throw GatewayException.Invalid("file", "'file' is required: the form needs a part of that name with a 'filename'.", "missing_field");
            return await files.CompleteAsync(owner, id, filename, Purpose(fields), Keep(fields), cancellationToken);
        }
        catch (Exception) when (filename is not null)
        {
            // Whoever is refused leaves nothing behind.
            await files.DeleteAsync(owner, id, CancellationToken.None);
            throw;
        }
    }

    private static async Task<MultipartSection?> NextAsync(MultipartReader reader, CancellationToken cancellationToken)
    {
        try
        {
            return await reader.ReadNextSectionAsync(cancellationToken);
        }
        catch (Exception malformed) when (malformed is IOException or InvalidDataException)
        {
            throw GatewayException.Invalid("body", "The body is no well-formed multipart/form-data.", "malformed_body");
        }
    }

    private static async Task FieldAsync(MultipartSection part, string name, Dictionary<string, string> fields, CancellationToken cancellationToken)
    {
        if (name is not ("purpose" or "expires_after[anchor]" or "expires_after[seconds]"))
        {
            var shown = name.Length > MaxField ? name[..MaxField] : name;
            throw GatewayException.Invalid(shown, $"'{shown}' is not a known field; known are: expires_after[anchor], expires_after[seconds], file, purpose.", "unknown_field");
        }

        var bytes = new byte[MaxField + 1];
        var read = await part.Body.ReadAtLeastAsync(bytes, bytes.Length, throwOnEndOfStream: false, cancellationToken);
        if (read > MaxField) throw GatewayException.Invalid(name, $"'{name}' may have at most {MaxField} bytes.");
        if (!fields.TryAdd(name, Encoding.UTF8.GetString(bytes, 0, read))) throw GatewayException.Invalid(name, $"'{name}' comes twice in the form.", "duplicate_field");
    }

    /// <returns>The file's name.</returns>
    private async Task<string> FileAsync(MultipartSection part, string? filename, string owner, string id, CancellationToken cancellationToken)
    {
        if (filename is null) throw GatewayException.Invalid("file", "'file' needs a 'filename' in its Content-Disposition.");
        if (filename.Length > MaxName || filename.Any(char.IsControl)) throw GatewayException.Invalid("file", $"The file's name may have at most {MaxName} characters, none of them a control character.");
        using var content = new BoundedStream(part.Body, options.MaxFileBytes);
        try
        {
            await files.WriteAsync(owner, id, content, cancellationToken);
            return filename;
        }
        catch (Exception) when (content.IsExceeded)
        {
            throw new GatewayException(
                StatusCodes.Status413PayloadTooLarge, new ErrorDetail("file_too_large", string.Create(CultureInfo.InvariantCulture, $"A file may have at most {options.MaxFileBytes} bytes."), "invalid_request_error", "file"));
        }
        catch (Exception malformed) when (malformed is IOException or InvalidDataException)
        {
            throw GatewayException.Invalid("file", "The file's part ends before its boundary.", "malformed_body");
        }
    }

    private static string Purpose(Dictionary<string, string> fields) => fields.GetValueOrDefault("purpose") switch
    {
        null => throw GatewayException.Invalid("purpose", "'purpose' is required: batch.", "missing_field"),
        StoredFile.Input => StoredFile.Input,
        _ => throw GatewayException.Invalid("purpose", "'purpose' must be batch: documents go into collections."),
    };

    private TimeSpan Keep(Dictionary<string, string> fields)
    {
        if (!fields.TryGetValue("expires_after[seconds]", out var text))
            return fields.ContainsKey("expires_after[anchor]") ? throw GatewayException.Invalid("expires_after[seconds]", "'expires_after[seconds]' is required beside 'expires_after[anchor]'.", "missing_field") : options.Retention;
        if (fields.GetValueOrDefault("expires_after[anchor]") is not (null or "created_at")) throw GatewayException.Invalid("expires_after[anchor]", "'expires_after[anchor]' must be created_at.");
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) && seconds is >= LeastSeconds and <= MostSeconds
            ? TimeSpan.FromSeconds(seconds)
            : throw GatewayException.Invalid("expires_after[seconds]", $"'expires_after[seconds]' must be an integer from {LeastSeconds} to {MostSeconds}.");
    }
}
