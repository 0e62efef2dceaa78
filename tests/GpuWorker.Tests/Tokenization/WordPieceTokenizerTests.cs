using System.Text;
using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using Serverless.GpuWorker.Model;
using Serverless.GpuWorker.Model.Encoders;
using Serverless.GpuWorker.Tokenization;

namespace Serverless.GpuWorker.Tests.Tokenization;

public sealed class WordPieceTokenizerTests
{
    private static readonly string[] Pieces =
        ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "un", "##aff", "##able", "##a", "a", "cafe", "e", "##e", "東", "京", "!", "$", "[", "]", "sep", "##f", "fi", "ᄀ", "##ᅡ", "##ᆨ", "b", "##b"];

    private static readonly Lazy<WordPieceTokenizer> Bert = new(() => BertModel.Open("arctic-xs").LoadTokenizer());

    public static TheoryData<string, int[]> Oracle
    {
        get
        {
            var file = Path.Combine(RepositoryRoot.Path, "tests/GpuWorker.Tests/Tokenization/wordpiece-oracle.json");
            var data = new TheoryData<string, int[]>();
            foreach (var item in JsonDocument.Parse(File.ReadAllText(file)).RootElement.EnumerateArray())
                data.Add(item.GetProperty("text").GetString()!, JsonSerializer.Deserialize<int[]>(item.GetProperty("ids"))!);
            return data;
        }
    }

    /// <summary>Derived by hand from google-research/bert's tokenization.py and Unicode's NFD.</summary>
    [Theory]
    [InlineData("unaffable", "un ##aff ##able")]
    [InlineData("UNAFFABLE!", "un ##aff ##able !")]
    [InlineData("unx", "[UNK]")]
    [InlineData("Café", "cafe")]
    [InlineData("Cafe\u0301", "cafe")]
    [InlineData("東京", "東 京")]
    [InlineData("a東a", "a 東 a")]
    [InlineData("a$a", "a $ a")]
    [InlineData("[SEP]", "[ sep ]")]
    [InlineData("a\u200da\u0000\ufffda", "a ##a ##a")]
    [InlineData("a\u3000\t\n a", "a a")]
    [InlineData("각", "ᄀ ##ᅡ ##ᆨ")]
    [InlineData("🙂 a", "[UNK] a")]
    [InlineData("\ud800a", "a")]
    [InlineData("\ud840\udc00\ud869\udf00", "[UNK] [UNK]")]
    [InlineData("", "")]
    public void Encode_ByHand(string text, string expected)
    {
        var ids = Small().Encode(text);
        Assert.Equal(expected.Split(' ', StringSplitOptions.RemoveEmptyEntries), ids.Select(id => Pieces[id]));
    }

    [Theory]
    [InlineData(100, 100)]
    [InlineData(101, 1)]
    public void Encode_LongWord_IsUnknownBeyondAHundredCharacters(int length, int tokens) => Assert.Equal(tokens, Small().Encode(new string('a', length)).Length);

    [Fact]
    public void Encode_Cased_KeepsCaseAndAccents()
    {
        var vocabulary = Vocabulary([.. Pieces, "Café", "É"]);
        Assert.Equal([Pieces.Length], new WordPieceTokenizer(vocabulary, lowerCase: false).Encode("Café"));
        Assert.Equal([10], new WordPieceTokenizer(vocabulary, lowerCase: true, stripAccents: true).Encode("É"));
        Assert.Equal([1], new WordPieceTokenizer(vocabulary, lowerCase: true, stripAccents: false).Encode("É"));
    }

    [Fact]
    public void Decode_JoinsPiecesAndLeavesOutSpecialOnes() => Assert.Equal("unaffable !", Small().Decode(Small().WithSpecialTokens(Small().Encode("unaffable!"))));

    [Fact]
    public void WithSpecialTokens_PutsClsAndSepAround() => Assert.Equal([2, 8, 3], Small().WithSpecialTokens([8]));

    [Theory]
    [InlineData("[UNK]")]
    [InlineData("[CLS]")]
    [InlineData("[SEP]")]
    [InlineData("[PAD]")]
    public void Read_SpecialPieceMissing_NamesIt(string piece)
    {
        var error = Assert.Throws<InvalidDataException>(() => Vocabulary([.. Pieces.Where(p => p != piece)]));
        Assert.Contains(piece, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Oracle))]
    public void Encode_BertVocabulary_IsThatOfHuggingFace(string text, int[] ids) => Assert.Equal(ids, Bert.Value.Encode(text));

    /// <summary>Pieces, read together again, are the words, unless one is unknown; any text at all gives ids of the vocabulary.</summary>
    [Fact]
    public void Encode_AnyText_GivesPiecesOfItsWords()
    {
        var bert = Bert.Value;
        Prop.ForAll(ArbMap.Default.ArbFor<string?>(), text =>
        {
            var words = new BertWords(lowerCase: true, stripAccents: true, splitIdeographs: true).Split(text ?? "");
            var ids = bert.Encode(text ?? "");
            Assert.All(ids, id => Assert.InRange(id, 0, bert.VocabularySize - 1));
            Assert.Equal(ids, words.SelectMany(word => bert.Encode(word)));
            foreach (var word in words)
            {
                var pieces = bert.Encode(word);
                if (pieces is not [100]) Assert.Equal(word, bert.Decode(pieces));
            }
        }).QuickCheckThrowOnFailure();
    }

    private static WordPieceTokenizer Small() => new(Vocabulary(Pieces));

    private static WordPieceVocabulary Vocabulary(string[] pieces) => WordPieceVocabulary.Read(new MemoryStream(Encoding.UTF8.GetBytes(string.Join('\n', pieces) + "\n")));
}
