namespace Serverless.Documents;

/// <summary>
/// Reads files on threads of their own, a few at a time: parsers are other people's code over other people's bytes, so each read has a deadline that
/// holds even where a parser looks at no token, and a stack that deep files do not exhaust.
/// </summary>
/// <param name="parallelism">Files that are read at the same time, 1 or more.</param>
public sealed class BoundedReading(DocumentReaders readers, ReadingLimits limits, int parallelism, TimeProvider time) : IDisposable
{
    private const int StackBytes = 64 * 1024 * 1024;

    private readonly SemaphoreSlim _places = new(parallelism);

    /// <exception cref="DocumentRejectedException">The file cannot be read, or not within its bounds.</exception>
    public async Task<ExtractedDocument> ReadAsync(DocumentFile file, CancellationToken cancellationToken)
    {
        await _places.WaitAsync(cancellationToken);
        // The place is given back at the deadline, even where the thread goes on: a parser that heeds nothing must not stop its neighbours.
        using var place = new Place(_places);
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(limits.ReadTimeoutSeconds), time);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        var reading = Start(file, stop.Token);
        try
        {
            return await reading.WaitAsync(stop.Token);
        }
        catch (OperationCanceledException) when (deadline.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new DocumentRejectedException(
                $"Reading the file took longer than {limits.ReadTimeoutSeconds} seconds ({ReadingLimits.Section}:{nameof(limits.ReadTimeoutSeconds)}).", isLimit: true);
        }
    }

    public void Dispose() => _places.Dispose();

    private Task<ExtractedDocument> Start(DocumentFile file, CancellationToken cancellationToken)
    {
        var done = new TaskCompletionSource<ExtractedDocument>(TaskCreationOptions.RunContinuationsAsynchronously);
        new Thread(() => Run(file, done, cancellationToken), StackBytes) { IsBackground = true, Name = "document reader" }.Start();
        return done.Task;
    }

    private void Run(DocumentFile file, TaskCompletionSource<ExtractedDocument> done, CancellationToken cancellationToken)
    {
        try
        {
            done.TrySetResult(readers.Read(file, limits, cancellationToken));
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            done.TrySetCanceled(cancellationToken);
        }
        catch (OutOfMemoryException)
        {
            done.TrySetException(new DocumentRejectedException("Reading the file takes more memory than there is.", isLimit: true));
        }
        catch (Exception failure)
        {
            done.TrySetException(failure);
        }
    }

    private readonly struct Place(SemaphoreSlim places) : IDisposable
    {
        public void Dispose() => places.Release();
    }
}
