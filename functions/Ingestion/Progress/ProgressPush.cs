using System.Globalization;
using Serverless.Functions.Ingestion.State;

namespace Serverless.Functions.Ingestion.Progress;

/// <summary>
/// Pushes how documents get on: gathers changes and sends each group of each collection at most one message in <see cref="Interval"/>, with the latest state of each
/// document. What cannot be sent is dropped: whoever reconnects asks for the list. Thread-safe.
/// </summary>
public sealed class ProgressPush : IStatusWatcher, IAsyncDisposable
{
    public static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(350);

    private const int MostDocuments = 200;

    // Beyond this, changes are dropped rather than kept: a service that does not answer must not fill the memory.
    private const int MostPending = 20_000;

    private readonly IProgressChannel? _channel;
    private readonly TimeProvider _time;
    private readonly ITimer _timer;
    private readonly Lock _lock = new();
    private readonly CancellationTokenSource _stopping = new();
    private Dictionary<(string Collection, string Group, string Path), DocumentView?> _pending = [];
    private bool _armed;
    private int _disposed;
    private Task _sending = Task.CompletedTask;

    /// <param name="channel">Null: nobody hears.</param>
    public ProgressPush(TimeProvider time, IProgressChannel? channel = null)
    {
        _channel = channel;
        _time = time;
        _timer = time.CreateTimer(_ => Flush(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    public void Changed(DocumentName document, DocumentStatus? before, DocumentStatus? after)
    {
        ArgumentNullException.ThrowIfNull(document);
        if (_channel is null || _disposed == 1) return;
        var told = after is null ? [] : ProgressAudience.Of(document.Collection, after.Access);
        var gone = before is null ? [] : ProgressAudience.Of(document.Collection, before.Access).Except(told);

        // What no pass has looked at anew is shown to those who saw it before, so a document that is queued again does not vanish from their pages.
        if (before?.Access is not null && after is { Access: null }) gone = [];
        var view = after is null ? null : DocumentView.Of(document, after);
        lock (_lock)
        {
            foreach (var group in gone) Add(group, null);
            foreach (var group in told) Add(group, view);
        }

        void Add(string group, DocumentView? shown)
        {
            var key = (document.Collection, group, document.Path);
            if (_pending.Count >= MostPending && !_pending.ContainsKey(key)) return;
            _pending[key] = shown;
            if (_armed) return;
            _armed = true;
            _timer.Change(Interval, Timeout.InfiniteTimeSpan);
        }
    }

    public async ValueTask DisposeAsync()
    {
        // The container knows it as what it is and as a watcher, and disposes of both.
        if (Interlocked.Exchange(ref _disposed, 1) == 1) return;
        await _timer.DisposeAsync();
        await _stopping.CancelAsync();
        Task sending;
        lock (_lock) sending = _sending;
        await sending.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stopping.Dispose();
    }

    private void Flush()
    {
        lock (_lock)
        {
            var taken = _pending;
            _pending = [];
            _sending = SendAsync(taken, _sending);
        }
    }

    private async Task SendAsync(Dictionary<(string Collection, string Group, string Path), DocumentView?> taken, Task before)
    {
        await before.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        var at = _time.GetUtcNow().UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fffffff'Z'", CultureInfo.InvariantCulture);
        foreach (var group in taken.GroupBy(item => (item.Key.Collection, item.Key.Group)))
        {
            foreach (var several in group.Chunk(MostDocuments))
            {
                var message = new ProgressMessage(
                    group.Key.Collection, [.. several.Select(item => item.Value).OfType<DocumentView>()], [.. several.Where(item => item.Value is null).Select(item => item.Key.Path)], at);
                if (_stopping.IsCancellationRequested || !await _channel!.SendAsync(group.Key.Group, message, _stopping.Token)) break;
            }
        }

        lock (_lock)
        {
            _armed = _pending.Count > 0 && !_stopping.IsCancellationRequested;
            if (_armed) _timer.Change(Interval, Timeout.InfiniteTimeSpan);
        }
    }
}
