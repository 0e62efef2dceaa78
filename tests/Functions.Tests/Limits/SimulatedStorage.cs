using System.Globalization;
using Azure;
using Serverless.Functions.Limits.Leases;

namespace Serverless.Functions.Tests.Limits;

/// <summary>
/// The counters' storage in a simulation. A request is sent, arrives and is answered in three steps that the simulation orders as it likes; an
/// answer may be lost, and a request that its sender has given up may still arrive.
/// </summary>
internal sealed class SimulatedStorage(SimulatedTime time)
{
    private readonly Dictionary<string, (ScopeState State, ETag Tag)> _blobs = [];
    private int _tags;

    public List<Request> Pending { get; } = [];

    public int Writes { get; private set; }

    public int Reads { get; private set; }

    public ScopeState? StateOf(string scope) => _blobs.TryGetValue(scope, out var blob) ? blob.State : null;

    /// <summary>The storage as one instance reaches it.</summary>
    public ILimitBlobs For(int instance) => new Client(this, instance);

    private DateTimeOffset Date() => new(time.Now.Ticks / TimeSpan.TicksPerSecond * TimeSpan.TicksPerSecond, TimeSpan.Zero);

    internal sealed class Request(int instance, Func<object> apply, TaskCompletionSource<object> answer)
    {
        private object? _result;

        public int Instance { get; } = instance;

        public bool HasArrived => _result is not null;

        public void Arrive() => _result = apply();

        public void Answer() => answer.TrySetResult(_result!);

        public void Lose() => answer.TrySetException(new RequestFailedException("The answer was lost."));
    }

    private sealed class Client(SimulatedStorage storage, int instance) : ILimitBlobs
    {
        public async Task<BlobSight> ReadAsync(string scope, ETag? known, CancellationToken cancellationToken) => (BlobSight)await SendAsync(
            () =>
            {
                storage.Reads++;
                if (!storage._blobs.TryGetValue(scope, out var blob)) return new BlobSight(known is null ? ScopeState.Empty : null, null, storage.Date());
                return blob.Tag == known ? new BlobSight(null, known, storage.Date()) : new BlobSight(blob.State, blob.Tag, storage.Date());
            },
            cancellationToken).ConfigureAwait(false);

        public async Task<(ETag? Written, DateTimeOffset? Date)> WriteAsync(string scope, ScopeState state, ETag? expected, CancellationToken cancellationToken) => ((ETag?, DateTimeOffset?))await SendAsync(
            () =>
            {
                storage.Writes++;
                ETag? present = storage._blobs.TryGetValue(scope, out var blob) ? blob.Tag : null;
                if (present != expected) return ((ETag?)null, (DateTimeOffset?)storage.Date());
                var tag = new ETag((++storage._tags).ToString(CultureInfo.InvariantCulture));
                storage._blobs[scope] = (state, tag);
                return ((ETag?)tag, (DateTimeOffset?)storage.Date());
            },
            cancellationToken).ConfigureAwait(false);

        private async Task<object> SendAsync(Func<object> apply, CancellationToken cancellationToken)
        {
            var answer = new TaskCompletionSource<object>();
            using var cancelled = cancellationToken.Register(() => answer.TrySetCanceled(cancellationToken));
            storage.Pending.Add(new Request(instance, apply, answer));
            return await answer.Task.ConfigureAwait(false);
        }
    }
}
