using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Serverless.Contracts;
using Serverless.Functions.Dispatch;

namespace Serverless.Functions.Hosting;

/// <summary>Reads a JSON request body of at most 1 MB. Errors give a position or a field, never content.</summary>
public static class RequestBody
{
    public const int MaxBytes = 1024 * 1024;

    private static readonly JsonDocumentOptions Strict = new() { MaxDepth = 64, AllowDuplicateProperties = false };

    /// <summary>The body as a JSON object.</summary>
    /// <exception cref="GatewayException">413 when it is too large; 400 when it is no JSON object.</exception>
    public static async Task<JsonElement> ReadObjectAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        var bytes = await ReadBytesAsync(request, cancellationToken).ConfigureAwait(false);
        try
        {
            using var document = JsonDocument.Parse(bytes, Strict);
            return document.RootElement.ValueKind == JsonValueKind.Object
                ? document.RootElement.Clone()
                : throw Malformed("The body must be a JSON object.");
        }
        catch (JsonException exception)
        {
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
            throw GatewayException.Invalid("body", "A string in the body is not valid Unicode.", "invalid_type");
        }
    }

    /// <summary>The body less one member, for a reader that takes another meaning from that name or none.</summary>
    public static JsonElement Without(JsonElement body, string name) =>
        JsonSerializer.SerializeToElement(body.EnumerateObject().Where(p => p.Name != name).ToDictionary(p => p.Name, p => p.Value));

    private static async Task<ReadOnlyMemory<byte>> ReadBytesAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        if (request.ContentLength > MaxBytes) throw TooLarge();
        using var buffer = new MemoryStream((int)(request.ContentLength ?? 4096));
        var part = new byte[16 * 1024];
        int read;
        while ((read = await request.Body.ReadAsync(part, cancellationToken).ConfigureAwait(false)) > 0)
        {
            if (buffer.Length + read > MaxBytes) throw TooLarge();
            buffer.Write(part, 0, read);
        }

        return buffer.GetBuffer().AsMemory(0, (int)buffer.Length);
    }

    private static GatewayException Malformed(string message) =>
        new(StatusCodes.Status400BadRequest, new ErrorDetail("malformed_json", message, "invalid_request_error", "body"));

    private static GatewayException TooLarge() =>
        new(StatusCodes.Status413PayloadTooLarge, new ErrorDetail("body_too_large", $"The body may have at most {MaxBytes} bytes.", "invalid_request_error", "body"));
}
