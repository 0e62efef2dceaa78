using System.Net.Http.Headers;
using System.Net.Mime;
using System.Text.Json;
using Serverless.Contracts;
using Serverless.Functions.Secrets;

namespace Serverless.Functions.Providers;

/// <summary>HTTP as providers use it: JSON out, bounded JSON or a bounded stream in, failures as <see cref="UpstreamException"/>s.</summary>
public sealed class UpstreamHttp(IHttpClientFactory clients, TimeProvider time)
{
    /// <summary>The client registered for providers: no proxy, no redirect, permitted hosts only, no logging of headers.</summary>
    public const string ClientName = "providers";

    private const int MaxErrorBytes = 16 * 1024;
    private const int MaxBodyBytes = 64 * 1024 * 1024;

    private readonly Lazy<HttpMessageInvoker> _client = new(() => clients.CreateClient(ClientName));

    /// <summary>Sends and returns the response when its status is a success; the caller disposes it.</summary>
    public Task<HttpResponseMessage> SendAsync(HttpMethod method, Uri uri, object? body, string? authorization, CancellationToken cancellationToken) =>
        SendAsync(
            method,
            uri,
            body is null ? null : JsonSerializer.SerializeToUtf8Bytes(body, body.GetType(), WireJson.Options),
            authorization is null ? [] : [new("Authorization", authorization)],
            cancellationToken);

    /// <summary>As the other, with headers of any name and a body that is written already.</summary>
    public async Task<HttpResponseMessage> SendAsync(
        HttpMethod method, Uri uri, ReadOnlyMemory<byte>? body, IReadOnlyList<KeyValuePair<string, string>> headers, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(method, uri);
        if (body is { } bytes)
        {
            request.Content = new ReadOnlyMemoryContent(bytes);
            request.Content.Headers.ContentType = new MediaTypeHeaderValue(MediaTypeNames.Application.Json);
        }

        foreach (var (name, value) in headers ?? []) request.Headers.TryAddWithoutValidation(name, value);
        HttpResponseMessage response;
        try
        {
            response = await ((HttpClient)_client.Value).SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken).ConfigureAwait(false);
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
        return await ReadJsonAsync<T>(response, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>A response's JSON document of at most 64 MB.</summary>
    public static async Task<T> ReadJsonAsync<T>(HttpResponseMessage response, CancellationToken cancellationToken)
        where T : class
    {
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

    /// <summary>A response's body of at most 64 MB.</summary>
    public static Task<ReadOnlyMemory<byte>> ReadBytesAsync(HttpResponseMessage response, CancellationToken cancellationToken) => ReadAsync(response, MaxBodyBytes, cancellationToken);

    internal static string? Bearer(SecretText? key) => key is null ? null : $"Bearer {key.Reveal()}";

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

        var words = ErrorWords.Read(body.Span);
        if (status == 500 && words.IsMosaicTooLong) return new UpstreamException(UpstreamFailure.TooLong, status) { Counts = words.Counts };
        var type = response.Headers.TryGetValues("x-amzn-errortype", out var types) ? ErrorWords.Word(types.First().Split(':')[0]) : null;
        return new UpstreamException(UpstreamFailure.Status, status)
        {
            Code = words.IsTooLong ? ErrorWords.ContextLengthExceeded : words.Code ?? type,
            Param = words.Param,
            Counts = words.Counts,
            RetryAfter = RetryAfter(response),
        };
    }

    private TimeSpan? RetryAfter(HttpResponseMessage response)
    {
        var header = response.Headers.RetryAfter;
        var wait = header?.Delta ?? (header?.Date is { } date ? date - time.GetUtcNow() : null);
        return wait is { } w && w > TimeSpan.Zero ? w : null;
    }
}
