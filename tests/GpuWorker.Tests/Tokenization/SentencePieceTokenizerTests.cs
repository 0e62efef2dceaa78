using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Serverless.GpuWorker.Demo;
using Serverless.GpuWorker.Tokenization;

namespace Serverless.GpuWorker.Tests.Tokenization;

public sealed class SentencePieceTokenizerTests
{
    private const int LongWord = 100_000;
    private static readonly SentencePieceTokenizer Bpe = DemoLlama.Tokenizer();
    private static readonly SentencePieceTokenizer Unigram = DemoInstructor.Tokenizer();

    [Fact]
    public void Decode_OfEncode_IsTheText() =>
        Prop.ForAll<int[]>(seeds => Text(seeds) is var text && Bpe.Decode(Bpe.Encode(text)) == text).QuickCheckThrowOnFailure();

    [Fact]
    public void StreamingDecoder_AnyIds_GivesWhatDecodeGives() =>
        Prop.ForAll<int[]>(seeds =>
        {
            var ids = seeds.Select(seed => (int)((uint)(seed * 2654435761) % (Bpe.VocabularySize + 10))).ToArray();
            return Stream(Bpe, ids) == Bpe.Decode(ids) && Stream(Unigram, ids) == Unigram.Decode(ids);
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void StreamingDecoder_CharacterInBytes_ComesWhole()
    {
        var decoder = Bpe.CreateStreamingDecoder();
        var parts = Bpe.Encode("a \U0001F331\u4E16b").Select(decoder.Append).ToArray();
        Assert.DoesNotContain(parts, part => part.Contains('\ufffd') || part.Any(char.IsSurrogate) && part.Length < 2);
        Assert.Contains("\U0001F331", parts);
        Assert.Equal("", decoder.Flush());
        Assert.Equal("a \U0001F331\u4E16b", string.Concat(parts));
    }

    [Fact]
    public void StreamingDecoder_StreamEndsInsideACharacter_FlushesOneReplacementCharacter()
    {
        var decoder = Bpe.CreateStreamingDecoder();
        foreach (var id in Bpe.Encode("\U0001F331")[..^1]) decoder.Append(id);
        Assert.Equal("\ufffd", decoder.Flush());
    }

    [Theory]
    [InlineData("<s>")]
    [InlineData("</s>")]
    [InlineData("<unk>")]
    [InlineData("<0x0A>")]
    [InlineData("a<s>b</s>")]
    public void Encode_TextOfAControlPiece_NeverYieldsItsId(string text)
    {
        foreach (var tokenizer in (SentencePieceTokenizer[])[Bpe, Unigram])
        {
            var types = tokenizer.Encode(text).Select(id => tokenizer.Pieces[id].Type).ToArray();
            Assert.DoesNotContain(SentencePieceType.Control, types);
            Assert.DoesNotContain(SentencePieceType.Byte, types);
        }

        Assert.Equal(text, Bpe.Decode(Bpe.Encode(text)));
    }

    [Theory]
    [InlineData("a")]
    [InlineData("ing")]
    [InlineData("leaves")]
    [InlineData("\u4E16")]
    [InlineData("\u0301")]
    public void Encode_LongWord_TakesLinearithmicSteps(string unit)
    {
        var text = string.Concat(Enumerable.Repeat(unit, LongWord / unit.Length));
        foreach (var tokenizer in (SentencePieceTokenizer[])[Bpe, Unigram])
        {
            tokenizer.Encode(text, out var operations);
            Assert.True(operations <= 20L * Encoding.UTF8.GetByteCount(text), $"{operations} steps for {text.Length} characters.");
        }
    }

    [Fact]
    public void Encode_UnpairedSurrogate_CountsAsReplacementCharacter() =>
        Assert.Equal(Bpe.Encode("a\ufffdb"), Bpe.Encode("a\ud83cb"));

    [Fact]
    public void Encode_UserDefinedPiece_IsOneTokenAnywhere()
    {
        var ids = Bpe.Encode("x[INST]y Context:");
        Assert.Equal(["\u2581x", "[INST]", "y", "\u2581", "Context:"], ids.Select(id => Bpe.Pieces[id].Text));
    }

    [Fact]
    public void SpecialIds_AreThoseOfTheModels()
    {
        Assert.Equal((1, 2), (Bpe.BosId, Bpe.EosId));
        Assert.Equal((null, 1), (Unigram.BosId, Unigram.EosId));
    }

    private static string Stream(SentencePieceTokenizer tokenizer, int[] ids)
    {
        var decoder = tokenizer.CreateStreamingDecoder();
        var text = string.Concat(ids.Select(decoder.Append));
        return text + decoder.Flush();
    }

    /// <summary>Text of many scripts; U+2581, which stands for the space, is left out.</summary>
    private static string Text(int[] seeds)
    {
        string[] snippets = [" ", "  ", "\n", "leaves", "[INST]", "Question:", "<s>", "\u0000", "e\u0301", "\U0001F468\u200D\U0001F33E", "\t", "1.5"];
        var text = new StringBuilder();
        foreach (var seed in seeds)
        {
            var hash = (uint)(seed * 2654435761);
            var scalar = (int)(hash % 0x10F000);
            text.Append((hash >> 28) switch
            {
                < 6 => snippets[hash % snippets.Length],
                < 12 => ((char)(32 + hash % 95)).ToString(),
                _ => Rune.IsValid(scalar) && scalar != 0x2581 ? new Rune(scalar).ToString() : "x",
            });
        }

        return text.ToString();
    }
}
