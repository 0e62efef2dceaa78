using System.Text.Json;
using Serverless.GpuWorker.Constraints;
using Serverless.GpuWorker.Constraints.Nodes;
using Serverless.GpuWorker.Constraints.Schemas;
using Serverless.GpuWorker.KvCache;
using Serverless.GpuWorker.Sampling;
using Serverless.GpuWorker.Scheduling;

namespace Serverless.GpuWorker.Tests.Constraints;

/// <summary>Arrays of strings or integers with uniqueItems, as pydantic writes sets of them.</summary>
public sealed class DistinctTextTests
{
    private static readonly JsonVocabulary Vocabulary = new();

    [Theory]
    [InlineData("""{"type":"string"}""", """["a","b"]""", true)]
    [InlineData("""{"type":"string"}""", """["a","a"]""", false)]
    [InlineData("""{"type":"string"}""", """["a","ab","aba",""]""", true)]
    [InlineData("""{"type":"string"}""", """["","a",""]""", false)]
    [InlineData("""{"type":"string"}""", """["é", "\n", "é"]""", false)]
    [InlineData("""{"type":"string"}""", """["é", "\n", "🌱"]""", true)]
    [InlineData("""{"type":"string"}""", """["\"","\\"]""", true)]
    [InlineData("""{"type":"string"}""", "[]", true)]
    [InlineData("""{"type":"string","maxLength":1}""", """["a","","b"]""", true)]
    [InlineData("""{"type":"string","maxLength":1}""", """["a","bc"]""", false)]
    [InlineData("""{"type":"string","pattern":"^[ab]$"}""", """["b","a"]""", true)]
    [InlineData("""{"type":"string","pattern":"^[ab]$"}""", """["b","a","b"]""", false)]
    [InlineData("""{"type":"string","format":"uuid"}""", """["123e4567-e89b-12d3-a456-426614174000","123e4567-e89b-12d3-a456-426614174001"]""", true)]
    [InlineData("""{"type":"string","format":"uuid"}""", """["123e4567-e89b-12d3-a456-426614174000","123e4567-e89b-12d3-a456-426614174000"]""", false)]
    [InlineData("""{"allOf":[{"type":"string"},{"minLength":2}]}""", """["ab","ac"]""", true)]
    [InlineData("""{"type":"integer","title":"Id"}""", "[1,-1, 12 ,0,120]", true)]
    [InlineData("""{"type":"integer"}""", "[1,12,1]", false)]
    [InlineData("""{"type":"integer"}""", "[1, 12, 1 ]", false)]
    [InlineData("""{"type":"integer"}""", "[0,-0]", false)]
    [InlineData("""{"type":"integer"}""", "[01]", false)]
    [InlineData("""{"type":"integer"}""", "[]", true)]
    [InlineData("""{"type":"integer"}""", "[123456789012345,-123456789012345]", true)]
    public void Next_Array_IsCompleteWhereNoTwoAreEqual(string items, string document, bool isComplete) => Assert.Equal(isComplete, AutomatonWalk.Accepts(Start(items), document));

    [Theory]
    [InlineData("""{"type":"string","pattern":"^[ab]$"}""", "\"minItems\":3")]
    [InlineData("""{"type":"string","pattern":"^a{0,4}$"}""", "\"minItems\":6")]
    [InlineData("""{"type":"integer","maximum":5}""", "\"minItems\":0")]
    [InlineData("""{"type":"integer","format":"int32"}""", "\"minItems\":0")]
    [InlineData("""{"type":"number"}""", "\"minItems\":0")]
    [InlineData("{}", "\"minItems\":0")]
    [InlineData("""{"type":["string","null"]}""", "\"minItems\":0")]
    public void Read_MoreThanThereAre_OrNoStrings_IsRefusedByName(string items, string beside) =>
        Assert.Contains("uniqueItems", Assert.Throws<SchemaException>(() => Start(items, beside)).Message, StringComparison.Ordinal);

    /// <summary>Where few strings are left, none is begun that could only become one that is there.</summary>
    [Theory]
    [InlineData("""{"type":"string","pattern":"^[ab][cd]$"}""", "\"minItems\":4", 4)]
    [InlineData("""{"type":"string","pattern":"^(a|bb|bc|é|è|🌱|🌲)$"}""", "\"minItems\":7", 7)]
    [InlineData("""{"type":"string","pattern":"^a{0,3}$"}""", "\"minItems\":4", 4)]
    [InlineData("""{"type":"string","pattern":"^[ab]+$","maxLength":2}""", "\"minItems\":6", 6)]
    [InlineData("""{"type":"string","pattern":"^[ab]+$"}""", "\"minItems\":5,\"maxItems\":8", null)]
    [InlineData("""{"type":"string"}""", "\"minItems\":3,\"maxItems\":6", null)]
    [InlineData("""{"type":"integer"}""", "\"minItems\":12,\"maxItems\":15", null)]
    public void Sample_AnyLogits_AnswersEndAndHoldNoTwoThatAreEqual(string items, string beside, int? count)
    {
        int finished = 0;
        for (int seed = 0; seed < 60; seed++)
        {
            if (Generate($$"""{"type":"array","items":{{items}},"uniqueItems":true,{{beside}}}""", new Random(seed), maxTokens: 300) is not { } text)
                continue;

            finished++;
            string[] values = [.. JsonSerializer.Deserialize<JsonElement[]>(text)!.Select(value => value.GetRawText())];
            Assert.Equal(values.Length, values.Distinct().Count());
            if (count is { } all)
                Assert.Equal(all, values.Length);
        }
        Assert.True(finished > 30, $"{finished} finished");
    }

    /// <summary>What masks forget of the others lets nothing in that the automaton itself does not take, and leaves every byte that it does.</summary>
    [Theory]
    [InlineData("""{"type":"array","items":{"type":"string","pattern":"^[a-e\"\\\\é🌱]{0,3}$"},"uniqueItems":true,"minItems":2}""")]
    [InlineData("""{"type":"array","items":{"type":"integer"},"uniqueItems":true,"minItems":2}""")]
    [InlineData("""{"anyOf":[{"type":"array","items":{"type":"string"},"uniqueItems":true,"minItems":2},{"type":"array","items":{"type":"string","maxLength":3},"uniqueItems":true},{"type":"array","items":{"type":"boolean"}}]}""")]
    public void MaskOf_AnyPlace_PermitsWhatTheAutomatonTakes(string schema)
    {
        var trie = TokenTrie.Of(Vocabulary);
        var automaton = new SchemaAutomaton(ReadForm.OfSchema(schema));
        var constraint = new TokenConstraint(automaton, trie, [Vocabulary.EosId]);
        for (int seed = 0; seed < 40; seed++)
        {
            var random = new Random(seed);
            var state = automaton.Start;
            for (int step = 0; step < 60 && state != ConstraintState.Dead; step++)
            {
                var mask = constraint.MaskOf(state);
                for (int token = 3; token < Vocabulary.VocabularySize; token++)
                {
                    bool isPermitted = (mask.Allowed[token / 64] >> (token % 64) & 1) == 1, isTaken = state.Next(Vocabulary.BytesOf(token)) != ConstraintState.Dead;
                    Assert.True(isTaken || !isPermitted, $"Seed {seed}, token {token}");
                    Assert.True(isPermitted || !isTaken || Vocabulary.BytesOf(token)!.Length > 1, $"Seed {seed}, byte {token}");
                }
                byte[] next = [.. Enumerable.Range(0, 256).Select(value => (byte)value).Where(value => state.Next(value) != ConstraintState.Dead)];
                Assert.True(next.Length > 0 || state.CanEnd);
                state = next.Length == 0 ? ConstraintState.Dead : state.Next(next[random.Next(next.Length)]);
            }
        }
    }

    private static string? Generate(string schema, Random random, int maxTokens)
    {
        var request = new GenerationRequest { PromptTokens = [1], MaxTokens = maxTokens, Sampling = new SamplingParameters { Form = AnswerForm.Schema(schema), Temperature = 0 } };
        var sequence = new Sequence(1, request, BlockHash.Root([1], "a")) { Form = ReadForm.OfSchema(schema) };
        var sampler = new Sampler(Vocabulary.VocabularySize, [Vocabulary.EosId], new ConstraintCompiler(TokenTrie.Of(Vocabulary, [Vocabulary.EosId]), [Vocabulary.EosId]));
        while (sequence.Generated < maxTokens)
        {
            // Ends of strings are likely, so that equal ones would be.
            float[] logits = [.. Enumerable.Range(0, Vocabulary.VocabularySize).Select(token => (float)random.NextDouble() * 4 + (Vocabulary.BytesOf(token) is null or [(byte)'"', ..] or [(byte)']', ..] ? 2 : 0))];
            int token = sampler.Sample(logits, sequence)!.Value.Id;
            if (token == Vocabulary.EosId)
                return Vocabulary.Decode([.. sequence.GeneratedTokens]);

            sequence.Append(token);
        }
        return null;
    }

    private static ReadForm Read(string items, string beside) => ReadForm.OfSchema($$"""{"type":"array","items":{{items}},"uniqueItems":true,{{beside}}}""");

    private static ConstraintState Start(string items, string beside = "\"minItems\":0") => AutomatonWalk.Start(Read(items, beside));
}
