using System.Globalization;
using System.Net.Mime;
using System.Text.Json;
using Serverless.Contracts;
using Serverless.Functions.Secrets;
using Serverless.Functions.Telemetry;

namespace Serverless.Functions.Providers;

/// <summary>HTTP as providers use it: JSON out, bounded JSON or a bounded stream in, failures as <see cref="UpstreamException"/>s.</summary>
public sealed class UpstreamHttp(IHttpMessageHandlerFactory handlers, TimeProvider time)
{
    /// <summary>The client registered for providers: no proxy, no redirect, permitted hosts only, no logging of headers.</summary>
    public const string ClientName = "providers";

    private const int MaxErrorBytes = 16 * 1024;
    private const int MaxBodyBytes = 64 * 1024 * 1024;
    private const int MostBelieved = 256 * 1024;

    /// <summary>For what follows in this flow: how long making a connection may take; null for the settings' limit. Connections are shared, so it holds for one that has to be made.</summary>
    internal static readonly AsyncLocal<TimeSpan?> ConnectWithin = new();

    internal static readonly HttpRequestOptionsKey<TimeSpan> ConnectOption = new("connect-within");

    private readonly Lazy<HttpMessageInvoker> _client = new(() => new HttpMessageInvoker(handlers.CreateHandler(ClientName), disposeHandler: false));

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
            request.Content.Headers.TryAddWithoutValidation("Content-Type", MediaTypeNames.Application.Json);
        }

        if (ConnectWithin.Value is { } most) request.Options.Set(ConnectOption, most);
        request.Headers.TryAddWithoutValidation("Accept-Encoding", "identity");
        for (var i = 0; i < headers?.Count; i++) request.Headers.TryAddWithoutValidation(headers[i].Key, headers[i].Value);
        if (GatewayTraces.CurrentId is { } trace) request.Headers.TryAddWithoutValidation("traceparent", trace);
        HttpResponseMessage response;
        try
        {
            response = await _client.Value.SendAsync(request, cancellationToken).ConfigureAwait(false);
            await UnaskedCompression.UndoAsync(response, cancellationToken).ConfigureAwait(false);
        }
        catch (HttpRequestException)
        {
            // The message names the address; nothing behind this needs it.
            throw new UpstreamException(UpstreamFailure.Connection);
        }

        if (response.IsSuccessStatusCode) return response;
        using (response) throw await DescribeAsync(response, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Whether a service is there: it answers a GET, with anything but a failure of its own.</summary>
    /// <exception cref="UpstreamException">It could not be reached, or answered 408, 429 or 5xx.</exception>
    public async Task ProbeAsync(Uri uri, IReadOnlyList<KeyValuePair<string, string>> headers, CancellationToken cancellationToken)
    {
        try
        {
            (await SendAsync(HttpMethod.Get, uri, null, headers, cancellationToken).ConfigureAwait(false)).Dispose();
        }
        catch (UpstreamException refused) when (refused.Failure == UpstreamFailure.Status && refused.Status is < 500 and not (408 or 429))
        {
            // It refuses, so it is there.
        }
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

    /// <summary>A response's body of at most 64 MB as JSON.</summary>
    /// <exception cref="UpstreamException">It is none.</exception>
    public static async Task<JsonElement> ReadElementAsync(HttpResponseMessage response, CancellationToken cancellationToken) =>
        VendorJson.Parse((await ReadBytesAsync(response, cancellationToken).ConfigureAwait(false)).Span);

    /// <summary>Connects within the limit of the request that needs the connection; for <see cref="SocketsHttpHandler.ConnectCallback"/>.</summary>
    internal static async ValueTask<Stream> ConnectAsync(
        HttpRequestMessage request, Func<CancellationToken, ValueTask<Stream>> connect, TimeProvider time, CancellationToken cancellationToken)
    {
        if (!request.Options.TryGetValue(ConnectOption, out var most)) return await connect(cancellationToken).ConfigureAwait(false);
        using var limit = new CancellationTokenSource(most, time);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, limit.Token);
        try
        {
            return await connect(linked.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new HttpRequestException("The provider took no connection in time.");
        }
    }

    /// <summary>Whether an answer comes piece by piece: as it says of itself, because some servers know no streams and some nothing else; as it was asked for where it does not say.</summary>
    internal static bool IsStream(HttpResponseMessage response, bool asked) => response.Content.Headers.ContentType?.MediaType?.ToLowerInvariant() switch
    {
        MediaTypeNames.Application.Json => false,
        MediaTypeNames.Text.EventStream => true,
        _ => asked,
    };

    private static ReadOnlySpan<byte> ByteOrderMark => [0xEF, 0xBB, 0xBF];

    internal static string? Bearer(SecretText? key) => key is null ? null : $"Bearer {key.Reveal()}";

    /// <summary>What it is that a body could not be read further; null for what is no such failure. What is not compressed as it says is an <see cref="InvalidDataException"/>, of Brotli an <see cref="InvalidOperationException"/>.</summary>
    internal static UpstreamException? Failed(Exception reading) => reading switch
    {
        HttpRequestException or IOException => new UpstreamException(UpstreamFailure.Connection),
        InvalidDataException or InvalidOperationException => new UpstreamException(UpstreamFailure.InvalidResponse),
        _ => null,
    };

    private static async Task<ReadOnlyMemory<byte>> ReadAsync(HttpResponseMessage response, int maxBytes, CancellationToken cancellationToken)
    {
        try
        {
            using var stream = await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
            // One byte more than is said, so that the end is seen without room being made for what does not come; what is said is believed up to a point.
            var said = response.Content.Headers.ContentLength ?? 0;
            var buffer = new byte[said == 0 ? 1024 : (int)Math.Min(said + 1, Math.Min(MostBelieved, maxBytes + 1L))];
            var length = 0;
            int read;
            while ((read = await stream.ReadAsync(buffer.AsMemory(length), cancellationToken).ConfigureAwait(false)) > 0)
            {
                length += read;
                if (length > maxBytes) throw new UpstreamException(UpstreamFailure.InvalidResponse);
                if (length == buffer.Length) Array.Resize(ref buffer, (int)Math.Min(2L * length, maxBytes + 1L));
            }

            // What some servers write before their JSON is no part of it (RFC 8259, 8.1).
            var start = buffer.AsSpan(0, length).StartsWith(ByteOrderMark) ? ByteOrderMark.Length : 0;
            return buffer.AsMemory(start, length - start);
        }
        catch (Exception exception) when (Failed(exception) is { } failure)
        {
            throw failure;
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

        var words = ErrorWords.Read(body.Span, QuotesNoContent(response));
        if (status == 500 && words.IsMosaicTooLong) return new UpstreamException(UpstreamFailure.TooLong, status) { Counts = words.Counts };
        var type = response.Headers.TryGetValues("x-amzn-errortype", out var types) ? ErrorWords.Word(types.First().Split(':')[0]) : null;
        return new UpstreamException(UpstreamFailure.Status, status)
        {
            Code = words.IsTooLong ? ErrorWords.ContextLengthExceeded : words.Code ?? type,
            Param = words.Param,
            Counts = words.Counts,
            RetryAfter = RetryAfter(response) ?? words.RetryAfter,
            Explanation = words.Explanation,
        };
    }

    private TimeSpan? RetryAfter(HttpResponseMessage response)
    {
        // OpenAI's and Azure's finer one comes first; a second has parts in some services' Retry-After too.
        if (Number(response, "retry-after-ms") is { } milliseconds) return TimeSpan.FromMilliseconds(milliseconds);
        if (Number(response, "Retry-After") is { } seconds) return TimeSpan.FromSeconds(seconds);
        return RetryAfterHeader.Read(response, time.GetUtcNow());
    }

    private static bool QuotesNoContent(HttpResponseMessage response) => response.Headers.TryGetValues(ErrorBody.QuotesNoContentHeader, out var values) && values.SequenceEqual(["true"]);

    private static double? Number(HttpResponseMessage response, string header) =>
        response.Headers.TryGetValues(header, out var values) && double.TryParse(values.FirstOrDefault(), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number) && number is > 0 and <= RetryAfterHeader.MostSeconds
            ? number
            : null;
}
