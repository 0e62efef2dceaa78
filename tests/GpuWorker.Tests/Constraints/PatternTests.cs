using System.Text.Json;
using Serverless.GpuWorker.Constraints;
using Serverless.GpuWorker.Constraints.Schemas;

namespace Serverless.GpuWorker.Tests.Constraints;

public sealed class PatternTests
{
    /// <summary>As zod 4 writes <c>z.email()</c>.</summary>
    private const string ZodEmail = @"^(?!\.)(?!.*\.\.)([A-Za-z0-9_'+\-\.]*)[A-Za-z0-9_+-]@([A-Za-z0-9][A-Za-z0-9\-]*\.)+[A-Za-z]{2,}$";

    [Theory]
    [InlineData("^[A-Z]{3}-\\d{4}$", "\"ABC-0123\"", true)]
    [InlineData("^[A-Z]{3}-\\d{4}$", "\"ABC-012\"", false)]
    [InlineData("b", "\"abc\"", true)]
    [InlineData("^b", "\"abc\"", false)]
    [InlineData("b$", "\"abc\"", false)]
    [InlineData("^$", "\"\"", true)]
    [InlineData("$^", "\"\"", true)]
    [InlineData("$^", "\"a\"", false)]
    [InlineData("(^a|b$)", "\"xb\"", true)]
    [InlineData("(?:^|,)x(?:$|,)", "\"a,x\"", true)]
    [InlineData("(?<year>\\d{2})+?$", "\"1999\"", true)]
    [InlineData("^[\\w-.]+$", "\"a-b.c\"", true)]
    [InlineData("^{.*}$", "\"{a}\"", true)]
    [InlineData("^[^\\d\\s]$", "\"é\"", true)]
    [InlineData("^\\u{1F331}\\ud83c\\udf31$", "\"🌱🌱\"", true)]
    [InlineData("^.$", "\"🌱\"", true)]
    [InlineData("^.$", "\"\\n\"", false)]
    [InlineData("^[^]$", "\"\\n\"", true)]
    [InlineData("^.\"\\\\$", "\"a\\\"\\\\\"", true)]
    [InlineData("^\\x01\\cB\\0$", "\"\\u0001\\u0002\\u0000\"", true)]
    [InlineData("^\\u001f$", "\"\\u001f\"", true)]
    [InlineData("^\\u001f$", "\"\\u001F\"", false)]
    [InlineData("^A$", "\"\\u0041\"", false)]
    [InlineData("^\\/$", "\"/\"", true)]
    [InlineData("^\\/$", "\"\\/\"", false)]
    [InlineData("", "\"anything\"", true)]
    [InlineData("\\bfox\\b", "\"the fox, too\"", true)]
    [InlineData("\\bfox\\b", "\"foxes\"", false)]
    [InlineData("\\bfox\\b", "\"fox\"", true)]
    [InlineData("^\\B.?fox", "\" fox\"", true)]
    [InlineData("^\\B.?fox", "\"fox\"", false)]
    [InlineData("o\\B", "\"fox\"", true)]
    [InlineData("x\\B", "\"fox\"", false)]
    [InlineData("^(\\w+\\b ?){2}$", "\"two words\"", true)]
    [InlineData("^(\\w+\\b ?){2}$", "\"one\"", false)]
    [InlineData("^(?!.*\\bno\\b)[a-z ]+$", "\"not now\"", true)]
    [InlineData("^(?!.*\\bno\\b)[a-z ]+$", "\"oh no\"", false)]
    [InlineData("^\\p{Lu}\\p{Ll}+$", "\"Ärger\"", true)]
    [InlineData("^\\p{Lu}\\p{Ll}+$", "\"ärger\"", false)]
    [InlineData("^[\\p{L}\\p{M}'-]+$", "\"O'Brien-Łukasz\"", true)]
    [InlineData("^[\\p{L}\\p{M}'-]+$", "\"a1\"", false)]
    [InlineData("^\\p{General_Category=Decimal_Number}$", "\"٣\"", true)]
    [InlineData("^\\p{gc=So}$", "\"🌱\"", true)]
    [InlineData("^[^\\P{L}]$", "\"日\"", true)]
    [InlineData("^\\P{Letter}$", "\"日\"", false)]
    [InlineData("^\\p{ASCII}\\p{Any}$", "\"a🌱\"", true)]
    [InlineData("^(?!ab)[a-c]+$", "\"acb\"", true)]
    [InlineData("^(?!ab)[a-c]+$", "\"abc\"", false)]
    [InlineData("^(?!ab$)[a-c]+$", "\"abc\"", true)]
    [InlineData("^(?=.*[A-Z])(?=.*\\d).{6,}$", "\"pa5sWord\"", true)]
    [InlineData("^(?=.*[A-Z])(?=.*\\d).{6,}$", "\"pa5sword\"", false)]
    [InlineData("^(?=a)", "\"abc\"", true)]
    [InlineData("^(?=a)", "\"b\"", false)]
    [InlineData(ZodEmail, "\"ada.lovelace@example.org\"", true)]
    [InlineData(ZodEmail, "\".ada@example.org\"", false)]
    [InlineData(ZodEmail, "\"ada..l@example.org\"", false)]
    [InlineData(ZodEmail, "\"ada@example\"", false)]
    [InlineData("\\A(?P<year>\\d{4})\\Z", "\"1999\"", true)]
    [InlineData("\\A(?P<year>\\d{4})\\Z", "\"19990\"", false)]
    [InlineData("\\A(?P<year>\\d{4})\\Z", "\"x1999\"", false)]
    [InlineData("(a|b\\z)", "\"cb\"", true)]
    [InlineData("^[[:]$", "\":\"", true)]
    [InlineData("^{,}$", "\"{,}\"", true)]
    public void Next_Text_IsTakenWhereItMatchesAndIsSpelledAsItself(string pattern, string text, bool isComplete) =>
        Assert.Equal(isComplete, AutomatonWalk.Accepts(Start(Schema(pattern)), text));

    [Theory]
    [InlineData("(a)\\1", "backreference")]
    [InlineData("(?<n>a)\\k<n>", "backreference")]
    [InlineData("(?=a)", "lookahead")]
    [InlineData("(?!a)", "lookahead")]
    [InlineData("a(?=b)", "lookahead")]
    [InlineData("^a(?!b)", "lookahead")]
    [InlineData("^(?=a(?!b))", "lookahead")]
    [InlineData("(?:^(?!a)b)", "lookahead")]
    [InlineData("^(?!a)b|c", "alternatives")]
    [InlineData("^(?!a)*b", "nothing to repeat")]
    [InlineData("^(?!a", "'('")]
    [InlineData("^(?!)b", "some string")]
    [InlineData("^(?=a)b", "some string")]
    [InlineData("(?<=a)", "lookbehind")]
    [InlineData("(?<!a)", "lookbehind")]
    [InlineData("(?i:a)", "modifier")]
    [InlineData("\\p{Script=Greek}", "general category")]
    [InlineData("\\p{Cs}", "general category")]
    [InlineData("\\p{l}", "general category")]
    [InlineData("\\p", "braces")]
    [InlineData("\\pL", "braces")]
    [InlineData("\\p{L", "braces")]
    [InlineData("\\b+", "quantifier")]
    [InlineData("\\h", "ECMA-262")]
    [InlineData("[\\Z]", "ECMA-262")]
    [InlineData("\\A+", "nothing to repeat")]
    [InlineData("(?P<n>a)(?P=n)", "backreference")]
    [InlineData("(?>a)", "gives nothing back")]
    [InlineData("(?i)a", "modifier")]
    [InlineData("a{,3}", "{0,n}")]
    [InlineData("[[:alpha:]]", "[:alpha:]")]
    [InlineData("[^a[:^digit:]]", "[:alpha:]")]
    [InlineData("(a", "'('")]
    [InlineData("a)", "')'")]
    [InlineData("[a", "'['")]
    [InlineData("[b-a]", "falling")]
    [InlineData("a{2,1}", "falling")]
    [InlineData("*a", "nothing to repeat")]
    [InlineData("a**", "nothing to repeat")]
    [InlineData("a{1}{2}", "nothing to repeat")]
    [InlineData("a\\", "backslash")]
    [InlineData("\\ud83c", "no character")]
    [InlineData("\\x1", "digits")]
    [InlineData("[]", "some string")]
    [InlineData("a^b", "some string")]
    public void Read_UnsupportedOrMalformed_NamesItAndWhereItIs(string pattern, string named)
    {
        string schema = $$"""{"type":"object","properties":{"code":{{Schema(pattern)}} } }""";
        string message = Assert.Throws<SchemaException>(() => ReadForm.OfSchema(schema)).Message;
        Assert.Contains("pattern", message, StringComparison.Ordinal);
        Assert.Contains(named, message, StringComparison.Ordinal);
        Assert.EndsWith("(at #/properties/code)", message, StringComparison.Ordinal);
    }

    /// <summary>Each would take exponential time, or memory by the gigabyte, where nothing bounds it.</summary>
    [Theory]
    [InlineData("(a{1,1000}){1,1000}", "16384 parts")]
    [InlineData("((((a{9}){99}){99}){99}){999999}", "16384 parts")]
    [InlineData("a{1000000}", "16384 parts")]
    [InlineData("^(a|b)*a(a|b){30}$", "4096 states")]
    [InlineData("a.{12}b", "4096 states")]
    [InlineData("^.{5000}$", "4096 states")]
    [InlineData("^(a?){4000}$", "steps")]
    public void Read_HostilePattern_IsRefusedWithTheLimit(string pattern, string limit)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        string message = Assert.Throws<SchemaException>(() => ReadForm.OfSchema(Schema(pattern))).Message;
        Assert.Contains(limit, message, StringComparison.Ordinal);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 64 * 1024 * 1024);
    }

    [Fact]
    public void Read_ManyPatternsOfSomeSizeEach_AreRefusedTogether()
    {
        string properties = string.Join(',', Enumerable.Range(0, 500).Select(i => $$"""  "p{{i}}":{{Schema($"^[a-z]{{1,{i + 200}}}$")}}"""));
        long before = GC.GetAllocatedBytesForCurrentThread();
        string message = Assert.Throws<SchemaException>(() => ReadForm.OfSchema($$"""{"properties":{ {{properties}} } }""")).Message;
        Assert.Contains("than one schema may", message, StringComparison.Ordinal);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 64 * 1024 * 1024);
    }

    [Theory]
    [InlineData(2049, 0, "2048 characters")]
    [InlineData(0, 65, "64 groups")]
    public void Read_LongOrDeepPattern_IsRefused(int characters, int groups, string limit)
    {
        string pattern = new string('a', characters) + new string('(', groups) + "a" + new string(')', groups);
        Assert.Contains(limit, Assert.Throws<SchemaException>(() => ReadForm.OfSchema(Schema(pattern))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_MoreKindsOfCharactersThanAre_IsRefused()
    {
        string pattern = string.Join('|', Enumerable.Range(0, 300).Select(i => (char)(0x4E00 + 2 * i)));
        Assert.Contains("256 kinds", Assert.Throws<SchemaException>(() => ReadForm.OfSchema(Schema(pattern))).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("^(aa)*$", 3, 3)]
    [InlineData("^a{2}$", 3, 9)]
    [InlineData("^a{4,}$", 0, 3)]
    [InlineData("^(a{7}|a{11})*$", 8, 10)]
    public void Read_LengthsThatNoMatchHas_AreRefused(string pattern, int least, int most)
    {
        string message = Assert.Throws<SchemaException>(() => ReadForm.OfSchema(Schema(pattern, $""","minLength":{least},"maxLength":{most}"""))).Message;
        Assert.Contains("minLength and maxLength", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Next_LengthBetweenWhatRepetitionsAllow_IsNeverBegunInVain()
    {
        var start = Start(Schema("^(a{7}|b{11})*$", ""","minLength":15,"maxLength":18"""));
        Assert.NotEqual(ConstraintState.Dead, start.Next("\"aaaaaaab"u8));
        Assert.Equal(ConstraintState.Dead, start.Next("\"aaaaaaaa"u8));
        Assert.True(AutomatonWalk.Accepts(start, "\"aaaaaaabbbbbbbbbbb\""));
    }

    [Fact]
    public void Next_PatternsInTwoAlternatives_KeepsBothInView()
    {
        var start = Start($$"""{"anyOf":[{{Schema("^a+b$")}},{{Schema("^a+c$")}},{"type":"integer"}]}""");
        Assert.True(AutomatonWalk.Accepts(start, "\"aaab\""));
        Assert.True(AutomatonWalk.Accepts(start, "\"aaac\""));
        Assert.False(AutomatonWalk.Accepts(start, "\"aaa\""));
        Assert.True(AutomatonWalk.Accepts(start, "12"));
    }

    [Fact]
    public void Next_ObjectsThatBeginWithTheSamePattern_AreAllKeptInView()
    {
        var start = Start($$"""{"anyOf":[{{string.Join(',', Enumerable.Range(0, 10).Select(i => $$"""{"properties":{"id":{"format":"uuid"},"kind":{"const":"k{{i}}"} },"required":["id","kind"]}"""))}}]}""");
        for (int i = 0; i < 10; i++)
            Assert.True(AutomatonWalk.Accepts(start, $$"""{"id":"123e4567-e89b-12d3-a456-426614174000","kind":"k{{i}}"}"""));
    }

    [Fact]
    public void Next_MorePatternsThanAreKeptInView_KeepsTheFirst()
    {
        var start = Start($$"""{"anyOf":[{{string.Join(',', Enumerable.Range(0, 20).Select(i => $$"""{"items":{{Schema($"^.*{(char)('a' + i)}.{{5}}$")}} }"""))}}]}""");
        Assert.InRange(start.Next("[\"some text"u8).Places.Count, 1, ConstraintLimits.ReadingsWithPatterns);
        Assert.True(AutomatonWalk.Accepts(start, "[\"xxa12345\"]"));
        Assert.True(AutomatonWalk.Accepts(start, "[]"));
    }

    [Fact]
    public void Read_AlternativesWithManyLargePatterns_AreRefused()
    {
        string alternatives = string.Join(',', Enumerable.Range(0, 20).Select(i => Schema($"^.*{(char)('a' + i)}.{{5}}$")));
        Assert.Contains("anyOf", Assert.Throws<SchemaException>(() => ReadForm.OfSchema($$"""{"anyOf":[{{alternatives}}]}""")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Next_PatternsInOneOf_AreNotTakenForDisjoint()
    {
        var start = Start($$"""{"oneOf":[{{Schema("a")}},{"type":"string","minLength":2}]}""");
        Assert.True(AutomatonWalk.Accepts(start, "\"a\""));
        Assert.True(AutomatonWalk.Accepts(start, "\"bb\""));
        Assert.False(AutomatonWalk.Accepts(start, "\"ba\""));
        Assert.False(AutomatonWalk.Accepts(start, "\"b\""));
    }

    private static string Schema(string pattern, string more = "") => $$"""{"type":"string","pattern":{{JsonSerializer.Serialize(pattern)}}{{more}}}""";

    private static ConstraintState Start(string schema) => AutomatonWalk.Start(ReadForm.OfSchema(schema));
}
