using System.Text;
using Serverless.GpuWorker.Constraints;
using Serverless.GpuWorker.Constraints.Quotes;

namespace Serverless.GpuWorker.Tests.Constraints.Quotes;

public sealed class QuoteAutomatonTests
{
    private static readonly string[] Sources = ["Water it in spring – never at noon.", "日本のバラ", "He said \"never\" twice."];

    [Theory]
    [InlineData("No quote at all.", true)]
    [InlineData("It says \"in spring – never\".", true)]
    [InlineData("It says \"in spring - never\".", false)]
    [InlineData("“in spring –” and „noon.“ and „noon.” and «Water it» and 「のバ」 and 『日』 and ＂said＂", true)]
    [InlineData("“in spring\"", false)]
    [InlineData("\"\"", false)]
    [InlineData("\" in\"", false)]
    [InlineData("\"n\"", true)]
    [InlineData("\"He said \"never\" twice.\"", false)]
    [InlineData("\"He said \" and \"never\"", true)]
    [InlineData("\"noon.日本\"", false)]
    [InlineData("a stray ” mark", false)]
    [InlineData("‘single’ ones aren't marks", true)]
    [InlineData("\"in spring", false)]
    public void Answers_QuoteSources_ArePermittedOnlyThen(string answer, bool permitted) => Assert.Equal(permitted, Accepts(new QuoteRule(Sources), answer));

    [Fact]
    public void MinLength_CountsCharactersAndTakesNoPlaceTooNearTheEnd()
    {
        var rule = new QuoteRule(["日本のバラ"], MinLength: 3);
        Assert.True(Accepts(rule, "\"日本の\""));
        Assert.False(Accepts(rule, "\"日本\""));
        Assert.True(IsBeginning(rule, "\"の"));
        Assert.False(IsBeginning(rule, "\"バ"));
        Assert.False(IsBeginning(new QuoteRule(["日本のバラ"], MinLength: 6), "\""));
    }

    [Fact]
    public void MaxLength_LeavesNothingButTheMark()
    {
        var rule = new QuoteRule(["日本のバラ"], MaxLength: 2);
        Assert.True(Accepts(rule, "\"日本\""));
        Assert.False(IsBeginning(rule, "\"日本の"));
    }

    [Fact]
    public void NoSources_NothingIsQuoted()
    {
        Assert.False(IsBeginning(new QuoteRule([]), "\""));
        Assert.False(IsBeginning(new QuoteRule([" \n "]), "“"));
        Assert.True(Accepts(new QuoteRule([]), "Nothing."));
    }

    [Fact]
    public void IllFormedBytes_AreNoText()
    {
        var automaton = QuoteAutomaton.Of(new QuoteRule(Sources));
        Assert.True(automaton.Next(QuoteState.Start, [0xC3, (byte)'"']).IsDead);
        Assert.True(automaton.Next(QuoteState.Start, [0x80]).IsDead);
        // The first byte of a dash of the source, and of the closing mark.
        var within = automaton.Next(QuoteState.Start, [.. "“spring "u8, 0xE2]);
        Assert.False(automaton.Next(within, [0x80, 0x93]).IsDead);
        Assert.Equal(QuoteState.Start, automaton.Next(within, [0x80, 0x9D]));
    }

    /// <summary>Random walks never come to where nothing goes on, and what they end with quotes rightly.</summary>
    [Fact]
    public void Walks_AnySources_EndAndQuoteRightly()
    {
        for (int seed = 0; seed < 300; seed++)
        {
            var random = new Random(seed);
            string[] sources = [.. Enumerable.Range(0, random.Next(3)).Select(_ => RandomText(random))];
            int least = random.Next(1, 5);
            var automaton = QuoteAutomaton.Of(new QuoteRule(sources, least, least + random.Next(6)));
            var state = QuoteState.Start;
            var text = new List<byte>();
            while (text.Count < 200 || !state.CanEnd)
            {
                byte[] permitted = [.. Enumerable.Range(0, 256).Select(value => (byte)value).Where(value => !automaton.Next(state, value).IsDead)];
                Assert.True(permitted.Length > 0 && text.Count < 1000, $"Nothing goes on from {Convert.ToHexString([.. text])} (seed {seed}).");
                byte next = permitted.Contains((byte)'"') && random.Next(3) == 0 ? (byte)'"' : permitted[random.Next(permitted.Length)];
                text.Add(next);
                state = automaton.Next(state, next);
            }
            string answer = new UTF8Encoding(false, throwOnInvalidBytes: true).GetString([.. text]);
            Assert.Equal(0, QuotedSpans.Wrong(answer, sources));
            Assert.All(QuotedSpans.Of(answer), quote => Assert.InRange(quote.Text.EnumerateRunes().Count(), least, least + 5));
        }
    }

    [Fact]
    public void Masks_AnyBeginning_PermitExactlyTheTokensThatTheAutomatonTakes()
    {
        var vocabulary = new JsonVocabulary();
        var trie = TokenTrie.Of(vocabulary);
        for (int seed = 0; seed < 60; seed++)
        {
            var random = new Random(seed);
            var automaton = QuoteAutomaton.Of(new QuoteRule([RandomText(random) + "a red name", "id: 12 日本é"], random.Next(1, 4)));
            var cursor = new QuoteCursor(automaton, trie, [vocabulary.EosId]);
            List<int> answer = [];
            var state = QuoteState.Start;
            for (int step = 0; step < 30; step++)
            {
                var mask = cursor.MaskAfter([.. answer])!;
                for (int token = 0; token < vocabulary.VocabularySize; token++)
                {
                    bool expected = token == vocabulary.EosId ? state.CanEnd : vocabulary.BytesOf(token) is { } bytes && !automaton.Next(state, bytes).IsDead;
                    Assert.True(expected == mask.Allows(token), $"Token {token} after {step} of seed {seed}.");
                }
                int[] permitted = [.. Enumerable.Range(0, vocabulary.VocabularySize).Where(token => token != vocabulary.EosId && mask.Allows(token))];
                int[] marked = [.. permitted.Where(token => vocabulary.BytesOf(token)!.Contains((byte)'"'))];
                answer.Add(marked.Length > 0 && random.Next(3) == 0 ? marked[random.Next(marked.Length)] : permitted[random.Next(permitted.Length)]);
                state = automaton.Next(state, vocabulary.BytesOf(answer[^1]));
            }
        }
    }

    [Fact]
    public void MaskAfter_OnceMade_AllocatesNothing()
    {
        var vocabulary = new JsonVocabulary();
        var cursor = new QuoteCursor(QuoteAutomaton.Of(new QuoteRule(Sources)), TokenTrie.Of(vocabulary), [vocabulary.EosId]);
        int[] answer = vocabulary.Encode("It says \"Water it in spring\", and “日本” says more.");
        cursor.MaskAfter(answer.AsSpan(0, 1));
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int length = 2; length <= answer.Length; length++)
            if (cursor.MaskAfter(answer.AsSpan(0, length)) is null)
                Assert.Fail("The answer is permitted.");

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private static string RandomText(Random random) => string.Concat(Enumerable.Range(0, random.Next(40)).Select(_ => "ab –日🌱\"“”\n"[random.Next(10)] is var c && char.IsSurrogate(c) ? "🌱" : $"{c}"));

    private static bool Accepts(QuoteRule rule, string answer) => QuoteAutomaton.Of(rule).Next(QuoteState.Start, Encoding.UTF8.GetBytes(answer)).CanEnd;

    private static bool IsBeginning(QuoteRule rule, string answer) => !QuoteAutomaton.Of(rule).Next(QuoteState.Start, Encoding.UTF8.GetBytes(answer)).IsDead;
}
