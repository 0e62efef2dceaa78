using System.Collections.Concurrent;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Microsoft.AspNetCore.SignalR.Client;

namespace Serverless.Samples.DotNetChat;

/// <summary>
/// A connection to a gateway over SignalR, as a server of a web app or a desktop program has it: negotiated by the gateway, and served by SignalR. Any number of answers
/// are read from it at once. Thread-safe.
/// </summary>
public sealed class GatewayConnection : IAsyncDisposable
{
    private readonly HttpClient _gateway;
    private readonly Func<CancellationToken, ValueTask<string?>> _credential;
    private readonly HubConnection _hub;
    private readonly ConcurrentDictionary<string, OrderedMessages> _streams = new(StringComparer.Ordinal);

    private GatewayConnection(HttpClient gateway, Func<CancellationToken, ValueTask<string?>> credential, Access access)
    {
        (_gateway, _credential) = (gateway, credential);
        _hub = new HubConnectionBuilder().WithUrl(access.Url, options => options.AccessTokenProvider = () => Task.FromResult<string?>(access.AccessToken)).Build();
        foreach (var kind in (string[])["token", "done", "error"])
            _hub.On<StreamMessage>(kind, message => Of(message.StreamId).Add(message, isLast: kind != "token"));
        _hub.Closed += failure =>
        {
            foreach (var stream in _streams.Values) stream.Lose(failure ?? new IOException("The connection was closed while the answer was written."));
            return Task.CompletedTask;
        };
    }

    /// <param name="gateway">Whose base address is the gateway's.</param>
    /// <param name="credential">A key of the gateway or an access token, asked for before each request; null for neither.</param>
    /// <exception cref="GatewayRefusal">The gateway refused.</exception>
    public static async Task<GatewayConnection> OpenAsync(HttpClient gateway, Func<CancellationToken, ValueTask<string?>> credential, CancellationToken cancellationToken)
    {
        // The address and the token are for one connection: whoever connects again negotiates again.
        var access = await SendAsync<Access>(gateway, credential, HttpMethod.Post, "signalr/negotiate", new { }, cancellationToken);
        var connection = new GatewayConnection(gateway, credential, access);
        await connection._hub.StartAsync(cancellationToken);
        return connection;
    }

    /// <summary>Asks a route and reads its answer as it is written: <c>token</c> messages, then one with what the answer rests on. Whoever stops reading stops the answer.</summary>
    /// <exception cref="GatewayRefusal">The gateway refused, or the answer ended early.</exception>
    public async IAsyncEnumerable<StreamMessage> AskAsync(string route, string question, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var path = $"gateway/{Uri.EscapeDataString(route)}/streams";
        var started = await SendAsync<Started>(_gateway, _credential, HttpMethod.Post, path, new { question, connectionId = _hub.ConnectionId }, cancellationToken);
        var isOver = false;
        try
        {
            await foreach (var message in Of(started.StreamId).ReadAllAsync(cancellationToken))
            {
                isOver = message.Text is null;
                if (message.Error is { } failed) throw new GatewayRefusal(failed.Code, failed.Message);
                yield return message;
            }
        }
        finally
        {
            _streams.TryRemove(started.StreamId, out _);
            if (!isOver) await StopAsync(started.StreamId);
        }
    }

    public ValueTask DisposeAsync() => _hub.DisposeAsync();

    private async Task StopAsync(string streamId)
    {
        try
        {
            await SendAsync<JsonElement>(_gateway, _credential, HttpMethod.Delete, $"gateway/streams/{streamId}", null, CancellationToken.None);
        }
        catch (Exception failure) when (failure is GatewayRefusal or HttpRequestException)
        {
            // It has ended by itself, or will: nobody hears it any more.
        }
    }

    // A stream's first messages may come before the request that started it has returned.
    private OrderedMessages Of(string streamId) => _streams.GetOrAdd(streamId, _ => new OrderedMessages());

    private static async Task<T> SendAsync<T>(HttpClient gateway, Func<CancellationToken, ValueTask<string?>> credential, HttpMethod method, string path, object? body, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(method, path) { Content = body is null ? null : JsonContent.Create(body) };
        if (await credential(cancellationToken) is { } secret) request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", secret);
        using var response = await gateway.SendAsync(request, cancellationToken);
        if (response.IsSuccessStatusCode) return (await response.Content.ReadFromJsonAsync<T>(cancellationToken))!;
        var refused = await response.Content.ReadFromJsonAsync<Refused>(cancellationToken);
        throw new GatewayRefusal(refused!.Error.Code, refused.Error.Message);
    }

    private sealed record Access(Uri Url, string AccessToken);

    private sealed record Started(string StreamId);

    private sealed record Refused(StreamFailure Error);
}
