using Azure;
using Serverless.Contracts;
using Serverless.Functions.Hosting;

namespace Serverless.Functions.Clients;

/// <summary>
/// Lists of clients in memory. Every change is followed by one of the blob <c>config/clients-changed.json</c>, which every instance looks at once in
/// <see cref="GatewayOptions.ClientCheck"/>: when it moved, each list is read again at its next use. So a key that was withdrawn is refused here at once
/// and elsewhere after that time, whatever is asked, and an idle list costs nothing. Thread-safe.
/// </summary>
public sealed class ClientShards(ConfigStore config, GatewayOptions options, TimeProvider time)
{
    internal const string Stamp = "clients-changed.json";
    private static readonly ClientList None = new();

    private readonly ExpiringCache<ClientList> _lists = new(time);
    private readonly Lock _lock = new();
    // Replaced under the lock and read without it: every request asks.
    private volatile Look _last = new(1, default, null);
    private Func<string, CancellationToken, Task<(ClientList? Value, TimeSpan Keep)>>? _load;
    private Task<long>? _looking;
    private TimeSpan _lookingSince;

    /// <summary>A list as it was at most <see cref="GatewayOptions.ClientCheck"/> ago.</summary>
    public async ValueTask<ClientList> GetAsync(string blob, CancellationToken cancellationToken)
    {
        var generation = await GenerationAsync(cancellationToken).ConfigureAwait(false);
        return await _lists.GetAsync(blob, _load ??= LoadAsync, cancellationToken, generation).ConfigureAwait(false) ?? None;
    }

    /// <summary>Takes over a state that was just written, and tells the others.</summary>
    /// <exception cref="RequestFailedException">The others could not be told; they see the change after <see cref="GatewayOptions.RouteCache"/>.</exception>
    public async Task PublishAsync(string blob, ClientList written, CancellationToken cancellationToken)
    {
        _lists.Set(blob, written, options.RouteCache, there => there.Revision > written.Revision, _last.Generation);
        await config.OverwriteAsync(Stamp, new ClientsChanged(Guid.NewGuid().ToString("N")), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The number of the state of the blob that says that something changed; one request a time looks for all who wait.</summary>
    private ValueTask<long> GenerationAsync(CancellationToken cancellationToken)
    {
        var now = time.GetSteadyNow();
        var last = _last;
        if (now - last.At < options.ClientCheck / 2) return new ValueTask<long>(last.Generation);
        lock (_lock)
        {
            last = _last;
            var age = now - last.At;
            if (age < options.ClientCheck / 2) return new ValueTask<long>(last.Generation);
            if (_looking is null)
            {
                _lookingSince = now;
                using (ExecutionContext.SuppressFlow()) _looking = Task.Run(LookAsync, CancellationToken.None);
            }

            // What is not too old yet serves while somebody looks.
            return age < options.ClientCheck ? new ValueTask<long>(last.Generation) : new ValueTask<long>(_looking.WaitAsync(cancellationToken));
        }
    }

    private async Task<long> LookAsync()
    {
        try
        {
            var tag = await config.TagAsync(Stamp, CancellationToken.None).ConfigureAwait(false) ?? default;
            lock (_lock)
            {
                _last = new Look(tag == _last.Seen ? _last.Generation : _last.Generation + 1, tag, _lookingSince);
                return _last.Generation;
            }
        }
        catch (Exception exception) when (exception is RequestFailedException or AggregateException or IOException or HttpRequestException)
        {
            // A moment without storage stops nobody; a long one does.
            var last = _last;
            if (time.GetSteadyNow() - last.At <= options.RouteCache) return last.Generation;
            throw;
        }
        finally
        {
            lock (_lock) _looking = null;
        }
    }

    private async Task<(ClientList? Value, TimeSpan Keep)> LoadAsync(string blob, CancellationToken cancellationToken) =>
        ((await config.ReadAsync<ClientList>(blob, cancellationToken).ConfigureAwait(false))?.Value.Packed() ?? None, options.RouteCache);

    /// <param name="Generation">Rises when the blob has changed.</param>
    /// <param name="At">When it was asked for; null for never.</param>
    private sealed record Look(long Generation, ETag Seen, TimeSpan? At);

    private sealed record ClientsChanged(string WriteId);
}
