using Serverless.GpuWorker.Model;
using Serverless.GpuWorker.Model.Formats;
using Serverless.GpuWorker.Tests.Reference;

namespace Serverless.GpuWorker.Tests.Model;

public sealed class KvCacheLayoutTests
{
    /// <summary>Blocks of 32 tokens and heads of 64 dimensions need no padding: four bytes a number, or one and a float a token and head.</summary>
    [Theory]
    [InlineData(KvCacheFormat.Float32, 64 * 4)]
    [InlineData(KvCacheFormat.Int8, 64 + 4)]
    public void BytesPerBlock_WholeVectors_IsWhatTheNumbersTake(KvCacheFormat format, int headBytes)
    {
        var config = RandomLlama.Tiny(kvHeads: 4, headSize: 64) with { Layers = 22 };

        Assert.Equal(22L * 2 * 4 * headBytes * 32, KvCacheLayout.BytesPerBlock(config, format, 32));
    }

    [Theory]
    [InlineData(1, 8, 32, 32)]
    [InlineData(33, 80, 64, 96)]
    public void Tokens_AnyBlockAndHead_ArePaddedToPairsOfVectors(int blockSize, int headSize, int tokens, int valueSize)
    {
        var layout = new KvCacheLayout(KvCacheFormat.Int8, blockSize, headSize);

        Assert.Equal((tokens, valueSize), (layout.Tokens, layout.ValueSize));
        Assert.Equal((headSize * tokens) + (4 * tokens), layout.KeyBytes);
        Assert.Equal((valueSize * tokens) + (4 * tokens), layout.ValueBytes);
    }
}
