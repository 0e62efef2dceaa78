using System.Collections.Concurrent;
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

    private readonly ConcurrentDictionary<string, Copy> _copies = new(StringComparer.Ordinal);
    private readonly Lock _lock = new();
    private ETag _seen;
    private DateTimeOffset _lookedAt = DateTimeOffset.MinValue;
    private long _generation = 1;
    private Task<long>? _looking;
    private DateTimeOffset _lookingSince;

    /// <summary>A list as it was at most <see cref="GatewayOptions.ClientCheck"/> ago.</summary>
    public async ValueTask<ClientList> GetAsync(string blob, CancellationToken cancellationToken)
    {
        while (true)
        {
            var generation = await GenerationAsync(cancellationToken).ConfigureAwait(false);
            if (_copies.TryGetValue(blob, out var copy))
            {
                var isOld = copy.Generation < generation || (copy.Value.IsCompleted && copy.Until <= time.GetUtcNow());
                if (!isOld) return await copy.Value.WaitAsync(cancellationToken).ConfigureAwait(false);
            }

            var fresh = new Copy(generation);
            if (copy is null ? !_copies.TryAdd(blob, fresh) : !_copies.TryUpdate(blob, fresh, copy)) continue;
            using (ExecutionContext.SuppressFlow()) _ = Task.Run(() => LoadAsync(blob, fresh), CancellationToken.None);
            return await fresh.Value.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Takes over a state that was just written, and tells the others.</summary>
    /// <exception cref="RequestFailedException">The others could not be told; they see the change after <see cref="GatewayOptions.RouteCache"/>.</exception>
    public async Task PublishAsync(string blob, ClientList written, CancellationToken cancellationToken)
    {
        var own = new Copy(Interlocked.Read(ref _generation));
        own.Complete(written, time.GetUtcNow() + options.RouteCache);
        _copies.AddOrUpdate(blob, own, (_, there) => there.Value is { IsCompletedSuccessfully: true } known && known.Result.Revision > written.Revision ? there : own);
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

    private async Task LoadAsync(string blob, Copy copy)
    {
        try
        {
            var list = (await config.ReadAsync<ClientList>(blob, CancellationToken.None).ConfigureAwait(false))?.Value ?? None;
            copy.Complete(list, time.GetUtcNow() + options.RouteCache);
        }
        catch (Exception exception)
        {
            _copies.TryRemove(new KeyValuePair<string, Copy>(blob, copy));
            copy.Fail(exception);
        }
    }

    private sealed class Copy(long generation)
    {
        private readonly TaskCompletionSource<ClientList> _source = new(TaskCreationOptions.RunContinuationsAsynchronously);

        /// <summary>The state of the changes that it was read after.</summary>
        public long Generation { get; } = generation;

        public Task<ClientList> Value => _source.Task;

        public DateTimeOffset Until { get; private set; } = DateTimeOffset.MaxValue;

        public void Complete(ClientList list, DateTimeOffset until)
        {
            Until = until;
            _source.SetResult(list);
        }

        public void Fail(Exception exception)
        {
            _source.SetException(exception);
            _ = _source.Task.Exception;
        }
    }

    private sealed record ClientsChanged(string WriteId);
}
