using System.Text;
using System.Text.Json;
using Serverless.GpuWorker.Constraints;
using Serverless.GpuWorker.Demo;
using Serverless.GpuWorker.Tokenization;

namespace Serverless.GpuWorker.Tests.Constraints;

/// <summary>Masks over a vocabulary as models have it, whose pieces run over the borders of patterns and bounds.</summary>
public sealed class DemoTokenizerTests
{
    private static readonly SentencePieceTokenizer Tokenizer = new(SentencePieceModelReader.Read(DemoResources.Bytes("demo-llama.model")));
    private static readonly TokenTrie Trie = TokenTrie.Of(Tokenizer);

    /// <summary>A schema, a document of it, and one that is not.</summary>
    public static TheoryData<string, string, string> Schemas => new()
    {
        { """{"type":"string","pattern":"^[A-Z][a-z]+( [a-z]+){2,5}[.]$"}""", "\"Water the plants in spring.\"", "\"Water the plants in spring\"" },
        { """{"type":"string","pattern":"[aeiou]{2}","minLength":4,"maxLength":8}""", "\"leaves\"", "\"leaves in spring\"" },
        { """{"type":"string","format":"date"}""", "\"2024-02-29\"", "\"2023-02-29\"" },
        { """{"type":"integer","minimum":17,"maximum":1234}""", "1234", "1235" },
        { """{"type":"number","exclusiveMinimum":-2.5,"maximum":10.25}""", "10.25", "10.26" },
        { """{"type":"integer","minimum":0,"multipleOf":7}""", "1001", "1002" },
        {
            """{"allOf":[{"$ref":"#/$defs/plant"},{"properties":{"height":{"maximum":5}},"required":["height"]}],"$defs":{"plant":{"type":"object","properties":{"name":{"type":"string","pattern":"^[a-z ]+$","maxLength":20},"height":{"type":"number","minimum":0}},"required":["name"]}}}""",
            """{"name": "fiddle leaf fig", "height": 1.5}""",
            """{"name": "fiddle leaf fig", "height": 7.5}"""
        },
    };

    [Theory]
    [MemberData(nameof(Schemas))]
    public void MaskOf_TokensOfADocument_PermitsThoseThatSatisfyTheSchemaAndNoOthers(string schema, string valid, string invalid)
    {
        Assert.True(Permits(schema, valid));
        Assert.False(Permits(schema, invalid));
    }

    [Theory]
    [MemberData(nameof(Schemas))]
    public void MaskOf_RandomPermittedTokens_EndInWhatSatisfiesTheSchema(string schema, string valid, string invalid)
    {
        using var rules = JsonDocument.Parse(schema.Replace("\"format\":\"date\"", "\"pattern\":\"^[0-9]{4}-[0-9]{2}-[0-9]{2}$\"", StringComparison.Ordinal));
        var constraint = Compile(schema);
        int finished = 0;
        for (int seed = 0; seed < 20; seed++)
        {
            if (Sample(constraint, new Random(seed)) is not { } text)
                continue;

            finished++;
            using var document = JsonDocument.Parse(text);
            Assert.True(new NaiveSchema(rules.RootElement).IsValid(document.RootElement), $"Seed {seed}: {text}, beside {valid} and {invalid}");
        }
        Assert.True(finished > 10, $"{finished} finished");
    }

    private static bool Permits(string schema, string document)
    {
        var constraint = Compile(schema);
        var state = constraint.Start;
        foreach (int token in Tokenizer.Encode(document))
        {
            bool isPermitted = constraint.MaskOf(state).Allows(token);
            state = constraint.Next(state, token);
            // The mask and the automaton must say the same.
            Assert.Equal(isPermitted, state != ConstraintState.Dead);
            if (!isPermitted)
                return false;
        }
        return constraint.MaskOf(state).Allows(Tokenizer.EosId);
    }

    private static string? Sample(TokenConstraint constraint, Random random)
    {
        var bytes = new List<byte>();
        for (var state = constraint.Start; bytes.Count < 400;)
        {
            var mask = constraint.MaskOf(state);
            int[] permitted = [.. Enumerable.Range(0, Tokenizer.VocabularySize).Where(mask.Allows)];
            // What ends a word, a string or an object is rare among thousands of pieces.
            int[] ends = random.Next(3) > 0 ? [] : [.. permitted.Where(id => id == Tokenizer.EosId || Tokenizer.BytesOf(id) is [(byte)'"' or (byte)'}' or (byte)'.' or (byte)' ', ..])];
            int[] choices = ends.Length > 0 ? ends : permitted;
            int token = choices[random.Next(choices.Length)];
            if (token == Tokenizer.EosId)
                return Encoding.UTF8.GetString([.. bytes]);

            bytes.AddRange(Tokenizer.BytesOf(token)!);
            state = constraint.Next(state, token);
        }
        return null;
    }

    private static TokenConstraint Compile(string schema) => new ConstraintCompiler(Trie, [Tokenizer.EosId]).Compile(AnswerForm.Schema(schema), ReadForm.OfSchema(schema));
}
