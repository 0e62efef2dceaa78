using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Serverless.GpuWorker.Reranking;
using Serverless.GpuWorker.Tokenization;

namespace Serverless.GpuWorker.Tests.Reranking;

public sealed class PairInputTests
{
    private const int Cls = 2, Sep = 3, A = 4, B = 5;

    private static readonly WordPieceTokenizer Tokenizer =
        new(WordPieceVocabulary.Read(new MemoryStream(Encoding.UTF8.GetBytes("[PAD]\n[UNK]\n[CLS]\n[SEP]\na\nb\n"))));

    [Fact]
    public void Tokenize_BothFit_IsFramedWithSegments() => Expect("a b", "b", 16, [Cls, A, B, Sep, B, Sep], [0, 0, 0, 0, 1, 1]);

    [Fact]
    public void Tokenize_ALongDocument_IsCutAlone() => Expect("a", "b b b b b b", 6, [Cls, A, Sep, B, B, Sep], [0, 0, 0, 1, 1, 1]);

    [Fact]
    public void Tokenize_ALongQuery_IsCutAlone() => Expect("a a a a a a", "b", 6, [Cls, A, A, Sep, B, Sep], [0, 0, 0, 0, 1, 1]);

    // tokenizers' truncate_encodings with LongestFirst: both over half, the odd token goes to the longer.
    [Fact]
    public void Tokenize_BothLong_AreHalved() => Expect("a a a a", "b b b b b b", 8, [Cls, A, A, Sep, B, B, B, Sep], [0, 0, 0, 0, 1, 1, 1, 1]);

    [Fact]
    public void Tokenize_SpecialPiecesInTexts_AreWords() => Assert.Equal(2, PairInput.Tokenize(Tokenizer, "a", "b [SEP] b", 32).Ids.Count(id => id == Sep));

    [Fact]
    public void Join_AnyLengths_FitsKeepsBeginningsAndCutsOnlyWhatIsTooLong() => Prop.ForAll(
        Gen.Choose(0, 40).ToArbitrary(), Gen.Choose(0, 40).ToArbitrary(), Gen.Choose(8, 48).ToArbitrary(), (first, second, most) =>
        {
            var input = PairInput.Join(Tokenizer, Enumerable.Repeat(A, first).ToArray(), Enumerable.Repeat(B, second).ToArray(), most);
            var (kept, other) = (input.Ids.Count(id => id == A), input.Ids.Count(id => id == B));
            return input.Ids.Length == Math.Min(most, first + second + 3)
                && input.Ids.Length == input.Marks.Length
                && kept <= first && other <= second
                && input.Marks.Sum() == other + 1
                && (kept == first || kept >= other - 1)
                && (other == second || other >= kept - 1);
        }).QuickCheckThrowOnFailure();

    private static void Expect(string query, string document, int most, int[] ids, int[] segments)
    {
        var input = PairInput.Tokenize(Tokenizer, query, document, most);
        Assert.Equal(ids, input.Ids);
        Assert.Equal(segments, input.Marks);
    }
}
