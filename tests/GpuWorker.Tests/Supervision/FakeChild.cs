using Serverless.GpuWorker.Supervision;
using Serverless.GpuWorker.Supervision.Child;

namespace Serverless.GpuWorker.Tests.Supervision;

/// <summary>A child in this process: the real host on pipes in memory, or whatever a test does with them.</summary>
internal sealed class FakeChild : IChild
{
    private static int _lastId;

    private readonly LinkStream _input = new(), _output = new();
    private readonly TaskCompletionSource<int> _exited = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <param name="run">Reads frames, writes frames, and returns the exit code.</param>
    public FakeChild(Func<Stream, Stream, int> run, string log = "")
    {
        Log = new StringReader(log);
        new Thread(() => End(run(_input, _output))) { IsBackground = true }.Start();
    }

    public int ProcessId { get; } = Interlocked.Increment(ref _lastId);

    public Stream Input => _input;

    public Stream Output => _output;

    public TextReader Log { get; }

    public Task<int> Exited => _exited.Task;

    /// <summary>A child that serves with <paramref name="services"/>.</summary>
    public static FakeChild Serving(IChildServices services) =>
        new((input, output) => new ChildHost(input, output, services, TimeProvider.System).Run() == ChildEnd.Orderly ? 0 : 1);

    public void Kill() => End(137);

    public void Dispose()
    {
    }

    private void End(int exitCode)
    {
        if (!_exited.TrySetResult(exitCode)) return;
        _input.Break();
        _output.Break();
    }
}
