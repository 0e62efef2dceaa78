using Azure;
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
    private ETag _seen;
    private DateTimeOffset _lookedAt = DateTimeOffset.MinValue;
    private long _generation = 1;
    private Func<string, CancellationToken, Task<(ClientList? Value, TimeSpan Keep)>>? _load;
    private Task<long>? _looking;
    private DateTimeOffset _lookingSince;

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
        _lists.Set(blob, written, options.RouteCache, there => there.Revision > written.Revision, Interlocked.Read(ref _generation));
        await config.OverwriteAsync(Stamp, new ClientsChanged(Guid.NewGuid().ToString("N")), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The number of the state of the blob that says that something changed; one request a time looks for all who wait.</summary>
    private ValueTask<long> GenerationAsync(CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            var now = time.GetUtcNow();
            var age = now - _lookedAt;
            if (age < options.ClientCheck / 2) return new ValueTask<long>(_generation);
            if (_looking is null)
            {
                _lookingSince = now;
                using (ExecutionContext.SuppressFlow()) _looking = Task.Run(LookAsync, CancellationToken.None);
            }

            // What is not too old yet serves while somebody looks.
            return age < options.ClientCheck ? new ValueTask<long>(_generation) : new ValueTask<long>(_looking.WaitAsync(cancellationToken));
        }
    }

    private async Task<long> LookAsync()
    {
        try
        {
            var tag = await config.TagAsync(Stamp, CancellationToken.None).ConfigureAwait(false) ?? default;
            lock (_lock)
            {
                if (tag != _seen) _generation++;
                (_seen, _lookedAt) = (tag, _lookingSince);
                return _generation;
            }
        }
        catch (Exception exception) when (exception is RequestFailedException or AggregateException or IOException or HttpRequestException)
        {
            lock (_lock)
            {
                // A moment without storage stops nobody; a long one does.
                if (time.GetUtcNow() - _lookedAt <= options.RouteCache) return _generation;
            }

            throw;
        }
        finally
        {
            lock (_lock) _looking = null;
        }
    }

    private async Task<(ClientList? Value, TimeSpan Keep)> LoadAsync(string blob, CancellationToken cancellationToken) =>
        ((await config.ReadAsync<ClientList>(blob, cancellationToken).ConfigureAwait(false))?.Value ?? None, options.RouteCache);

    private sealed record ClientsChanged(string WriteId);
}
