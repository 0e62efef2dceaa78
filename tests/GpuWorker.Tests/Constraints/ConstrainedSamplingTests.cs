using System.Text.Json;
using Serverless.GpuWorker.Constraints;
using Serverless.GpuWorker.Constraints.Schemas;
using Serverless.GpuWorker.KvCache;
using Serverless.GpuWorker.Sampling;
using Serverless.GpuWorker.Scheduling;

namespace Serverless.GpuWorker.Tests.Constraints;

/// <summary>Random logits within schemas: whatever a model would say, what is finished satisfies them.</summary>
public sealed class ConstrainedSamplingTests
{
    private static readonly JsonVocabulary Vocabulary = new();
    private static readonly TokenTrie Trie = TokenTrie.Of(Vocabulary);

    [Fact]
    public void Sample_RandomSchemasAndLogits_FinishedAnswersSatisfyTheSchema()
    {
        int finished = 0, refused = 0;
        for (int seed = 0; seed < 400; seed++)
        {
            var random = new Random(seed);
            string schema = new RandomSchema(random).Next();
            if (!IsEnforceable(schema))
            {
                refused++;
                continue;
            }
            int[] answer = Generate(schema, random, maxTokens: 300);
            if (answer[^1] != Vocabulary.EosId)
                continue;

            finished++;
            string text = Vocabulary.Decode(answer.AsSpan(0, answer.Length - 1));
            using var document = JsonDocument.Parse(text);
            using var rules = JsonDocument.Parse(schema);
            Assert.True(new NaiveSchema(rules.RootElement).IsValid(document.RootElement), $"Seed {seed}: {text} does not satisfy {schema}");
        }
        // Some random schemas need themselves, which no document ends.
        Assert.True(finished > 250 && refused < 60, $"{finished} finished, {refused} refused");
    }

    [Fact]
    public void Sample_AnyJsonObject_Parses()
    {
        int finished = 0;
        for (int seed = 0; seed < 100; seed++)
        {
            int[] answer = Generate("""{"type":"object"}""", new Random(seed), maxTokens: 400);
            if (answer[^1] != Vocabulary.EosId)
                continue;

            finished++;
            using var document = JsonDocument.Parse(Vocabulary.Decode(answer.AsSpan(0, answer.Length - 1)));
            Assert.Equal(JsonValueKind.Object, document.RootElement.ValueKind);
        }
        Assert.True(finished > 50, $"{finished} finished");
    }

    [Fact]
    public void Sample_RequestWithPriorTokens_GoesOnAsIfNeverInterrupted()
    {
        for (int seed = 0; seed < 30; seed++)
        {
            string schema = """{"type":"object","properties":{"name":{"type":"string","maxLength":9},"tags":{"type":"array","items":{"enum":["red","blue"]},"minItems":2}},"required":["name","tags"]}""";
            int[] whole = Generate(schema, new Random(seed), maxTokens: 200);
            int cut = seed % whole.Length;
            int[] resumed = Generate(schema, new Random(seed), maxTokens: 200, whole[..cut]);
            Assert.Equal(whole, resumed);
        }
    }

    [Theory]
    [MemberData(nameof(ManyReadings))]
    public void Sample_SamplersThatTakeTurns_GiveWhatOneGives(string schema)
    {
        // Each has met other answers before, so that what it keeps was made in another order.
        Sampler[] samplers = [Sampler(), Sampler(), Sampler()];
        for (int i = 0; i < samplers.Length; i++)
            Generate(schema, new Random(100 + i), maxTokens: 40, sampler: _ => samplers[i]);

        for (int seed = 0; seed < 8; seed++)
        {
            int[] alone = Generate(schema, new Random(seed), maxTokens: 40);
            int[] inTurn = Generate(schema, new Random(seed), maxTokens: 40, sampler: step => samplers[(step * 7 / 3 + seed) % samplers.Length]);
            Assert.Equal(alone, inTurn);
        }
    }

    /// <summary>Schemas of which one beginning has more readings than are kept in view, and some of which have places by the thousand.</summary>
    public static TheoryData<string> ManyReadings => new()
    {
        """{"type":"object","properties":{"name":{"type":"string","maxLength":9},"tags":{"type":"array","items":{"enum":["red","blue"]},"minItems":2}},"required":["name","tags"]}""",
        $$"""{"anyOf":[{{Alternatives(90, """{"items":{"$ref":"#"},"maxItems":@}""")}},{{Alternatives(90, """{"maxLength":@}""")}},{{Alternatives(40, """{"additionalProperties":{"$ref":"#"}}""")}}]}""",
        $$"""{"anyOf":[{{Alternatives(20, """{"type":"object","properties":{"a":{"pattern":"a.{2}[@e]$"},"b@":{"pattern":"^[a-e]{@}"} } }""")}},{"type":"string"}]}""",
        $$"""{"anyOf":[{{Alternatives(90, """{"type":"object","properties":{"a":{"$ref":"#"},"b@":{"type":"number"}}}""")}},{"type":"null"}]}""",
    };

    private static string Alternatives(int count, string pattern) => string.Join(",", Enumerable.Range(1, count).Select(i => pattern.Replace("@", $"{i}", StringComparison.Ordinal)));

    [Fact]
    public void Sample_TokenThatLeavesTheSchema_YieldsNothing()
    {
        var sequence = Sequence("""{"type":"object"}""", [3 + '[']);
        Assert.Null(Sampler().Sample(new float[Vocabulary.VocabularySize], sequence));
    }

    /// <summary>vLLM's #42403: a model's second end, which prints as a text, was chosen within a string and cut the document off.</summary>
    [Fact]
    public void Sample_EndThatPrintsText_StandsInNoString()
    {
        int end = Enumerable.Range(3, Vocabulary.VocabularySize - 3).First(token => Vocabulary.BytesOf(token) is [(byte)'n', ..] and { Length: > 1 });
        var sampler = new Sampler(Vocabulary.VocabularySize, [Vocabulary.EosId, end], new ConstraintCompiler(TokenTrie.Of(Vocabulary, [Vocabulary.EosId, end]), [Vocabulary.EosId, end]));
        float[] logits = [.. Enumerable.Range(0, Vocabulary.VocabularySize).Select(token => token == end ? 9f : 0)];

        Assert.NotEqual(end, sampler.Sample(logits, Sequence("""{"type":"string"}""", Vocabulary.Encode("\"a")))!.Value.Id);
        Assert.Equal(end, sampler.Sample(logits, Sequence("""{"type":"string"}""", Vocabulary.Encode("\"a\"")))!.Value.Id);
    }

    [Fact]
    public void Sample_NoVocabulary_YieldsNothing() =>
        Assert.Null(new Sampler(Vocabulary.VocabularySize, [2]).Sample(new float[Vocabulary.VocabularySize], Sequence("""{"type":"object"}""", [])));

    [Fact]
    public void Sample_CompleteDocument_EndsThoughMinTokensAsksForMore()
    {
        var sequence = Sequence("""{"const":true}""", Vocabulary.Encode("true"), minTokens: 50);
        Assert.Equal(Vocabulary.EosId, Sampler().Sample(new float[Vocabulary.VocabularySize], sequence)!.Value.Id);
    }

    private static bool IsEnforceable(string schema)
    {
        try
        {
            ReadForm.OfSchema(schema);
            return true;
        }
        catch (SchemaException)
        {
            return false;
        }
    }

    /// <summary>Generates with logits that are a function of the seed and the position, leaning to what ends things.</summary>
    private static int[] Generate(string schema, Random random, int maxTokens, int[]? prior = null, Func<int, Sampler>? sampler = null)
    {
        int seed = random.Next();
        var own = Sampler();
        var sequence = Sequence(schema, prior ?? []);
        while (sequence.Generated < maxTokens && (sequence.Generated == 0 || sequence.GeneratedTokens[^1] != Vocabulary.EosId))
        {
            var noise = new Random(seed + sequence.Generated);
            float[] logits = [.. Enumerable.Range(0, Vocabulary.VocabularySize).Select(token => (float)(noise.NextDouble() * 8) + Lean(token, sequence.Generated))];
            sequence.Append((sampler?.Invoke(sequence.Generated) ?? own).Sample(logits, sequence)!.Value.Id);
        }
        return [.. sequence.GeneratedTokens];
    }

    private static float Lean(int token, int generated) => Vocabulary.BytesOf(token) switch
    {
        null => 8,
        var bytes when bytes.Any(value => value is (byte)'"' or (byte)'}' or (byte)']') => generated / 20f,
        _ => 0,
    };

    private static Sampler Sampler() => new(Vocabulary.VocabularySize, [Vocabulary.EosId], new ConstraintCompiler(Trie, [Vocabulary.EosId]));

    private static Sequence Sequence(string schema, int[] answer, int minTokens = 0)
    {
        var request = new GenerationRequest { PromptTokens = [1], MaxTokens = 1000, MinTokens = minTokens, Sampling = new SamplingParameters { Form = AnswerForm.Schema(schema), Seed = 3 } };
        var sequence = new Sequence(1, request, BlockHash.Root([1], "a")) { Form = ReadForm.OfSchema(schema) };
        foreach (int token in answer)
            sequence.Append(token);

        return sequence;
    }
}
