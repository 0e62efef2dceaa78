using System.Text;
using Serverless.GpuWorker.Embedding;
using Serverless.GpuWorker.Model;
using Serverless.GpuWorker.Model.Encoders;
using Serverless.GpuWorker.Tokenization;

namespace Serverless.GpuWorker.Tests.Embedding;

public sealed class BertInputTests
{
    private const int Cls = 2, Sep = 3, A = 4, B = 5;

    private static readonly WordPieceTokenizer Tokenizer =
        new(WordPieceVocabulary.Read(new MemoryStream(Encoding.UTF8.GetBytes("[PAD]\n[UNK]\n[CLS]\n[SEP]\na\nb\n"))));

    [Fact]
    public void Tokenize_Mean_PoolsAll() => Expect(new(), "", "a b", [Cls, A, B, Sep], [1, 1, 1, 1]);

    [Fact]
    public void Tokenize_Cls_PoolsTheFirst() => Expect(new() { Pooling = EncoderPooling.Cls }, "b ", "a", [Cls, B, A, Sep], [1, 0, 0, 0]);

    [Fact]
    public void Tokenize_PromptThatDoesNotCount_IsNotPooled() => Expect(new() { PoolsPrompt = false }, "b b ", "a", [Cls, B, B, A, Sep], [0, 0, 0, 1, 1]);

    [Fact]
    public void Tokenize_TooLong_IsCutAndEndsWithSep() => Expect(new() { MaxTokens = 5 }, "b ", "a a a a a", [Cls, B, A, A, Sep], [1, 1, 1, 1, 1]);

    [Fact]
    public void Tokenize_PromptFillsAll_StillPoolsOne() => Expect(new() { MaxTokens = 4, PoolsPrompt = false }, "b b b b ", "a", [Cls, B, B, Sep], [0, 0, 0, 1]);

    [Fact]
    public void Tokenize_TextOfNothingTheModelKnows_HasItsSpecialTokens() => Expect(new(), "", "\u200d", [Cls, Sep], [1, 1]);

    private static void Expect(BertSettings settings, string prompt, string text, int[] ids, int[] mask)
    {
        var input = BertInput.Tokenize(Tokenizer, settings, new EmbeddingInput(prompt, text));
        Assert.Equal(ids, input.Ids);
        Assert.Equal(mask, input.Marks);
    }
}
