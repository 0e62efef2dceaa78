using System.Collections.Concurrent;
using ModelContextProtocol.Client;
using ModelContextProtocol.Protocol;
using Serverless.Contracts;
using Serverless.Functions.Dispatch;
using Serverless.Functions.Hosting;
using Serverless.Functions.Providers;
using Serverless.Functions.Secrets;

namespace Serverless.Functions.Mcp.Servers;

/// <summary>
/// Sessions with upstream servers, by the SDK's client over this app's own handler: permitted hosts only, no redirect, no proxy. One is kept for each caller and server, because a server may keep with a session what its
/// user did, and no other caller is to meet that; and kept at all, because a session costs two or three requests. A server that has forgotten a session says so before it does anything, and the call goes by another one.
/// </summary>
public sealed class UpstreamSessions(IHttpMessageHandlerFactory handlers, SecretCache secrets, TimeProvider time) : IAsyncDisposable
{
    /// <summary>Sessions that are kept; of more, those go that were used longest ago.</summary>
    public const int Most = 256;

    /// <summary>How long one is kept that nobody uses.</summary>
    public static readonly TimeSpan Idle = TimeSpan.FromMinutes(10);

    private const int HandshakeBytes = 256 * 1024;

    private static readonly TimeSpan LongestHandshake = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan LongestProbe = TimeSpan.FromSeconds(5);

    private readonly ConcurrentDictionary<(string Connection, string Subject), UpstreamSession> _sessions = new();

    /// <param name="subject">Whose session it is.</param>
    /// <param name="exchange">Of this use.</param>
    /// <param name="use">What is done; once more by another session where the server has forgotten this one.</param>
    /// <exception cref="GatewayException">There is no session to be had.</exception>
    internal async Task<T> UseAsync<T>(McpServerDocument server, string subject, UpstreamExchange exchange, Func<McpClient, CancellationToken, Task<T>> use, CancellationToken cancellationToken)
    {
        var key = (server.ConnectionKey, subject);
        for (var isFirst = true; ; isFirst = false)
        {
            var session = Find(key, server, out var isNew);
            session.Take(time.GetSteadyNow());
            try
            {
                var client = await session.Client.WaitAsync(cancellationToken).ConfigureAwait(false);
                UpstreamExchange.Current = exchange;
                return await use(client, cancellationToken).ConfigureAwait(false);
            }
            catch (Exception) when (isFirst && !isNew && session.IsConnected && !cancellationToken.IsCancellationRequested && IsForgotten(session, exchange))
            {
                Drop(key, session);
                exchange.Retry();
            }
            catch (Exception) when (session.IsOver)
            {
                Drop(key, session);
                throw;
            }
            finally
            {
                UpstreamExchange.Current = null;
                session.Return(time.GetSteadyNow());
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        var ending = _sessions.Keys.Select(key => _sessions.TryRemove(key, out var session) ? session.DisposeAsync().AsTask() : Task.CompletedTask).ToList();
        await Task.WhenAll(ending).ConfigureAwait(false);
    }

    /// <summary>Whether the server refused a request because it does not know its session: 404, as the protocol says, or 400, as some do. Nothing was done.</summary>
    private static bool IsForgotten(UpstreamSession session, UpstreamExchange exchange)
    {
        var client = session.Client.Result;
        return client.SessionId is not null && (exchange.Status is 404 or 400 || (exchange.Status is null && client.Completion.IsCompleted));
    }

    private UpstreamSession Find((string Connection, string Subject) key, McpServerDocument server, out bool isNew)
    {
        while (true)
        {
            if (_sessions.TryGetValue(key, out var known))
            {
                isNew = false;
                if (!known.IsOver) return known;
                Drop(key, known);
            }

            Sweep();
            var made = new UpstreamSession(() => Detached(() => ConnectAsync(server)), time.GetSteadyNow());
            isNew = true;
            if (_sessions.TryAdd(key, made)) return made;
        }
    }

    private void Sweep()
    {
        var now = time.GetSteadyNow();
        var unused = _sessions.Where(entry => !entry.Value.IsUsed).OrderBy(entry => entry.Value.UsedAt).ToList();
        var over = _sessions.Count - Most + 1;
        foreach (var (key, session) in unused)
        {
            if (now - session.UsedAt < Idle && over-- <= 0) break;
            Drop(key, session);
        }
    }

    private void Drop((string Connection, string Subject) key, UpstreamSession session)
    {
        if (!_sessions.TryRemove(new KeyValuePair<(string, string), UpstreamSession>(key, session))) return;
        // Nobody waits for a server to take leave.
        _ = Detached(() => session.DisposeAsync().AsTask());
    }

    /// <summary>A session is no part of the request that made it: neither its cancellation, nor its trace, nor what else goes with its flow.</summary>
    private static Task<T> Detached<T>(Func<Task<T>> run)
    {
        using (ExecutionContext.SuppressFlow()) return Task.Run(run, CancellationToken.None);
    }

    private static Task Detached(Func<Task> run)
    {
        using (ExecutionContext.SuppressFlow()) return Task.Run(run, CancellationToken.None);
    }

    private async Task<McpClient> ConnectAsync(McpServerDocument server)
    {
        var exchange = new UpstreamExchange(HandshakeBytes);
        UpstreamExchange.Current = exchange;
        var most = server.Timeout < LongestHandshake ? server.Timeout : LongestHandshake;
        using var limit = new CancellationTokenSource(most, time);
        var http = new HttpClient(new UpstreamHandler(handlers.CreateHandler(UpstreamHttp.ClientName), server, secrets, time)) { Timeout = Timeout.InfiniteTimeSpan };
        try
        {
            // Without loggers: the SDK's write whole messages where they are on.
            var transport = new HttpClientTransport(
                new HttpClientTransportOptions
                {
                    Endpoint = new Uri(server.Url),
                    TransportMode = HttpTransportMode.StreamableHttp,
                    // What a server says unasked goes to nobody, and half an answer is not asked for again.
                    EnableStandaloneGetStream = false,
                    MaxReconnectionAttempts = 0,
                },
                http,
                loggerFactory: null,
                ownsHttpClient: true);
            return await McpClient.CreateAsync(
                transport,
                new McpClientOptions
                {
                    ClientInfo = new Implementation { Name = "serverless", Title = McpEndpoint.Title, Version = typeof(UpstreamSessions).Assembly.GetName().Version?.ToString(3) ?? "1.0.0" },
                    InitializationTimeout = most,
                    DiscoverProbeTimeout = most / 2 < LongestProbe ? most / 2 : LongestProbe,
                },
                loggerFactory: null,
                limit.Token).ConfigureAwait(false);
        }
        catch (Exception failure)
        {
            http.Dispose();
            throw UpstreamFaults.Of(server, exchange, failure) is { Error.Code: "upstream_refused" } ? UpstreamFaults.NotMcp(server) : UpstreamFaults.Of(server, exchange, failure);
        }
    }
}
