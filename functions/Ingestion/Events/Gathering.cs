using System.Runtime.ExceptionServices;

namespace Serverless.Functions.Ingestion.Events;

/// <summary>Lets calls that come while one is at work be done by the next together. One that comes alone waits for nobody. Thread-safe.</summary>
/// <param name="most">Items that are done together, but for a call that brings more.</param>
internal sealed class Gathering<T>(int most) : IDisposable
{
    private readonly SemaphoreSlim _turn = new(1, 1);
    private readonly Lock _lock = new();
    private readonly List<Call> _waiting = [];

    /// <summary>Has the items done, by this call's <paramref name="work"/> or, among others, by that of one that came before. What it throws, each of these calls throws.</summary>
    public async Task RunAsync(IReadOnlyList<T> items, Func<IReadOnlyList<T>, Task> work, CancellationToken cancellationToken)
    {
        var call = new Call(items);
        lock (_lock) _waiting.Add(call);
        try
        {
            await _turn.WaitAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            lock (_lock) _waiting.Remove(call);
            throw;
        }

        try
        {
            if (!call.IsDone) await WorkAsync(Take(call), work);
        }
        finally
        {
            _turn.Release();
        }

        call.Failure?.Throw();
    }

    public void Dispose() => _turn.Dispose();

    private List<Call> Take(Call own)
    {
        lock (_lock)
        {
            _waiting.Remove(own);
            var (taken, count) = (new List<Call> { own }, own.Items.Count);
            while (_waiting.Count > 0 && count + _waiting[0].Items.Count <= most)
            {
                count += _waiting[0].Items.Count;
                taken.Add(_waiting[0]);
                _waiting.RemoveAt(0);
            }

            return taken;
        }
    }

    private static async Task WorkAsync(List<Call> calls, Func<IReadOnlyList<T>, Task> work)
    {
        ExceptionDispatchInfo? failure = null;
        try
        {
            await work([.. calls.SelectMany(call => call.Items)]);
        }
        catch (Exception thrown)
        {
            failure = ExceptionDispatchInfo.Capture(thrown);
        }

        foreach (var call in calls) (call.IsDone, call.Failure) = (true, failure);
    }

    private sealed class Call(IReadOnlyList<T> items)
    {
        public IReadOnlyList<T> Items { get; } = items;

        public bool IsDone { get; set; }

        public ExceptionDispatchInfo? Failure { get; set; }
    }
}
