namespace Serverless.Functions.Dispatch;

/// <summary>
/// Keeps a stream on which nothing goes: it speaks where the stream's writer has waited a whole period for its next piece, and in no other moment. One timer
/// serves a whole stream, and a piece costs no allocation.
/// </summary>
/// <param name="period">How long nothing may go; it speaks after so long, and twice that at most.</param>
/// <param name="time">The timer's clock.</param>
/// <param name="speak">Writes and sends what keeps the connection. What ails the connection is for the stream's own next write to meet.</param>
internal sealed class SilenceWatch(TimeSpan period, TimeProvider time, Func<Task> speak) : IDisposable
{
    /// <summary>Whoever has it writes: the stream, but for the time in which it waits.</summary>
    private readonly SemaphoreSlim _writer = new(0, 1);
    private ITimer? _timer;
    private bool _heard;

    /// <summary>The stream said something.</summary>
    public void Heard() => Volatile.Write(ref _heard, true);

    /// <summary>The stream has to wait, and writes nothing before <see cref="ResumeAsync"/>.</summary>
    public void Pause()
    {
        _timer ??= time.CreateTimer(static watch => _ = ((SilenceWatch)watch!).LookAsync(), this, period, period);
        _writer.Release();
    }

    /// <summary>The stream writes again, once what is being said has been said.</summary>
    public Task ResumeAsync() => _writer.WaitAsync(CancellationToken.None);

    /// <inheritdoc/>
    public void Dispose() => _timer?.Dispose();

    private async Task LookAsync()
    {
        if (Interlocked.Exchange(ref _heard, false) || !_writer.Wait(0, CancellationToken.None)) return;
        try
        {
            await speak().ConfigureAwait(false);
        }
        catch (Exception failure) when (failure is OperationCanceledException or IOException or ObjectDisposedException or InvalidOperationException)
        {
            // The client has gone.
        }
        finally
        {
            _writer.Release();
        }
    }
}
