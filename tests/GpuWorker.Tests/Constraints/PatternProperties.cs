using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using FsCheck;
using FsCheck.Fluent;
using Serverless.GpuWorker.Constraints;
using Serverless.GpuWorker.Constraints.Schemas;

namespace Serverless.GpuWorker.Tests.Constraints;

/// <summary>Patterns and lengths, against .NET's regular expressions.</summary>
public sealed class PatternProperties
{
    private static readonly Config Many = Config.QuickThrowOnFailure.WithMaxTest(200);

    [Fact]
    public void Next_RandomPatternsAndTexts_AcceptsWhatMatches() => Prop.ForAll<int>(seed =>
    {
        var random = new Random(seed);
        var (schema, isValid, patterns) = Random(random);
        var start = schema is null ? ConstraintState.Dead : AutomatonWalk.Start(schema);
        for (int i = 0; i < 30; i++)
        {
            // A text of its own, or one that matches but for a character.
            string text = patterns.Text(8);
            if (i % 3 == 0 && schema is not null && AutomatonWalk.Sample(start, random) is { } document)
                text = Changed(JsonSerializer.Deserialize<string>(document)!, patterns.Text(1), random);

            Assert.True(isValid(text) == AutomatonWalk.Accepts(start, Spell(text)), $"{schema?.Text}: {text}");
        }
    }).Check(Many);

    [Fact]
    public void Next_RandomWalks_MatchAndAreSpelledOneWay() => Prop.ForAll<int>(seed =>
    {
        var random = new Random(seed);
        var (schema, isValid, _) = Random(random);
        for (int i = 0; schema is not null && i < 5; i++)
        {
            if (AutomatonWalk.Sample(AutomatonWalk.Start(schema), random) is not { } document)
                continue;

            string text = JsonSerializer.Deserialize<string>(document)!;
            Assert.True(isValid(text), $"{schema.Text}: {document}");
            Assert.Equal(Spell(text), document);
        }
    }).Check(Many);

    /// <summary>One pattern or two, perhaps with lengths; null where no string satisfies them.</summary>
    private static (ReadForm? Schema, Func<string, bool> IsValid, RandomPattern Patterns) Random(Random random)
    {
        var patterns = new RandomPattern(random);
        var rules = new List<Regex>();
        var all = new JsonArray();
        for (int i = random.Next(4) == 0 ? 2 : 1; i > 0; i--)
        {
            var (pattern, oracle) = patterns.Next();
            rules.Add(oracle);
            all.Add(new JsonObject { ["pattern"] = pattern });
        }
        var schema = new JsonObject { ["type"] = "string", ["allOf"] = all };
        int least = 0, most = int.MaxValue;
        if (random.Next(2) == 0)
            schema["minLength"] = least = random.Next(6);
        if (random.Next(2) == 0)
            schema["maxLength"] = most = least + random.Next(6);

        bool IsValid(string text) => rules.TrueForAll(rule => rule.IsMatch(text)) && text.EnumerateRunes().Count() is var length && length >= least && length <= most;
        try
        {
            return (ReadForm.OfSchema(schema.ToJsonString()), IsValid, patterns);
        }
        catch (SchemaException refused) when (refused.Message.Contains("some string", StringComparison.Ordinal))
        {
            return (null, IsValid, patterns);
        }
    }

    private static string Changed(string text, string character, Random random)
    {
        Rune[] runes = [.. text.EnumerateRunes()];
        int at = random.Next(runes.Length + 1), after = Math.Min(runes.Length, at + random.Next(2));
        return string.Concat(runes[..at]) + character + string.Concat(runes[after..]);
    }

    /// <summary>The one spelling: escapes where RFC 8259 asks for one, short where there is a short one.</summary>
    private static string Spell(string text)
    {
        var json = new StringBuilder("\"");
        foreach (char unit in text)
            json.Append(unit switch
            {
                '"' => "\\\"",
                '\\' => "\\\\",
                '\b' => "\\b",
                '\f' => "\\f",
                '\n' => "\\n",
                '\r' => "\\r",
                '\t' => "\\t",
                < ' ' => $"\\u{(int)unit:x4}",
                _ => unit.ToString(),
            });
        return json.Append('"').ToString();
    }
}
