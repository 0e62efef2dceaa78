namespace Serverless.Functions.Batches.Running;

/// <summary>A file that is opened with its first line, and committed whole.</summary>
internal sealed class OutputFile(Func<Task<Stream>> open) : IAsyncDisposable
{
    private Stream? _stream;

    public async Task WriteAsync(ReadOnlyMemory<byte> line, CancellationToken cancellationToken)
    {
        _stream ??= await open();
        await _stream.WriteAsync(line, cancellationToken);
        await _stream.WriteAsync("\n"u8.ToArray(), cancellationToken);
    }

    public async Task CommitAsync()
    {
        if (_stream is not null) await _stream.DisposeAsync();
        _stream = null;
    }

    // What was not committed is not: a stream of blocks commits them when it is closed, so one that failed is left open and its blocks lapse.
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
