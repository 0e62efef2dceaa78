using ModelContextProtocol.Client;

namespace Serverless.Functions.Mcp.Servers;

/// <summary>A connection to an upstream server, by whoever comes first and for all who wait.</summary>
internal sealed class UpstreamSession(Func<Task<McpClient>> connect, TimeSpan now) : IAsyncDisposable
{
    private readonly Lazy<Task<McpClient>> _client = new(connect);
    private int _users;

    public Task<McpClient> Client => _client.Value;

    public bool IsConnected => _client is { IsValueCreated: true, Value.IsCompletedSuccessfully: true };

    /// <summary>Whether it has ended, or never came to be.</summary>
    public bool IsOver => _client.IsValueCreated && (_client.Value.IsFaulted || _client.Value.IsCanceled || (IsConnected && _client.Value.Result.Completion.IsCompleted));

    public TimeSpan UsedAt { get; private set; } = now;

    public bool IsUsed => Volatile.Read(ref _users) > 0;

    public void Take(TimeSpan at)
    {
        Interlocked.Increment(ref _users);
        UsedAt = at;
    }

    public void Return(TimeSpan at)
    {
        UsedAt = at;
        Interlocked.Decrement(ref _users);
    }

    public async ValueTask DisposeAsync()
    {
        if (!_client.IsValueCreated) return;
        try
        {
            await (await _client.Value.ConfigureAwait(false)).DisposeAsync().ConfigureAwait(false);
        }
        catch (Exception)
        {
            // It never came to be, or the server does not take its end; nobody waits for either.
        }
    }
}
