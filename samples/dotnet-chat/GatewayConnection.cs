using System.Collections.Concurrent;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.SignalR.Client;

namespace Serverless.Samples.DotNetChat;

/// <summary>
/// A connection to a gateway over SignalR, as a server of a web app or a desktop program has it: negotiated by the gateway, and served by SignalR. Any number of answers
/// are read from it at once. Where the connection is lost another one takes them up, without a gap. Thread-safe.
/// </summary>
public sealed class GatewayConnection : IAsyncDisposable
{
    /// <summary>How long a connection that was lost is tried again, and how long an answer that another instance of the gateway writes may be silent when it is taken up.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30), LongestSilence = TimeSpan.FromSeconds(15);

    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(250), LongestPause = TimeSpan.FromSeconds(4);

    private readonly HttpClient _gateway;
    private readonly Func<CancellationToken, ValueTask<string?>> _credential;
    private readonly ConcurrentDictionary<string, OrderedMessages> _streams = new(StringComparer.Ordinal);
    private readonly CancellationTokenSource _disposal = new();
    private volatile HubConnection? _hub;
    private volatile Task _reconnection = Task.CompletedTask;

    private GatewayConnection(HttpClient gateway, Func<CancellationToken, ValueTask<string?>> credential) => (_gateway, _credential) = (gateway, credential);

    /// <param name="gateway">Whose base address is the gateway's.</param>
    /// <param name="credential">A key of the gateway or an access token, asked for before each request; null for neither.</param>
    /// <exception cref="GatewayRefusal">The gateway refused.</exception>
    public static async Task<GatewayConnection> OpenAsync(HttpClient gateway, Func<CancellationToken, ValueTask<string?>> credential, CancellationToken cancellationToken)
    {
        var connection = new GatewayConnection(gateway, credential);
        await connection.ConnectAsync(cancellationToken);
        return connection;
    }

    /// <summary>Asks a route and reads its answer as it is written: <c>token</c> messages, then one with what the answer rests on. Whoever stops reading stops the answer.</summary>
    /// <exception cref="GatewayRefusal">The gateway refused, or the answer ended early.</exception>
    public async IAsyncEnumerable<StreamMessage> AskAsync(string route, string question, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var path = $"gateway/{Uri.EscapeDataString(route)}/streams";
        await _reconnection.WaitAsync(cancellationToken);
        var hub = _hub;
        var started = await SendAsync<Started>(_gateway, _credential, HttpMethod.Post, path, new { question, connectionId = hub?.ConnectionId }, cancellationToken);
        // The connection that it was started for may have been lost, and another made, before its id was known here.
        var messages = Of(started.StreamId);
        if (_hub is { ConnectionId: not null } other && other != hub) await ResumeAsync(started.StreamId, messages, other);
        var isOver = false;
        try
        {
            await foreach (var message in messages.ReadAllAsync(cancellationToken))
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

    public async ValueTask DisposeAsync()
    {
        await _disposal.CancelAsync();
        await _reconnection;
        if (_hub is { } hub) await hub.DisposeAsync();
    }

    private async Task ConnectAsync(CancellationToken cancellationToken)
    {
        // The address and the token are for one connection: whoever connects again negotiates again.
        var access = await SendAsync<Access>(_gateway, _credential, HttpMethod.Post, "signalr/negotiate", new { }, cancellationToken);
        var hub = new HubConnectionBuilder().WithUrl(access.Url, options => options.AccessTokenProvider = () => Task.FromResult<string?>(access.AccessToken)).Build();
        foreach (var kind in (string[])["token", "done", "error"])
            hub.On<StreamMessage>(kind, message => Of(message.StreamId).Add(message, isLast: kind != "token"));
        hub.Closed += failure =>
        {
            if (!_disposal.IsCancellationRequested && _hub == hub) _reconnection = ReconnectAsync(failure ?? new IOException("The connection was closed while the answer was written."));
            return Task.CompletedTask;
        };
        try
        {
            await hub.StartAsync(cancellationToken);
        }
        catch
        {
            await hub.DisposeAsync();
            throw;
        }

        var former = _hub;
        _hub = hub;
        if (former is not null) await former.DisposeAsync();
        // Whether it was lost before or after that line, somebody has to see it.
        if (hub.State == HubConnectionState.Disconnected) throw new IOException("The connection was closed as soon as it was made.");
    }

    /// <summary>Connects again and takes up what is read; never fails: answers that cannot be taken up end in why.</summary>
    private async Task ReconnectAsync(Exception why)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(_disposal.Token);
        patience.CancelAfter(Patience);
        for (var pause = FirstPause; !patience.IsCancellationRequested; pause = pause * 2 < LongestPause ? pause * 2 : LongestPause)
        {
            try
            {
                await Task.Delay(pause, patience.Token);
                await ConnectAsync(patience.Token);
                await Task.WhenAll(_streams.Select(stream => ResumeAsync(stream.Key, stream.Value, _hub!)));
                return;
            }
            catch (Exception failure) when (failure is HttpRequestException or IOException or GatewayRefusal or OperationCanceledException or System.Net.WebSockets.WebSocketException)
            {
                // Tried again as long as there is patience.
            }
        }

        foreach (var stream in _streams.Values) stream.Lose(why);
    }

    /// <summary>Has what was missed of an answer, and what follows, sent to another connection.</summary>
    private async Task ResumeAsync(string streamId, OrderedMessages messages, HubConnection hub)
    {
        var next = messages.Next;
        try
        {
            var resumed = await SendAsync<Resumed>(_gateway, _credential, HttpMethod.Post, $"gateway/streams/{streamId}/resume", new { next, connectionId = hub.ConnectionId }, _disposal.Token);
            if (!resumed.IsResumed) _ = LoseIfSilentAsync(messages, next);
        }
        catch (GatewayRefusal refused) when (_hub == hub && refused.Code != "signalr_unavailable")
        {
            messages.Lose(refused);
        }
    }

    private async Task LoseIfSilentAsync(OrderedMessages messages, long next)
    {
        await Task.Delay(LongestSilence);
        if (messages.Next == next) messages.Lose(new IOException("The answer could not be taken up: nobody writes it any more."));
    }

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

    private sealed record Resumed([property: JsonPropertyName("resumed")] bool IsResumed);

    private sealed record Refused(StreamFailure Error);
}
