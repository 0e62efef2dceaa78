using Serverless.GpuWorker.Embedding;
using Serverless.GpuWorker.Tests.Api;
using Serverless.GpuWorker.Tokenization;

namespace Serverless.GpuWorker.Tests.Embedding;

public sealed class InstructorInputTests
{
    private const int Eos = 2;

    [Fact]
    public void Tokenize_InstructionAndText_JoinsStrippedAndPoolsTextAndEos()
    {
        var input = Tokenize(" ab: ", " xyz\n");
        Assert.Equal([.. "ab:xyz".Select(CharTokenizer.IdOf), Eos], input.Ids);
        Assert.Equal([0, 0, 0, 1, 1, 1, 1], input.Marks);
    }

    [Fact]
    public void Tokenize_NoInstruction_PoolsAll() => Assert.Equal([1, 1, 1, 1], Tokenize("", "xyz").Marks);

    [Fact]
    public void Tokenize_TooLong_CutsAndEndsWithEos()
    {
        var input = Tokenize("ab", new string('x', 30), maxTokens: 10);
        Assert.Equal(10, input.Ids.Length);
        Assert.Equal(Eos, input.Ids[^1]);
        Assert.Equal([0, 0, 1, 1, 1, 1, 1, 1, 1, 1], input.Marks);
    }

    [Theory]
    [InlineData(9)]
    [InlineData(10)]
    [InlineData(50)]
    public void Tokenize_InstructionFillsAll_PoolsEosAlone(int instructionLength)
    {
        var input = Tokenize(new string('a', instructionLength), "xyz", maxTokens: 10);
        Assert.Equal(10, input.Ids.Length);
        Assert.Equal([0, 0, 0, 0, 0, 0, 0, 0, 0, 1], input.Marks);
    }

    [Fact]
    public void Tokenize_Empty_PoolsEos()
    {
        var input = Tokenize("", "  ");
        Assert.Equal([Eos], input.Ids);
        Assert.Equal([1], input.Marks);
    }

    [Fact]
    public void Tokenize_JoiningMergesTheBorder_StillPoolsEos()
    {
        // Alone the instruction has three tokens; joined with the text, one.
        var input = InstructorInput.Tokenize(new MergingTokenizer(), new EmbeddingInput("abc", "d"), 10);
        Assert.Equal([7, Eos], input.Ids);
        Assert.Equal([0, 1], input.Marks);
    }

    private static EncoderInput Tokenize(string instruction, string text, int maxTokens = 512) =>
        InstructorInput.Tokenize(new CharTokenizer(hasBos: false), new EmbeddingInput(instruction, text), maxTokens);

    private sealed class MergingTokenizer : ITokenizer
    {
        public int VocabularySize => 8;

        public int? BosId => null;

        public int EosId => Eos;

        public int[] Encode(string text) => text == "abcd" ? [7] : [.. text.Select(_ => 3)];

        public string Decode(ReadOnlySpan<int> ids) => throw new NotSupportedException();

        public byte[]? BytesOf(int id) => throw new NotSupportedException();

        public IStreamingDecoder CreateStreamingDecoder() => throw new NotSupportedException();
    }
}
