using Serverless.GpuWorker.Execution;

namespace Serverless.GpuWorker.Tests.Execution;

/// <summary>A rank's end of a group, on which something happens before each sum.</summary>
internal sealed class FaultyCollective(ICollective inner, Action<int> beforeCall) : ICollective
{
    private int _calls;

    public int Rank => inner.Rank;

    public int Ranks => inner.Ranks;

    public void AllReduce(ReadOnlySpan<float> part, Span<float> sum)
    {
        beforeCall(_calls++);
        inner.AllReduce(part, sum);
    }

    public void Abort(string reason) => inner.Abort(reason);
}
