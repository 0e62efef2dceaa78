using System.Buffers;
using System.IO.Compression;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using Serverless.Contracts;

namespace Serverless.GpuWorker.Api.Requests;

/// <summary>Reads a request's JSON body, and says which field is wrong when one is.</summary>
internal static class JsonBody
{
    /// <summary>Fields that hold fields of ours. A schema, whose names are the caller's, is looked at where it is read.</summary>
    private static readonly string[] WithFields = ["messages", "logit_bias", "stream_options", "response_format", "structured_outputs", "guided_quotes", "resume", "stream_to", "parameters"];

    /// <param name="check">Looks at the document before it is bound, for fields that the wire type lacks.</param>
    /// <exception cref="ApiException">400, 413 or 415.</exception>
    public static async Task<T> ReadAsync<T>(HttpRequest request, Action<JsonElement>? check = null)
        where T : class
    {
        using var document = await ParseAsync(request);
        if (document.RootElement.ValueKind != JsonValueKind.Object) throw ApiErrors.Invalid(null, "The request body must be a JSON object.", "invalid_type");
        try
        {
            RefuseRepeated(document.RootElement);
            check?.Invoke(document.RootElement);
            return document.RootElement.Deserialize<T>(WireJson.Requests)!;
        }
        catch (JsonException e)
        {
            throw WrongType(e.Path);
        }
        catch (InvalidOperationException)
        {
            throw ApiErrors.InvalidUnicode();
        }
    }

    private static async Task<JsonDocument> ParseAsync(HttpRequest request)
    {
        // A page in a browser can only send JSON across origins after a preflight, which is refused here: so this also keeps such pages out.
        if (!request.HasJsonContentType()) throw ApiErrors.NotJson();
        if (request.ContentLength > ApiLimits.BodyBytes) throw ApiErrors.TooLarge();
        var bytes = await ReadPlainAsync(request);
        // A parser may ignore a byte order mark (RFC 8259, section 8.1), which some clients' writers put first.
        if (bytes.Span.StartsWith(Encoding.UTF8.Preamble)) bytes = bytes[Encoding.UTF8.Preamble.Length..];
        if (!Utf8.IsValid(bytes.Span)) throw ApiErrors.Invalid(null, "The request body is not valid UTF-8.", "invalid_utf8");
        try
        {
            return JsonDocument.Parse(bytes, new JsonDocumentOptions { MaxDepth = WireJson.Requests.MaxDepth });
        }
        catch (JsonException)
        {
            throw ApiErrors.MalformedJson();
        }
    }

    /// <summary>What a small body unpacks to is bounded as any other's.</summary>
    private static async Task<ReadOnlyMemory<byte>> ReadPlainAsync(HttpRequest request)
    {
        var encoding = request.Headers.ContentEncoding.ToString().Trim().ToLowerInvariant();
        if (encoding is "" or "identity") return await ReadBytesAsync(request, request.Body, request.ContentLength ?? 0);
        using Stream plain = encoding switch
        {
            "gzip" or "x-gzip" => new GZipStream(request.Body, CompressionMode.Decompress, leaveOpen: true),
            "deflate" => new ZLibStream(request.Body, CompressionMode.Decompress, leaveOpen: true),
            "br" => new BrotliStream(request.Body, CompressionMode.Decompress, leaveOpen: true),
            _ => throw ApiErrors.UnknownEncoding(),
        };
        try
        {
            return await ReadBytesAsync(request, plain, 0);
        }
        catch (Exception broken) when (broken is InvalidDataException || (broken is InvalidOperationException && plain is BrotliStream))
        {
            throw ApiErrors.MalformedEncoding();
        }
    }

    private static async Task<ReadOnlyMemory<byte>> ReadBytesAsync(HttpRequest request, Stream body, long expected)
    {
        var buffer = new ArrayBufferWriter<byte>((int)Math.Max(1024, expected));
        while (true)
        {
            var read = await ReadSomeAsync(request, body, buffer.GetMemory(1));
            if (read == 0) return buffer.WrittenMemory;
            buffer.Advance(read);
            if (buffer.WrittenCount > ApiLimits.BodyBytes) throw ApiErrors.TooLarge();
        }
    }

    private static async ValueTask<int> ReadSomeAsync(HttpRequest request, Stream body, Memory<byte> buffer)
    {
        try
        {
            return await body.ReadAsync(buffer, request.HttpContext.RequestAborted);
        }
        catch (IOException unreadable) when (unreadable is not BadHttpRequestException && !request.HttpContext.RequestAborted.IsCancellationRequested)
        {
            // A chunk's size that no number holds: Kestrel says so by an exception of the transport.
            throw ApiErrors.Invalid(null, "The request could not be read.", "bad_request");
        }
    }

    /// <summary>Of two fields of one name readers take one or the other: what a gateway before this worker has checked may not be what is read here.</summary>
    private static void RefuseRepeated(JsonElement request)
    {
        RefuseRepeatedNames(request);
        foreach (var field in request.EnumerateObject())
        {
            if (!WithFields.Contains(field.Name, StringComparer.OrdinalIgnoreCase)) continue;
            if (field.Value.ValueKind == JsonValueKind.Object) RefuseRepeatedNames(field.Value);
            if (field.Value.ValueKind != JsonValueKind.Array) continue;
            foreach (var item in field.Value.EnumerateArray().Where(item => item.ValueKind == JsonValueKind.Object)) RefuseRepeatedNames(item);
        }
    }

    private static void RefuseRepeatedNames(JsonElement request)
    {
        var names = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        foreach (var field in request.EnumerateObject())
        {
            if (!names.Add(field.Name)) throw ApiErrors.Invalid(field.Name.Length <= ApiLimits.NamedFieldChars ? field.Name : null, "The request body names a field twice.", "duplicate_field");
        }
    }

    private static ApiException WrongType(string? path)
    {
        var param = path is null or "$" ? null : path.StartsWith("$.", StringComparison.Ordinal) ? path[2..] : path;
        if (param is null) return ApiErrors.Invalid(null, "The request body has a field of the wrong type.", "invalid_type");
        // What follows is the caller's own word.
        if (param.StartsWith("logit_bias", StringComparison.Ordinal)) param = "logit_bias";
        var name = param[(param.LastIndexOf('.') + 1)..];
        var bracket = name.IndexOf('[', StringComparison.Ordinal);
        var expected = FieldTypes.Describe(bracket < 0 ? name : name[..bracket], isElement: bracket >= 0);
        return ApiErrors.Invalid(param, $"{param} must be {expected}.", "invalid_type");
    }
}
