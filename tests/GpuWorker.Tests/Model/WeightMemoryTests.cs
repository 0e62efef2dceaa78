using FsCheck;
using FsCheck.Fluent;
using Serverless.GpuWorker.Model;
using Serverless.GpuWorker.Model.Weights;

namespace Serverless.GpuWorker.Tests.Model;

public sealed unsafe class WeightMemoryTests
{
    private const int HugePage = 2 << 20;

    /// <summary>All of it can be written, and what fills a huge page begins where one does.</summary>
    [Fact]
    public void Allocate_AnySize_IsAlignedAndWritableToItsEnd() => Prop.ForAll(
        Gen.OneOf(Gen.Choose(1, 4096), Gen.Choose(HugePage - 2, HugePage + 2), Gen.Choose(1, 3 * HugePage)).ToArbitrary(),
        bytes =>
        {
            byte* memory = WeightMemory.Allocate(bytes);
            try
            {
                new Span<byte>(memory, bytes).Fill(0x5A);
                Assert.Equal(0, (nint)memory % (bytes >= HugePage ? HugePage : 64));
                Assert.Equal(-1, new ReadOnlySpan<byte>(memory, bytes).IndexOfAnyExcept((byte)0x5A));
            }
            finally
            {
                WeightMemory.Free(memory);
            }
        }).QuickCheckThrowOnFailure();
}
