using Serverless.GpuWorker.Execution.Cuda;
using Serverless.GpuWorker.Tests.Api;

namespace Serverless.GpuWorker.Tests.Execution.Cuda;

public sealed class FreeMemoryTests
{
    private readonly ManualTimeProvider _time = new();
    private int _asked;

    [Fact]
    public void Await_MemoryThatComesFree_IsWaitedFor() => Assert.Equal((90, 5), (Await(80, () => _asked < 5 ? 10 : 90), _asked));

    [Fact]
    public void Await_Enough_AsksOnce() => Assert.Equal((80, 1), (Await(80, () => 80), _asked));

    [Fact]
    public void Await_MoreThanTheDeviceHas_DoesNotWait() => Assert.Equal((10, 1), (Await(101, () => 10), _asked));

    [Fact]
    public void Await_MemoryThatStaysTaken_IsGivenUpAfterAWhile()
    {
        var began = _time.GetUtcNow();

        Assert.Equal(10, Await(80, () => 10));

        Assert.Equal(TimeSpan.FromSeconds(15), _time.GetUtcNow() - began);
    }

    private long Await(long bytes, Func<long> free) => FreeMemory.Await(
        bytes,
        () =>
        {
            _asked++;
            return (free(), 100);
        },
        _time.Advance,
        _time);
}
