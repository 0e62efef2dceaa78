using System.Buffers;
using System.Globalization;
using System.IO.Compression;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Serverless.Contracts;
using Serverless.Functions.Dispatch;

namespace Serverless.Functions.Hosting;

/// <summary>Reads a JSON request body of bounded size, also compressed by gzip, deflate or br. Errors give a position or a field, never content.</summary>
public static class RequestBody
{
    /// <summary>Of all but what asks a model.</summary>
    public const int MaxBytes = 1024 * 1024;

    /// <summary>What is said of valid JSON that is no object.</summary>
    internal const string NotAnObject = "The body must be a JSON object.";

    private static readonly JsonDocumentOptions Strict = new() { MaxDepth = 64, AllowDuplicateProperties = false };

    /// <summary>The body, of 1 MB at most, as a JSON object.</summary>
    /// <exception cref="GatewayException">413 when it is too large; 400 when it is no JSON object.</exception>
    public static async Task<JsonElement> ReadObjectAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        return Parse(await ReadBytesAsync(request, MaxBytes, cancellationToken).ConfigureAwait(false));
    }

    /// <summary>As <see cref="ReadObjectAsync"/>, of what asks a model: it may hold images and files, and be as large as the setting <c>Gateway:MaxBodyMegabytes</c> says.</summary>
    /// <exception cref="GatewayException">413 when it is too large; 400 when it is no JSON object.</exception>
    public static async Task<JsonElement> ReadQuestionAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        return Parse(await ReadBytesAsync(request, request.HttpContext.Features.Get<BodyLimit>()?.Bytes ?? MaxBytes, cancellationToken).ConfigureAwait(false));
    }

    /// <summary>As <see cref="ReadObjectAsync"/>; no body is an empty object.</summary>
    /// <exception cref="GatewayException">413 when it is too large; 400 when it is no JSON object.</exception>
    public static async Task<JsonElement> ReadObjectOrNothingAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        var bytes = await ReadBytesAsync(request, MaxBytes, cancellationToken).ConfigureAwait(false);
        return Parse(bytes.Length == 0 ? "{}"u8.ToArray() : bytes);
    }

    /// <summary>Bytes as a JSON object.</summary>
    /// <exception cref="GatewayException">400 when they are none; "the body" in its words is what they are.</exception>
    internal static JsonElement Parse(ReadOnlyMemory<byte> bytes)
    {
        // A byte order mark is no part of what follows (RFC 8259, 8.1, lets a reader ignore it).
        if (bytes.Span.StartsWith("\uFEFF"u8)) bytes = bytes[3..];
        try
        {
            var root = JsonElement.Parse(bytes.Span, Strict);
            if (!JsonText.IsUnicode(bytes.Span)) throw NoUnicode();
            return root.ValueKind == JsonValueKind.Object ? root : throw Malformed(NotAnObject);
        }
        catch (InvalidOperationException)
        {
            // Names are compared unescaped, which half of a surrogate pair cannot be.
            throw NoUnicode();
        }
        catch (JsonException exception)
        {
            if (JsonText.IsDeeperThan(bytes.Span, Strict.MaxDepth)) throw Malformed(string.Create(CultureInfo.InvariantCulture, $"The body is nested too deeply: {Strict.MaxDepth} levels are permitted."));
            if (bytes.Span.IndexOfAnyExcept(" \t\r\n"u8) < 0) throw Malformed("The body is empty: it must be a JSON object.");
            // A name that comes twice has no position.
            if (exception.LineNumber is null) throw JsonText.IsUnicode(bytes.Span) ? Duplicate(JsonText.FindDuplicate(bytes.Span)) : NoUnicode();
            throw Malformed(string.Create(
                CultureInfo.InvariantCulture,
                $"The body is not valid JSON (line {exception.LineNumber + 1}, byte {exception.BytePositionInLine + 1})."));
        }
    }

    /// <summary>The members of <paramref name="body"/> that <typeparamref name="T"/> knows.</summary>
    /// <exception cref="GatewayException">400 naming the member of the wrong type.</exception>
    public static T Bind<T>(JsonElement body)
    {
        try
        {
            return body.Deserialize<T>(WireJson.Options)!;
        }
        catch (JsonException exception)
        {
            var field = exception.Path is ['$', '.', .. var path] ? path : "body";
            throw GatewayException.Invalid(field, $"'{field}' is of the wrong type or out of range.", "invalid_type");
        }
        catch (InvalidOperationException)
        {
            throw NoUnicode();
        }
    }

    /// <summary>The body less one member, for a reader that takes another meaning from that name or none.</summary>
    public static JsonElement Without(JsonElement body, string name) =>
        JsonSerializer.SerializeToElement(body.EnumerateObject().Where(p => p.Name != name).ToDictionary(p => p.Name, p => p.Value));

    /// <summary>For bodies that are stored as they come.</summary>
    /// <exception cref="GatewayException">415 when the body is compressed.</exception>
    public static void RefuseCompressed(HttpRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        if (Encoding(request).Length > 0) throw Unsupported("The body must not be compressed: it would be stored so.");
    }

    private static async Task<ReadOnlyMemory<byte>> ReadBytesAsync(HttpRequest request, int most, CancellationToken cancellationToken)
    {
        var encoding = Encoding(request);
        if (request.ContentLength > most) throw TooLarge(most);
        if (encoding.Length == 0 && request.ContentLength is { } length) return await ReadExactlyAsync(request.Body, (int)length, cancellationToken).ConfigureAwait(false);
        if (encoding.Length == 0) return await ReadBytesAsync(request.Body, 4096, most, cancellationToken).ConfigureAwait(false);
        using Stream plain = encoding switch
        {
            "gzip" or "x-gzip" => new GZipStream(request.Body, CompressionMode.Decompress, leaveOpen: true),
            "deflate" => new ZLibStream(request.Body, CompressionMode.Decompress, leaveOpen: true),
            "br" => new BrotliStream(request.Body, CompressionMode.Decompress, leaveOpen: true),
            _ => throw Unsupported("The body may be compressed by gzip, deflate or br only."),
        };
        try
        {
            // What a small body unpacks to is bounded as any other's.
            return await ReadBytesAsync(plain, 4096, most, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception broken) when (broken is InvalidDataException || (broken is InvalidOperationException && plain is BrotliStream))
        {
            throw new GatewayException(StatusCodes.Status400BadRequest, new ErrorDetail("malformed_body", "The body is not compressed as Content-Encoding says.", "invalid_request_error", "body"));
        }
    }

    /// <summary>A body whose length is known: the server lets no more of it through, and fails where less of it comes.</summary>
    private static async Task<ReadOnlyMemory<byte>> ReadExactlyAsync(Stream body, int length, CancellationToken cancellationToken)
    {
        var bytes = new byte[length];
        return bytes.AsMemory(0, await body.ReadAtLeastAsync(bytes, length, throwOnEndOfStream: false, cancellationToken).ConfigureAwait(false));
    }

    private static string Encoding(HttpRequest request)
    {
        if (request.Headers.ContentEncoding.Count == 0) return "";
        var encoding = request.Headers.ContentEncoding.ToString().Trim().ToLowerInvariant();
        return encoding == "identity" ? "" : encoding;
    }

    private static async Task<ReadOnlyMemory<byte>> ReadBytesAsync(Stream body, int expected, int most, CancellationToken cancellationToken)
    {
        using var buffer = new MemoryStream(expected);
        var part = ArrayPool<byte>.Shared.Rent(16 * 1024);
        try
        {
            int read;
            while ((read = await body.ReadAsync(part, cancellationToken).ConfigureAwait(false)) > 0)
            {
                if (buffer.Length + read > most) throw TooLarge(most);
                buffer.Write(part, 0, read);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(part, clearArray: true);
        }

        return buffer.GetBuffer().AsMemory(0, (int)buffer.Length);
    }

    private static GatewayException Duplicate(string? path) =>
        GatewayException.Invalid(path ?? "body", $"'{path ?? "a field"}' comes twice in its object.", "duplicate_field");

    private static GatewayException NoUnicode() => GatewayException.Invalid("body", "A name or string in the body is not valid Unicode.", "invalid_type");

    private static GatewayException Unsupported(string message) =>
        new(StatusCodes.Status415UnsupportedMediaType, new ErrorDetail("unsupported_content_encoding", message, "invalid_request_error", "content-encoding"));

    private static GatewayException Malformed(string message) =>
        new(StatusCodes.Status400BadRequest, new ErrorDetail("malformed_json", message, "invalid_request_error", "body"));

    private static GatewayException TooLarge(int most) =>
        new(StatusCodes.Status413PayloadTooLarge, new ErrorDetail("body_too_large", $"The body may have at most {most} bytes.", "invalid_request_error", "body"));
}
