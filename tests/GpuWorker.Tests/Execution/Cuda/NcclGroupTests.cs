using System.Runtime.InteropServices;
using Microsoft.ML.OnnxRuntime.Tensors;
using Serverless.GpuWorker.Execution;
using Serverless.GpuWorker.Execution.Cuda;
using Serverless.GpuWorker.Tests.Api;

namespace Serverless.GpuWorker.Tests.Execution.Cuda;

public sealed partial class NcclGroupTests
{
    private readonly ManualTimeProvider _time = new();

    [Fact]
    public void Join_OthersComeLate_Waits()
    {
        int asked = 0;
        using var group = new NcclGroup(new FakeNccl(2) { State = () => ++asked < 5 ? NcclResult.InProgress : NcclResult.Success }, FakeNccl.Assignment(0), _time);

        Assert.Null(group.Aborted);
        Assert.Equal(5, asked);
    }

    [Fact]
    public void Join_OthersDoNotCome_FailsAfterTheTimeoutAndFreesTheCommunicatorOnce()
    {
        var nccl = new FakeNccl(2);
        nccl.State = () =>
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            return NcclResult.InProgress;
        };

        var error = Assert.Throws<RankGroupFailedException>(() => new NcclGroup(nccl, FakeNccl.Assignment(1), _time));

        Assert.Contains("Rank 1: joining took longer than 30 s", error.Message, StringComparison.Ordinal);
        Assert.Equal(1, nccl.Aborts);
    }

    [Fact]
    public void Step_OutlastsTheTimeout_IsAbortedWhileItHangs()
    {
        var nccl = new FakeNccl(2);
        using var group = new NcclGroup(nccl, FakeNccl.Assignment(0), _time);
        group.BeginStep();

        Advance(TimeSpan.FromSeconds(29));
        Assert.Null(group.Aborted);
        Advance(TimeSpan.FromSeconds(2));

        Assert.Equal("Rank 0: a step took longer than 30 s.", group.Aborted);
        Assert.Equal(1, nccl.Aborts);
        Assert.Throws<RankGroupFailedException>(group.EndStep);
        Assert.Throws<RankGroupFailedException>(group.BeginStep);
        Assert.Throws<RankGroupFailedException>(() => group.AllReduce(0, 0, 1, TensorElementType.Float16, 0));
        Assert.Throws<RankGroupFailedException>(() => group.AllGather(0, 0, 1, TensorElementType.Float16, 0));
    }

    [Fact]
    public void Step_EndsInTime_IsLeftAloneAfterwards()
    {
        using var group = new NcclGroup(new FakeNccl(2), FakeNccl.Assignment(0), _time);
        group.BeginStep();
        Advance(TimeSpan.FromSeconds(20));
        group.EndStep();

        Advance(TimeSpan.FromSeconds(100));

        Assert.Null(group.Aborted);
    }

    [Fact]
    public void Step_NcclSeesThatARankIsDead_IsAbortedAtTheNextLook()
    {
        var nccl = new FakeNccl(2);
        using var group = new NcclGroup(nccl, FakeNccl.Assignment(0), _time);
        group.BeginStep();

        nccl.State = () => (NcclResult)6;
        Advance(TimeSpan.FromSeconds(1));

        Assert.Equal("Rank 0: result 6.", group.Aborted);
    }

    [Theory]
    [InlineData(5, "Rank 0: a gather failed: result 5.")]
    [InlineData((int)NcclResult.InProgress, "Rank 0: a gather took longer than 30 s.")]
    public void AllGather_FailsOrIsNotTakenInTime_AbortsAndNamesIt(int result, string reason)
    {
        var nccl = new FakeNccl(1) { GatherResult = (NcclResult)result };
        using var group = new NcclGroup(nccl, FakeNccl.Assignment(0).Alone(nccl.CreateUniqueId()), _time);
        nccl.State = () =>
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            return NcclResult.InProgress;
        };

        var error = Assert.Throws<RankGroupFailedException>(() => group.AllGather(0, 0, 0, TensorElementType.Float16, 0));

        Assert.EndsWith(reason, error.Message, StringComparison.Ordinal);
        Assert.Equal((reason, 1), (group.Aborted, nccl.Aborts));
    }

    /// <summary>What NCCL sees is the C library's environment.</summary>
    [Fact]
    public void Require_Loopback_IsInTheEnvironmentThatNcclReads()
    {
        NcclLoopback.Require();

        Assert.Equal("=lo", Marshal.PtrToStringUTF8(GetEnvironment("NCCL_SOCKET_IFNAME")));
    }

    [Fact]
    public void Abort_Twice_KeepsTheFirstReasonAndFreesOnce()
    {
        var nccl = new FakeNccl(2);
        var group = new NcclGroup(nccl, FakeNccl.Assignment(0), _time);

        group.Abort("The parent says so.");
        group.Abort("Again.");
        group.Dispose();

        Assert.Equal("The parent says so.", group.Aborted);
        Assert.Equal(1, nccl.Aborts);
    }

    [Theory]
    [InlineData(2, 2, 0, 128, "Rank must be from 0 to 1")]
    [InlineData(0, 3, 0, 128, "Ranks must be 1, 2, 4 or 8")]
    [InlineData(0, 2, -1, 128, "Device")]
    [InlineData(0, 2, 0, 127, "UniqueId must have 128 bytes")]
    public void Join_WrongAssignment_NamesTheValue(int rank, int ranks, int device, int idBytes, string part)
    {
        var assignment = new RankAssignment(rank, ranks, device, new byte[idBytes], TimeSpan.FromSeconds(1));

        Assert.Contains(part, Assert.Throws<ArgumentException>(() => new NcclGroup(new FakeNccl(2), assignment, _time)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ToString_OfAnAssignment_KeepsTheUniqueIdToItself() => Assert.Equal("rank 1 of 2 on device 0", FakeNccl.Assignment(1).ToString());

    /// <summary>Where NCCL is installed there is nothing to see.</summary>
    [Fact]
    public void Load_LibraryMissing_NamesItAndTheSetting()
    {
        if (NativeLibrary.TryLoad("libnccl.so.2", out _))
        {
            Assert.NotNull(NcclLibrary.Load());
            return;
        }
        Assert.StartsWith("Worker:Ranks: NCCL could not be loaded: libnccl.so.2 is missing.", Assert.Throws<CudaUnavailableException>(NcclLibrary.Load).Message, StringComparison.Ordinal);
    }

    [LibraryImport("libc", EntryPoint = "getenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint GetEnvironment(string name);

    private void Advance(TimeSpan by)
    {
        for (var left = by; left > TimeSpan.Zero; left -= TimeSpan.FromMilliseconds(250))
            _time.Advance(TimeSpan.FromMilliseconds(250));
    }
}
