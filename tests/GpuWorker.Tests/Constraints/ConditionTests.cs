using System.Text.Json;
using Serverless.GpuWorker.Constraints;
using Serverless.GpuWorker.Constraints.Schemas;

namespace Serverless.GpuWorker.Tests.Constraints;

/// <summary>Conditions, dependencies, negations and counts: what is written satisfies them, and all that satisfies them can be written.</summary>
public sealed class ConditionTests
{
    // Of each schema all documents of these are tried: {} to {"a":..,"b":..,"c":..}, and arrays of up to four items.
    private static readonly string[] Values = ["1", "2", "5", "\"x\"", "\"y\"", "null", "true"];

    public static TheoryData<string> Objects =>
    [
        """{"type":"object","properties":{"a":true,"b":true,"c":true},"minProperties":1}""",
        """{"type":"object","properties":{"a":true,"b":true,"c":true},"minProperties":2,"maxProperties":2}""",
        """{"type":"object","properties":{"a":true,"b":true,"c":true},"required":["b"],"maxProperties":2}""",
        """{"type":"object","properties":{"a":true,"b":true,"c":true},"required":["c"],"minProperties":2}""",
        """{"type":"object","properties":{"a":true,"b":true,"c":true},"maxProperties":0}""",
        """{"type":"object","properties":{"a":true,"b":true,"c":true},"dependentRequired":{"a":["b"],"c":["a","b"]}}""",
        """{"type":"object","properties":{"a":true,"b":true,"c":true},"dependencies":{"a":["c"],"b":{"properties":{"c":{"type":"integer"}}}}}""",
        """{"type":"object","properties":{"a":true,"b":true,"c":true},"dependentSchemas":{"a":{"properties":{"b":{"type":"string"}},"required":["c"]}}}""",
        """{"type":"object","properties":{"a":true,"b":true,"c":true},"dependentSchemas":{"a":false,"b":true}}""",
        """{"type":"object","properties":{"a":{"enum":[1,2]},"b":true,"c":true},"required":["a"],"if":{"properties":{"a":{"const":1}}},"then":{"required":["b"]},"else":{"properties":{"c":{"type":"string"}}}}""",
        """{"type":"object","properties":{"a":true,"b":true,"c":true},"if":{"properties":{"a":{"const":1}},"required":["a"]},"then":{"required":["b"]},"else":{"required":["c"]}}""",
        """{"type":"object","properties":{"a":true,"b":true,"c":true},"if":{"properties":{"a":{"const":1}}},"then":{"required":["b"]}}""",
        """{"type":"object","properties":{"a":true,"b":true,"c":true},"if":{"required":["a","b"]},"then":{"required":["c"]},"else":{"properties":{"c":false}}}""",
        """{"type":"object","properties":{"a":true,"b":true,"c":true},"if":{"properties":{"a":{"type":"string"},"b":{"type":"number","minimum":2}},"required":["a"]},"then":{"required":["c"]},"else":{"maxProperties":1}}""",
        """{"type":"object","properties":{"a":{"enum":["x","y",null]},"b":true,"c":true},"allOf":[{"if":{"properties":{"a":{"const":"x"}},"required":["a"]},"then":{"required":["b"]}},{"if":{"properties":{"a":{"const":"y"}},"required":["a"]},"then":{"required":["c"]}}]}""",
        """{"type":"object","properties":{"a":true,"b":true,"c":true},"if":false,"then":{"required":["a"]},"else":{"required":["b"]}}""",
        """{"type":"object","properties":{"a":true,"b":true,"c":true},"then":{"required":["a"]},"else":false}""",
        """{"type":"object","properties":{"a":true,"b":true,"c":true},"not":{"required":["a","b"]}}""",
        """{"type":"object","properties":{"a":true,"b":true,"c":true},"not":{"anyOf":[{"required":["a"]},{"properties":{"b":{"enum":[1,"x",null]}},"required":["b"]}]}}""",
        """{"type":"object","properties":{"a":{"not":{"type":["null","boolean"]}},"b":{"not":{"const":"x"}},"c":{"not":{"enum":[1,2,true]}}}}""",
        """{"type":"object","properties":{"a":{"type":"integer","not":{"minimum":2}},"b":{"type":"string","not":{"pattern":"^x"}},"c":{"not":{"not":{"type":"string"}}}}}""",
        """{"type":"object","properties":{"a":{"enum":[1,2,"x","y",null],"not":{"enum":["x",2]}},"b":{"type":["boolean","null"],"not":{"const":null}},"c":true},"not":{"properties":{"a":true}, "minProperties":2}}""",
        """{"type":"object","properties":{"a":{"not":{"allOf":[{"type":"integer"},{"minimum":2}]}},"b":{"$ref":"#/$defs/none"},"c":true},"$defs":{"none":{"not":{"$ref":"#/$defs/text"}},"text":{"type":"string"}}}""",
        """{"type":"object","properties":{"a":true},"allOf":[{"properties":{"b":true}}],"unevaluatedProperties":false}""",
        """{"type":"object","allOf":[{"properties":{"a":true},"unevaluatedProperties":false},{"properties":{"b":true}}]}""",
        """{"type":"object","properties":{"a":true},"anyOf":[{"properties":{"a":{"const":1},"b":true},"required":["a"]},{"properties":{"a":{"const":2},"c":{"type":"string"}},"required":["a"]}],"unevaluatedProperties":false}""",
        """{"type":"object","properties":{"a":true},"if":{"properties":{"b":{"const":1}},"required":["b"]},"then":{"properties":{"c":true}},"unevaluatedProperties":false}""",
        """{"type":"object","properties":{"a":true},"allOf":[{"additionalProperties":{"type":"integer"}}],"unevaluatedProperties":false}""",
        """{"type":"object","properties":{"a":true},"patternProperties":{"^b$":{"type":"string"}},"unevaluatedProperties":{"type":"integer"}}""",
        """{"$ref":"#/$defs/base","properties":{"a":true},"unevaluatedProperties":false,"$defs":{"base":{"type":"object","properties":{"c":true},"required":["c"]}}}""",
        """{"type":"object","not":{"not":{"properties":{"a":true}}},"properties":{"b":true},"unevaluatedProperties":false}""",
    ];

    // Alternatives that overlap, which no constant tells apart.
    public static TheoryData<string> OneOf =>
    [
        """{"type":"object","properties":{"a":true,"b":true,"c":true},"oneOf":[{"required":["a"]},{"required":["b"]},{"required":["c"]}]}""",
        """{"type":"object","properties":{"a":true,"b":true,"c":true},"oneOf":[{"required":["a"]},{"properties":{"b":{"type":"string"}}}]}""",
        """{"type":"object","properties":{"a":{"oneOf":[{"type":"integer","minimum":2},{"type":"integer","maximum":2}]},"b":{"oneOf":[{"type":"string"},{"enum":["x",1]}]},"c":true}}""",
        """{"type":"object","properties":{"a":{"oneOf":[{"type":"string","pattern":"x"},{"type":"string","pattern":"y"},{"type":"string","maxLength":1}]},"b":true,"c":true}}""",
        """{"type":"object","properties":{"a":true,"b":true,"c":true},"oneOf":[{"$ref":"#/$defs/one"},{"$ref":"#/$defs/two"}],"$defs":{"one":{"required":["a"]},"two":{"required":["a","b"]}}}""",
        """{"type":"object","properties":{"a":true,"b":true,"c":true},"not":{"oneOf":[{"required":["a"]},{"required":["b"]},{"required":["c"]}]}}""",
        """{"type":"object","properties":{"a":true,"b":true},"oneOf":[{"properties":{"a":{"const":1}}},{"properties":{"b":{"const":1}}}],"unevaluatedProperties":false}""",
    ];

    public static TheoryData<string> Arrays =>
    [
        """{"type":"array","items":{"enum":[1,2,"x"]},"contains":{"const":1}}""",
        """{"type":"array","contains":{"type":"string"},"maxItems":3}""",
        """{"type":"array","contains":{"type":"string"},"minContains":2}""",
        """{"type":"array","contains":{"type":"integer"},"minContains":1,"maxContains":2,"minItems":3}""",
        """{"type":"array","contains":{"type":"integer"},"minContains":0,"maxContains":1}""",
        """{"type":"array","items":{"type":"integer"},"contains":{"minimum":2},"maxContains":2,"minItems":2}""",
        """{"type":"array","items":{"type":"integer"},"contains":{"type":"integer"},"maxContains":2}""",
        """{"type":"array","items":{"type":"integer"},"contains":{"type":"string"},"minContains":0,"maxContains":2}""",
        """{"type":"array","not":{"contains":{"const":1}}}""",
        """{"type":"array","not":{"items":{"type":"integer"}}}""",
        """{"type":"array","if":{"minItems":2},"then":{"items":{"type":"integer"}},"else":{"items":{"type":"string"}}}""",
        """{"type":"array","prefixItems":[{"type":"integer"}],"allOf":[{"prefixItems":[true,{"type":"string"}]}],"unevaluatedItems":false}""",
        """{"type":"array","prefixItems":[{"type":"integer"}],"unevaluatedItems":{"type":"string"},"minItems":3}""",
        """{"type":"array","unevaluatedItems":false}""",
    ];

    [Theory]
    [MemberData(nameof(Objects))]
    [MemberData(nameof(OneOf))]
    public void Next_EveryObject_IsTakenWhereItSatisfiesTheSchema(string schema) => AssertTaken(schema, Documents(['{', '}'], ["\"a\":", "\"b\":", "\"c\":"]));

    [Theory]
    [MemberData(nameof(Arrays))]
    public void Next_EveryArray_IsTakenWhereItSatisfiesTheSchema(string schema) =>
        AssertTaken(schema, Enumerable.Range(0, 5).SelectMany(length => Documents(['[', ']'], [.. Enumerable.Repeat("", length)]).Where(text => text.Count(c => c == ',') == Math.Max(0, length - 1) && (length == 0) == (text == "[]"))));

    [Theory]
    [MemberData(nameof(Objects))]
    [MemberData(nameof(OneOf))]
    [MemberData(nameof(Arrays))]
    public void Next_RandomWalks_SatisfyTheSchema(string schema)
    {
        using var rules = JsonDocument.Parse(schema);
        var naive = new NaiveSchema(rules.RootElement);
        var start = AutomatonWalk.Start(ReadForm.OfSchema(schema));
        for (int seed = 0; seed < 200; seed++)
        {
            if (AutomatonWalk.Sample(start, new Random(seed)) is not { } text)
                continue;

            using var document = JsonDocument.Parse(text);
            Assert.True(naive.IsValid(document.RootElement), text);
        }
    }

    [Theory]
    [InlineData("""{"type":"object","additionalProperties":{"type":"integer"},"minProperties":1}""", """{"k":1}""", true)]
    [InlineData("""{"type":"object","additionalProperties":{"type":"integer"},"minProperties":1}""", "{}", false)]
    [InlineData("""{"type":"object","additionalProperties":{"type":"integer"},"minProperties":1}""", """{"k":1,"l":2,"m":3}""", true)]
    [InlineData("""{"type":"object","additionalProperties":{"type":"integer"},"maxProperties":2}""", """{"k":1,"l":2}""", true)]
    [InlineData("""{"type":"object","additionalProperties":{"type":"integer"},"maxProperties":2}""", """{"k":1,"l":2,"m":3}""", false)]
    [InlineData("""{"type":"object","properties":{"a":true},"additionalProperties":true,"minProperties":2}""", """{"a":1,"b":2}""", true)]
    // Both might be one property.
    [InlineData("""{"type":"object","properties":{"a":true},"additionalProperties":true,"minProperties":2}""", """{"b":1,"b":2}""", false)]
    [InlineData("""{"type":"object","patternProperties":{"^x":{"type":"null"}},"additionalProperties":false,"minProperties":1,"maxProperties":1}""", """{"xy":null}""", true)]
    [InlineData("""{"type":"object","patternProperties":{"^x":{"type":"null"}},"additionalProperties":false,"minProperties":1,"maxProperties":1}""", """{"x":null,"xy":null}""", false)]
    [InlineData("""{"type":"object","dependentRequired":{"a":["b"]}}""", """{"c":1,"d":2}""", true)]
    [InlineData("""{"not":{"required":["a"]}}""", """{"b":1}""", true)]
    [InlineData("""{"type":"object","propertyNames":{"not":{"enum":["id","a"]}},"additionalProperties":true}""", """{"b":1,"ide":2}""", true)]
    [InlineData("""{"type":"object","propertyNames":{"not":{"enum":["id","a"]}},"additionalProperties":true}""", """{"id":1}""", false)]
    [InlineData("""{"if":true,"then":{"const":"x"},"else":{"const":1}}""", "\"x\"", true)]
    [InlineData("""{"if":true,"then":{"const":"x"},"else":{"const":1}}""", "1", false)]
    [InlineData("""{"if":{"type":"string"},"then":false}""", "1", true)]
    [InlineData("""{"if":{"type":"string"},"then":false}""", "\"x\"", false)]
    [InlineData("""{"if":{"type":"integer"},"else":false}""", "1", true)]
    public void Next_Text_IsTakenWhereItSatisfiesTheSchema(string schema, string text, bool isTaken) =>
        Assert.Equal(isTaken, AutomatonWalk.Accepts(AutomatonWalk.Start(ReadForm.OfSchema(schema)), text));

    [Fact]
    public void Next_ManyConditionsOnOneProperty_DoNotMultiply()
    {
        string[] kinds = [.. Enumerable.Range(0, 12).Select(i => $"k{i}")];
        string conditions = string.Join(',', kinds.Select(kind => $$$"""{"if":{"properties":{"kind":{"const":"{{{kind}}}"}},"required":["kind"]},"then":{"required":["of_{{{kind}}}"]}}"""));
        string properties = string.Join(',', kinds.Select(kind => $$"""  "of_{{kind}}":{"type":"null"}"""));
        string schema = $$$"""{"type":"object","properties":{"kind":{"type":"string"},{{{properties}}}},"required":["kind"],"allOf":[{{{conditions}}}]}""";
        var start = AutomatonWalk.Start(ReadForm.OfSchema(schema));
        foreach (string kind in kinds)
        {
            Assert.True(AutomatonWalk.Accepts(start, $$"""{"kind":"{{kind}}","of_{{kind}}":null}"""));
            Assert.False(AutomatonWalk.Accepts(start, $$"""{"kind":"{{kind}}"}"""));
        }
        Assert.True(AutomatonWalk.Accepts(start, """{"kind":"other"}"""));
    }

    [Fact]
    public void Next_CountsAtTheDeepestLevel_CanStillBeHad()
    {
        // Within the depth that is left only one of the two properties fits: it must not be passed over.
        var state = AutomatonWalk.Start(ReadForm.OfSchema("""{"type":"object","properties":{"flat":{"type":"null"},"deep":{"$ref":"#"}},"minProperties":1}"""));
        for (int depth = 1; depth < ConstraintLimits.Depth; depth++)
            state = state.Next("{\"deep\":"u8);

        Assert.Equal(ConstraintState.Dead, state.Next("{}"u8));
        Assert.Equal(ConstraintState.Dead, state.Next("{\"deep"u8));
        Assert.NotEqual(ConstraintState.Dead, state.Next("{\"flat\":null}"u8));
    }

    [Theory]
    [InlineData("""{"not":{"anyOf":[#,#,#,#,#,#]}}""", 4)]
    [InlineData("""{"dependentSchemas":{"a":#,"b":#,"c":#}}""", 5)]
    public void Read_ConditionsThatMultiply_AreRefusedBeforeTheyGrow(string level, int levels)
    {
        string schema = Enumerable.Range(0, levels).Aggregate("""{"required":["z"]}""", (inner, _) => level.Replace("#", inner, StringComparison.Ordinal));
        Assert.Throws<SchemaException>(() => ReadForm.OfSchema(schema));
    }

    private static void AssertTaken(string schema, IEnumerable<string> documents)
    {
        using var rules = JsonDocument.Parse(schema);
        var naive = new NaiveSchema(rules.RootElement);
        var start = AutomatonWalk.Start(ReadForm.OfSchema(schema));
        foreach (string text in documents)
        {
            using var document = JsonDocument.Parse(text);
            Assert.True(naive.IsValid(document.RootElement) == AutomatonWalk.Accepts(start, text), text);
        }
    }

    /// <summary>All that have some of the members, in their order, with every value.</summary>
    private static IEnumerable<string> Documents(char[] brackets, string[] names) =>
        names.Aggregate<string, IEnumerable<string>>([""], (all, name) => all.SelectMany(before => Values.Select(value => $"{before}{(before.Length == 0 ? "" : ",")}{name}{value}").Prepend(before)))
            .Distinct().Select(members => $"{brackets[0]}{members}{brackets[1]}");
}
