using System.Net.Http.Headers;
using System.Net.Mime;
using System.Text.Json;
using System.Text.RegularExpressions;
using Serverless.Contracts;
using Serverless.Functions.Secrets;

namespace Serverless.Functions.Providers;

/// <summary>HTTP as providers use it: JSON out, bounded JSON or a bounded stream in, failures as <see cref="UpstreamException"/>s.</summary>
public sealed partial class UpstreamHttp(IHttpClientFactory clients, TimeProvider time)
{
    /// <summary>The client registered for providers: no proxy, no redirect, permitted hosts only, no logging of headers.</summary>
    public const string ClientName = "providers";

    internal const int MaxLineBytes = 1024 * 1024;
    private const int MaxErrorBytes = 16 * 1024;
    private const int MaxBodyBytes = 64 * 1024 * 1024;

    /// <summary>Sends and returns the response when its status is a success; the caller disposes it.</summary>
    public async Task<HttpResponseMessage> SendAsync(HttpMethod method, Uri uri, object? body, string? authorization, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(method, uri);
        if (body is not null)
        {
            request.Content = new ByteArrayContent(JsonSerializer.SerializeToUtf8Bytes(body, body.GetType(), WireJson.Options));
            request.Content.Headers.ContentType = new MediaTypeHeaderValue(MediaTypeNames.Application.Json);
        }

        if (authorization is not null) request.Headers.TryAddWithoutValidation("Authorization", authorization);
        HttpResponseMessage response;
        try
        {
            response = await clients.CreateClient(ClientName).SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken).ConfigureAwait(false);
        }
        catch (HttpRequestException)
        {
            // The message names the address; nothing behind this needs it.
            throw new UpstreamException(UpstreamFailure.Connection);
        }

        if (response.IsSuccessStatusCode) return response;
        using (response) throw await DescribeAsync(response, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Sends and reads one JSON document of at most 64 MB.</summary>
    public async Task<T> SendAsync<T>(HttpMethod method, Uri uri, object? body, string? authorization, CancellationToken cancellationToken)
        where T : class
    {
        using var response = await SendAsync(method, uri, body, authorization, cancellationToken).ConfigureAwait(false);
        var bytes = await ReadAsync(response, MaxBodyBytes, cancellationToken).ConfigureAwait(false);
        try
        {
            return JsonSerializer.Deserialize<T>(bytes.Span, WireJson.Options) ?? throw new UpstreamException(UpstreamFailure.InvalidResponse);
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            throw new UpstreamException(UpstreamFailure.InvalidResponse);
        }
    }

    /// <summary>The body as a stream whose lines are bounded.</summary>
    public static async Task<Stream> ReadLinesAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(response);
        return new BoundedLineStream(await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false), MaxLineBytes);
    }

    internal static string? Bearer(SecretText? key) => key is null ? null : $"Bearer {key.Reveal()}";

    /// <summary>What an error body says in machine-readable words.</summary>
    internal static (string? Code, string? Param) ReadError(ReadOnlySpan<byte> body)
    {
        try
        {
            var error = JsonSerializer.Deserialize<JsonElement>(body, WireJson.Options);
            if (error.ValueKind != JsonValueKind.Object || !error.TryGetProperty("error", out error) || error.ValueKind != JsonValueKind.Object) return (null, null);
            return (Word(error, "code"), Word(error, "param"));
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            return (null, null);
        }
    }

    private static string? Word(JsonElement error, string name) =>
        error.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String && value.GetString() is { } text && PlainWord().IsMatch(text) ? text : null;

    private static async Task<ReadOnlyMemory<byte>> ReadAsync(HttpResponseMessage response, int maxBytes, CancellationToken cancellationToken)
    {
        try
        {
            using var stream = await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
            using var buffer = new MemoryStream();
            var part = new byte[16 * 1024];
            int read;
            while ((read = await stream.ReadAsync(part, cancellationToken).ConfigureAwait(false)) > 0)
            {
                if (buffer.Length + read > maxBytes) throw new UpstreamException(UpstreamFailure.InvalidResponse);
                buffer.Write(part, 0, read);
            }

            return buffer.GetBuffer().AsMemory(0, (int)buffer.Length);
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException)
        {
            throw new UpstreamException(UpstreamFailure.Connection);
        }
    }

    private async Task<UpstreamException> DescribeAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        var status = (int)response.StatusCode;
        ReadOnlyMemory<byte> body;
        try
        {
            body = await ReadAsync(response, MaxErrorBytes, cancellationToken).ConfigureAwait(false);
        }
        catch (UpstreamException)
        {
            body = default;
        }

        if (status == 500 && IsMosaicTooLong(body.Span)) return new UpstreamException(UpstreamFailure.TooLong, status);
        var (code, param) = ReadError(body.Span);
        return new UpstreamException(UpstreamFailure.Status, status) { Code = code, Param = param, RetryAfter = RetryAfter(response) };
    }

    /// <summary>MosaicML answers 500 to what is the caller's mistake (mlflow/gateway/providers/mosaicml.py).</summary>
    private static bool IsMosaicTooLong(ReadOnlySpan<byte> body) =>
        body.IndexOf("Error: max output tokens is limited to"u8) >= 0 || body.IndexOf("Error: prompt token count"u8) >= 0;

    private TimeSpan? RetryAfter(HttpResponseMessage response)
    {
        var header = response.Headers.RetryAfter;
        var wait = header?.Delta ?? (header?.Date is { } date ? date - time.GetUtcNow() : null);
        return wait is { } w && w > TimeSpan.Zero ? w : null;
    }

    // Lower-case words only: neither a key nor a sentence looks like this.
    [GeneratedRegex(@"^[a-z][a-z_]{0,47}(\[\d{1,5}\])?(\.[a-z_]{1,48})?\z", RegexOptions.CultureInvariant)]
    private static partial Regex PlainWord();
}
