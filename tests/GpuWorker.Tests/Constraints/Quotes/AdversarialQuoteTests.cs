using System.Globalization;
using System.Text;
using Serverless.GpuWorker.Constraints;
using Serverless.GpuWorker.Constraints.Quotes;
using Serverless.GpuWorker.Demo;
using Serverless.GpuWorker.KvCache;
using Serverless.GpuWorker.Sampling;
using Serverless.GpuWorker.Scheduling;
using Serverless.GpuWorker.Tokenization;

namespace Serverless.GpuWorker.Tests.Constraints.Quotes;

/// <summary>
/// A model that wants to quote wrongly, over a vocabulary as models have it: it opens a quote, writes what a source says with a letter, a word, a mark or a form of Unicode changed, and closes it where it likes. Whatever it wants, at whatever temperature, no quote
/// differs from its source. <c>SERVERLESS_QUOTE_PROMPTS</c> says how many prompts are tried, 1,000 without it.
/// </summary>
public sealed class AdversarialQuoteTests
{
    private const int MaxTokens = 80;

    private static readonly SentencePieceTokenizer Tokenizer = new(SentencePieceModelReader.Read(DemoResources.Bytes("demo-llama.model")));
    private static readonly TokenTrie Trie = TokenTrie.Of(Tokenizer);
    private static readonly string[] Words = ["Water", "the", "rosé", "leaves", "turn", "yellow", "when", "it’s", "café", "日本", "3.5", "–", "E-4017", "naïve", "🌱", "roots", "don't", "ﬁnd", "x²"];

    [Fact]
    public void Sample_ModelThatWantsWrongQuotes_WritesNone()
    {
        int prompts = int.Parse(Environment.GetEnvironmentVariable("SERVERLESS_QUOTE_PROMPTS") ?? "1000", CultureInfo.InvariantCulture);
        int wrong = 0, wanted = 0, quotes = 0, resumed = 0;
        var sampler = Sampler();
        for (int seed = 0; seed < prompts; seed++)
        {
            var random = new Random(seed);
            string[] sources = [.. Enumerable.Range(0, random.Next(1, 4)).Select(_ => Source(random))];
            int[] script = Script(random, sources);
            string answer = Text(Generate(sampler, seed, script, new QuoteRule(sources, random.Next(1, 4)), []));
            quotes += QuotedSpans.Of(answer).Count();
            wrong += QuotedSpans.Wrong(answer, sources);
            if (seed % 10 == 0)
            {
                wanted += QuotedSpans.Wrong(Text(Generate(sampler, seed, script, null, [])), sources);
                int[] whole = Generate(sampler, seed, script, new QuoteRule(sources), []);
                int[] rest = Generate(Sampler(), seed, script, new QuoteRule(sources), whole[..random.Next(whole.Length)]);
                Assert.Equal(whole, rest);
                resumed++;
            }
        }
        Assert.Equal(0, wrong);
        // The adversary is one: unconstrained, most of what it quotes is wrong. And constrained it quotes all the same.
        Assert.True(wanted > prompts / 10 && quotes > prompts, $"{wanted} wrong quotes wanted in {resumed} prompts; {quotes} quotes in {prompts}.");
    }

    /// <summary>The script is what the model wants, ten times likelier than anything else; where it may not have it, it goes on with it further on.</summary>
    private static int[] Generate(Sampler sampler, int seed, int[] script, QuoteRule? rule, int[] prior)
    {
        var random = new Random(seed);
        var sampling = new SamplingParameters { Seed = (ulong)seed, Temperature = random.Next(3) switch { 0 => 0, 1 => 0.7f, _ => 1.5f }, TopP = random.Next(2) == 0 ? 0.9f : 1, Quotes = rule };
        var request = new GenerationRequest { PromptTokens = [1], PriorTokens = prior, MaxTokens = MaxTokens, Sampling = sampling };
        var sequence = new Sequence(seed, request, BlockHash.Root([1], "a")) { Quotes = rule is null ? null : QuoteAutomaton.Of(rule) };
        var logits = new float[Tokenizer.VocabularySize];
        while (sequence.Generated < MaxTokens && (sequence.Generated == 0 || sequence.GeneratedTokens[^1] != Tokenizer.EosId))
        {
            var noise = new Random((seed * 997) + sequence.Generated);
            for (int token = 0; token < logits.Length; token++)
                logits[token] = noise.NextSingle() * 4;

            for (int ahead = 0; ahead < 3 && sequence.Generated + ahead < script.Length; ahead++)
                logits[script[sequence.Generated + ahead]] += 12 - (4 * ahead);

            sequence.Append(sampler.Sample(logits, sequence)!.Value.Id);
        }
        return [.. sequence.GeneratedTokens];
    }

    private static int[] Script(Random random, string[] sources)
    {
        var text = new StringBuilder("It says ");
        while (text.Length < 200)
        {
            var (opens, closes) = random.Next(5) switch { 0 => ('“', '”'), 1 => ('«', '»'), 2 => ('„', '“'), _ => ('"', '"') };
            string source = sources[random.Next(sources.Length)];
            int start = random.Next(source.Length), length = random.Next(0, Math.Min(40, source.Length - start));
            text.Append(opens).Append(Changed(random, source.Substring(start, length))).Append(closes).Append(random.Next(2) == 0 ? ". And " : " [1], ");
        }
        return Tokenizer.Encode(text.ToString());
    }

    private static string Changed(Random random, string quote) => random.Next(8) switch
    {
        0 => quote.ToUpperInvariant(),
        1 => quote.Replace("’", "'", StringComparison.Ordinal).Replace('–', '-'),
        2 => quote.Replace("é", "e\u0301", StringComparison.Ordinal).Replace("ﬁ", "fi", StringComparison.Ordinal),
        3 => quote.Replace(" ", "  ", StringComparison.Ordinal),
        4 => quote.Insert(quote.Length / 2, "not "),
        5 => quote + " always",
        6 => quote.Replace('e', 'a'),
        _ => "",
    };

    private static string Source(Random random) => string.Join(random.Next(5) == 0 ? "\n" : " ", Enumerable.Range(0, random.Next(3, 25)).Select(_ => random.Next(12) == 0 ? $"\"{Word(random)}\"" : Word(random)));

    private static string Word(Random random) => Words[random.Next(Words.Length)];

    /// <summary>As bytes print, those of a character that was cut off left out.</summary>
    private static string Text(int[] tokens) => Encoding.UTF8.GetString([.. tokens.SelectMany(token => Tokenizer.BytesOf(token) ?? [])]);

    private static Sampler Sampler() => new(Tokenizer.VocabularySize, [Tokenizer.EosId], new ConstraintCompiler(Trie, [Tokenizer.EosId]));
}
