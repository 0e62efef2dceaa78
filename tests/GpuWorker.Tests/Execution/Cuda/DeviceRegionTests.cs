using FsCheck;
using FsCheck.Fluent;
using Microsoft.ML.OnnxRuntime.Tensors;
using Serverless.GpuWorker.Execution.Cuda;

namespace Serverless.GpuWorker.Tests.Execution.Cuda;

public sealed class DeviceRegionTests
{
    /// <summary>One copy brings what was written into each part, and what the last leaves unused stays as it was.</summary>
    [Fact]
    public void Upload_PartsOfAnySizes_BringsAllButTheUnusedEnd() => Prop.ForAll(Gen.Choose(1, 200).NonEmptyListOf().ToArbitrary(), Gen.Choose(0, 200).ToArbitrary(), (sizes, left) =>
    {
        using var device = new HostDevice();
        using (var region = new DeviceRegion(device, sizes.Select(size => (long)size * sizeof(int))))
        {
            var tensors = sizes.Select((size, i) => new DeviceTensor<int>(region, $"part {i}", TensorElementType.Int32, size, 0)).ToList();
            for (int i = 0; i < tensors.Count; i++)
                tensors[i].Rows(sizes[i]).Fill(i + 1);

            int unused = Math.Min(left, sizes[^1]);
            region.Upload(tensors[^1].BytesOf(unused));

            for (int i = 0; i < tensors.Count; i++)
            {
                int[] there = tensors[i].Value(sizes[i]).GetTensorDataAsSpan<int>().ToArray();
                // The end of a part is padded, and only padding beyond it may stay behind.
                int sure = i == tensors.Count - 1 ? sizes[i] - unused : sizes[i];
                Assert.All(there[..sure], value => Assert.Equal(i + 1, value));
            }
            foreach (var tensor in tensors)
                tensor.Dispose();
        }
        Assert.Equal(0, device.Allocations);
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Take_MoreThanWasAskedFor_IsAnError()
    {
        using var device = new HostDevice();
        using var region = new DeviceRegion(device, [256]);
        region.Take(256);

        Assert.Throws<InvalidOperationException>(() => region.Take(1));
        Assert.Throws<ArgumentOutOfRangeException>(() => region.Upload(unused: 257));
    }
}
