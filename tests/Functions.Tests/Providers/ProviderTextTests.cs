using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Serverless.Contracts.OpenAI;
using Serverless.Functions.Dispatch;
using Serverless.Functions.Providers;

namespace Serverless.Functions.Tests.Providers;

public sealed class ProviderTextTests
{
    [Theory]
    [InlineData("")]
    [InlineData("a")]
    [InlineData("The quick brown fox jumps over the lazy dog.")]
    [InlineData("2023-07-18 1,234,567")]
    [InlineData("日本語のテキスト")]
    [InlineData("        ")]
    public void TokenEstimate_OfText_IsBetweenAQuarterOfItsCharactersAndItsBytes(string text)
    {
        var estimate = TokenEstimate.Of(text);
        Assert.InRange(estimate, text.Trim().Length / 4, Encoding.UTF8.GetByteCount(text));
    }

    [Fact]
    public void TokenEstimate_OfAnyText_GrowsWithIt() =>
        Prop.ForAll<string, string>((a, b) => a is null || b is null || TokenEstimate.Of(a + b) >= Math.Max(TokenEstimate.Of(a), 0)).QuickCheckThrowOnFailure();

    [Fact]
    public void SseReader_EventsInAnyParts_AreTheSame() =>
        Prop.ForAll(Gen.Choose(1, 40).ToArbitrary(), Gen.Choose(0, 3).ListOf().ToArbitrary(), (part, kinds) =>
        {
            // Data in one line, in two, with other fields and carriage returns, and no event at all.
            string[] frames = ["data: one\n\n", "data:two\ndata: lines\n\n", ": ping\r\nevent: x\r\ndata: {\"a\":1}\r\n\r\n", "\n"];
            string[] values = ["one", "two\nlines", "{\"a\":1}"];
            var text = string.Concat(kinds.Select(k => frames[k])) + "data: broken off";
            using var reader = new SseReader(new InParts(Encoding.UTF8.GetBytes(text), part));
            var read = new List<string>();
            while (reader.ReadAsync(CancellationToken.None).AsTask().GetAwaiter().GetResult()) read.Add(Encoding.UTF8.GetString(reader.Data.Span));
            return read.SequenceEqual(kinds.Where(k => k < 3).Select(k => values[k]));
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void StopStrings_OverTextInAnyParts_CutItWhereTheyCutTheWhole() =>
        Prop.ForAll(Gen.Elements('a', 'b', 'c').ListOf().ToArbitrary(), Gen.Elements("a", "ab", "abc", "bc", "cab", "aab").ListOf().ToArbitrary(), Gen.Choose(1, 4).ToArbitrary(), (letters, stop, part) =>
        {
            var text = string.Concat(letters);
            var pieces = new StopStrings([.. stop]);
            var passed = string.Concat(text.Chunk(part).Select(piece => pieces.Push(new string(piece)))) + pieces.Push("", isLast: true);
            // By the definition: writing letter by letter, and looking for an end after each.
            var end = Enumerable.Range(1, text.Length).FirstOrDefault(n => stop.Any(s => text[..n].EndsWith(s, StringComparison.Ordinal)));
            var expected = end == 0 ? text : text[..(end - stop.Where(s => text[..end].EndsWith(s, StringComparison.Ordinal)).Max(s => s.Length))];
            return passed == expected && StopStrings.Cut(text, [.. stop]) == expected && pieces.IsReached == (end > 0);
        }).QuickCheckThrowOnFailure();

    [Fact]
    public async Task SseReader_ByteOrderMark_IsNoPartOfTheFirstEvent()
    {
        for (var part = 1; part < 12; part++)
        {
            using var reader = new SseReader(new InParts([0xEF, 0xBB, 0xBF, .. "data: one\n\ndata: two\n\n"u8], part));
            Assert.True(await reader.ReadAsync(CancellationToken.None));
            Assert.Equal("one", Encoding.UTF8.GetString(reader.Data.Span));
            Assert.True(await reader.ReadAsync(CancellationToken.None));
            Assert.Equal("two", Encoding.UTF8.GetString(reader.Data.Span));
        }
    }

    [Fact]
    public void UnitVectors_OfAnyFiniteVectors_HaveNormOne() =>
        Prop.ForAll(Gen.Choose(-1000, 1000).NonEmptyListOf().ToArbitrary(), values =>
        {
            var vector = values.Select(v => (float)v).ToArray();
            if (vector.All(v => v == 0))
            {
                Assert.Throws<UpstreamException>(() => UnitVectors.Check([vector]));
                return true;
            }

            return Math.Abs(UnitVectors.Check([vector])[0].ToArray().Sum(v => (double)v * v) - 1) < 1e-3;
        }).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData("u", "[INST] u [/INST]")]
    [InlineData("ssu", "[INST] <<SYS>>\ns\n\ns\n<</SYS>>\n\nu [/INST]")]
    [InlineData("du", "[INST] <<SYS>>\nd\n<</SYS>>\n\nu [/INST]")]
    [InlineData("uu", "[INST] u\n\nu [/INST]")]
    [InlineData("au", "[INST]  [/INST] a </s><s>[INST] u [/INST]")]
    [InlineData("ua", "[INST] u [/INST] a")]
    [InlineData("uasu", "[INST] u [/INST] a </s><s>[INST] s\n\nu [/INST]")]
    [InlineData("uaau", "[INST] u [/INST] a\n\na </s><s>[INST] u [/INST]")]
    [InlineData("s", "[INST] s [/INST]")]
    public void Llama2Prompt_OfAnyShape_IsItsFormat(string roles, string prompt)
    {
        static string Role(char c) => c switch { 's' => "system", 'd' => "developer", 'a' => "assistant", _ => "user" };
        Assert.Equal(prompt, Llama2Prompt.FromMessages([.. roles.Select(c => new ChatMessage(Role(c), c.ToString()))]));
    }

    [Fact]
    public void Llama2Prompt_OfOneTurn_EqualsTheSingleForm()
    {
        var chat = Llama2Prompt.FromMessages([new ChatMessage("system", "S"), new ChatMessage("user", "U")]);
        Assert.Equal(Llama2Prompt.Single("S", "U"), chat);
    }

    [Fact]
    public void ErrorWords_OfProse_KeepOnlyPlainWordsAndTheCountsOfALength()
    {
        static ErrorWords Read(string json) => ErrorWords.Read(Encoding.UTF8.GetBytes(json));
        var known = Read("""{"error":{"code":"context_length_exceeded","param":"messages[0].content","message":"maximum context length is 4096 tokens, you asked for 20,005"}}""");
        Assert.Equal(("context_length_exceeded", "messages[0].content", true), (known.Code, known.Param, known.IsTooLong));
        Assert.Equal([4096L, 20005L], known.Counts);
        var prose = Read("""{"error":{"code":"sk-1234","param":"What is this?"}}""");
        Assert.Equal((null, null), (prose.Code, prose.Param));
        Assert.Equal("overloaded_error", Read("""{"type":"error","error":{"type":"overloaded_error","message":"secret 123"}}""").Code);
        Assert.Empty(Read("""{"type":"error","error":{"type":"overloaded_error","message":"secret 123"}}""").Counts);
        Assert.Equal("invalid_argument", Read("""{"error":{"code":400,"status":"INVALID_ARGUMENT"}}""").Code);
        Assert.Equal("validation_exception", ErrorWords.Word("ValidationException"));
        Assert.Null(Read("""{"error":"text"}""").Code);
        Assert.Null(Read("[]").Code);
        Assert.Null(Read("oops").Code);
    }

    [Theory]
    [InlineData("""{"error":{"code":"x_y","message":"Why."}}""", "Why.")]
    [InlineData("""{"error":{"message":"two\nlines"}}""", null)]
    [InlineData("""{"error":"text"}""", null)]
    [InlineData("""[{"error":{"message":"Why."}}]""", null)]
    public void ErrorWords_OfAnErrorThatMayBeShown_KeepItsMessage(string json, string? message)
    {
        Assert.Equal(message, ErrorWords.Read(Encoding.UTF8.GetBytes(json), explains: true).Explanation);
        Assert.Null(ErrorWords.Read(Encoding.UTF8.GetBytes(json)).Explanation);
    }

    private sealed class InParts(byte[] bytes, int part) : MemoryStream(bytes)
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            base.ReadAsync(buffer[..Math.Min(part, buffer.Length)], cancellationToken);
    }
}
