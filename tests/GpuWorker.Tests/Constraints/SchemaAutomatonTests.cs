using System.Text;
using Serverless.GpuWorker.Constraints;
using Serverless.GpuWorker.Constraints.Nodes;
using Serverless.GpuWorker.Constraints.Schemas;

namespace Serverless.GpuWorker.Tests.Constraints;

public sealed class SchemaAutomatonTests
{
    private const string Person = """{"type":"object","properties":{"name":{"type":"string"},"age":{"type":"integer"},"tags":{"type":"array","items":{"type":"string"}}},"required":["name"],"additionalProperties":false}""";
    private const string Labels = """{"type":"array","items":{"enum":["ab","abc",1,12]},"uniqueItems":true,"minItems":2,"maxItems":3}""";
    private const string Either = """{"oneOf":[{"properties":{"a":{"type":"integer"}},"required":["a"]},{"properties":{"b":{"type":"integer"}},"required":["b"]}]}""";
    private const string Overlapping = """{"oneOf":[{"properties":{"a":true},"required":["a"]},{"properties":{"b":true}}]}""";
    private const string OneOrOther = """{"oneOf":[{"properties":{"a":true},"required":["a"],"additionalProperties":true},{"properties":{"b":true},"required":["b"],"additionalProperties":true}]}""";
    private const string Pair = """{"type":"array","prefixItems":[{"type":"string"},{"type":"integer"}],"maxItems":2}""";
    private const string Codes = """{"type":"object","propertyNames":{"pattern":"^[A-Z]{2}$"},"additionalProperties":{"type":"integer"}}""";
    private const string Prefixed = """{"type":"object","properties":{"id":{"type":"null"}},"patternProperties":{"^i_":{"type":"integer"},"^s_":{"type":"string"}},"additionalProperties":false}""";

    [Theory]
    [InlineData(Person, """{"name":"a"}""", true)]
    [InlineData(Person, """{ "name" : "a" }""", false)]
    [InlineData(Person, "\n{\n  \"name\": \"a\",\n  \"age\": -12\n}", true)]
    [InlineData(Person, """{"name":"a","tags":[]}""", true)]
    [InlineData(Person, """{"age":1}""", false)]
    [InlineData(Person, """{"name":"a","name":"b"}""", false)]
    [InlineData(Person, """{"name":"a","age":1.5}""", false)]
    [InlineData(Person, """{"name":"a","other":1}""", false)]
    [InlineData(Person, """{"name":"a",}""", false)]
    [InlineData("""{"type":"object","properties":{"a":{"type":"null"}},"additionalProperties":{"type":"boolean"}}""", """{"a":null,"b":true,"":false}""", true)]
    [InlineData("""{"type":"object","properties":{"a":{"type":"null"}},"additionalProperties":{"type":"boolean"}}""", """{"b":true,"a":true}""", false)]
    [InlineData("""{"type":"object","required":["a"]}""", """{"a":[{"b":1e5}],"c":"\u00e9\n"}""", true)]
    [InlineData("""{"type":"object","required":["a"]}""", """{"c":1}""", false)]
    [InlineData("""{"type":"string"}""", "\"\\ud83c\"", false)]
    [InlineData("""{"type":"string"}""", "\"\t\"", false)]
    [InlineData("""{"type":"string","minLength":2,"maxLength":3}""", "\"é🌱\"", true)]
    [InlineData("""{"type":"string","minLength":2,"maxLength":3}""", "\"é\"", false)]
    [InlineData("""{"type":"string","minLength":2,"maxLength":3}""", "\"\\u00e9\\n\\/\\\\\"", false)]
    [InlineData("""{"type":"number"}""", "-0.5e-10", true)]
    [InlineData("""{"type":"number"}""", "01", false)]
    [InlineData("""{"type":"number"}""", "1.", false)]
    [InlineData("""{"type":"integer"}""", "1234567890123456", false)]
    [InlineData("""{"enum":[1,12,"1"]}""", "12", true)]
    [InlineData("""{"enum":[1,12,"1"]}""", "123", false)]
    [InlineData("""{"type":"array","items":{"type":"integer"},"minItems":1,"maxItems":2}""", "[1, 2]", true)]
    [InlineData("""{"type":"array","items":{"type":"integer"},"minItems":1,"maxItems":2}""", "[]", false)]
    [InlineData("""{"type":"array","items":{"type":"integer"},"minItems":1,"maxItems":2}""", "[1,2,3]", false)]
    [InlineData("""{"type":"array","items":false}""", "[]", true)]
    [InlineData("""{"$ref":"#/$defs/tree","$defs":{"tree":{"type":"object","properties":{"next":{"anyOf":[{"$ref":"#/$defs/tree"},{"type":"null"}]}},"required":["next"]}}}""", """{"next":{"next":{"next":null}}}""", true)]
    [InlineData("""{"type":"array","items":{"type":"integer"},"minItems":1.0,"maxItems":2e0}""", "[1,2]", true)]
    [InlineData("""{"type":"array","uniqueItems":false,"nullable":false,"dependentRequired":{ },"example":[1]}""", "[1,1]", true)]
    [InlineData("""{"enum":["😀\u2028\u007f","\u0001\n"]}""", "\"😀\u2028\u007f\"", true)]
    [InlineData("""{"enum":["😀","\u0001\n"]}""", "\"\\u0001\\n\"", true)]
    [InlineData("""{"enum":[{"é😀":[1.50,{"a":[]},"/<>&'+"]}]}""", """{"é😀":[1.50,{"a":[]},"/<>&'+"]}""", true)]
    [InlineData("""{"properties":{"😀":{"type":"null"}},"required":["😀"]}""", """{"😀":null}""", true)]
    [InlineData(Labels, """["ab",12]""", true)]
    [InlineData(Labels, """[ 1 , 12, "ab" ]""", true)]
    [InlineData(Labels, """[12,1,"abc"]""", true)]
    [InlineData(Labels, """[1]""", false)]
    [InlineData(Labels, """[1,1]""", false)]
    [InlineData(Labels, """["ab",12,"ab"]""", false)]
    [InlineData(Labels, """["ab",12,1,"abc"]""", false)]
    [InlineData(Labels, """["ab",]""", false)]
    [InlineData("""{"type":"array","items":{"$ref":"#/$defs/e"},"uniqueItems":true,"$defs":{"e":{"enum":["a","a",null]}}}""", """["a",null]""", true)]
    [InlineData("""{"type":"array","items":{"$ref":"#/$defs/e"},"uniqueItems":true,"$defs":{"e":{"enum":["a","a",null]}}}""", """["a",null,"a"]""", false)]
    [InlineData("""{"type":"array","items":{"type":"boolean"},"uniqueItems":true}""", """[false,true]""", true)]
    [InlineData("""{"type":"array","items":{"type":"string"},"uniqueItems":true,"maxItems":1}""", """["x"]""", true)]
    [InlineData("""{"anyOf":[{"not":{}},{"type":"boolean"}]}""", "true", true)]
    [InlineData("""{"anyOf":[{"not":{}},{"type":"boolean"}]}""", "1", false)]
    [InlineData("""{"oneOf":[false,{"type":"boolean"},{"type":"null"}]}""", "null", true)]
    [InlineData("""{"type":["boolean","null"],"anyOf":[false,{"type":"boolean"}]}""", "null", false)]
    [InlineData("""{"properties":{"a":{"not":{}},"b":{"type":"null"}}}""", """{"b":null}""", true)]
    [InlineData("""{"properties":{"a":{"not":{}},"b":{"type":"null"}}}""", """{"a":1}""", false)]
    [InlineData("""{"prefixItems":[{"type":"null"},{"not":{}}]}""", "[null]", true)]
    [InlineData("""{"not":false,"type":"null"}""", "null", true)]
    [InlineData(Either, """{"a":1}""", true)]
    [InlineData(Either, """{"b":1}""", true)]
    [InlineData(Either, """{"a":1,"b":1}""", false)]
    [InlineData("""{"properties":{"a":{"$ref":"#yes"}},"$defs":{"x":{"$anchor":"yes","const":true}},"required":["a"]}""", """{"a":true}""", true)]
    [InlineData("""{"properties":{"a":{"$ref":"#yes"}},"$defs":{"x":{"$anchor":"yes","const":true}},"required":["a"]}""", """{"a":false}""", false)]
    [InlineData("""{"items":{"$ref":"#yes"},"definitions":{"x":{"$id":"#yes","const":1}}}""", "[1]", true)]
    [InlineData("""{"items":{"$ref":"#yes"},"definitions":{"x":{"$id":"#yes","const":1}}}""", "[2]", false)]
    [InlineData("""{"$dynamicAnchor":"node","type":"object","properties":{"next":{"$dynamicRef":"#node"}},"additionalProperties":false}""", """{"next":{"next":{}}}""", true)]
    [InlineData("""{"$dynamicAnchor":"node","type":"object","properties":{"next":{"$dynamicRef":"#node"}},"additionalProperties":false}""", """{"next":{"next":1}}""", false)]
    [InlineData("""{"$recursiveAnchor":true,"type":"array","items":{"$recursiveRef":"#"}}""", "[[],[[]]]", true)]
    [InlineData("""{"$recursiveAnchor":true,"type":"array","items":{"$recursiveRef":"#"}}""", "[1]", false)]
    [InlineData("""{"$id":"https://example.org/a.json","items":{"$ref":"https://example.org/a.json#/$defs/x"},"$defs":{"x":{"const":1}}}""", "[1]", true)]
    [InlineData("""{"$id":"https://example.org/a.json","items":{"$ref":"a.json#/$defs/x"},"$defs":{"x":{"const":1}}}""", "[2]", false)]
    [InlineData("""{"items":{"$ref":"b.json"},"$defs":{"b":{"$id":"b.json","const":1}}}""", "[1]", true)]
    [InlineData("""{"$id":"https://example.org/a.json","items":{"$ref":"/b#/properties/c"},"$defs":{"b":{"$id":"https://example.org/b","properties":{"c":{"const":1}}}}}""", "[1]", true)]
    [InlineData("""{"not":{"$dynamicRef":"#one"},"type":"integer","$defs":{"b":{"$dynamicAnchor":"one","const":1}}}""", "1", false)]
    [InlineData("""{"$schema":"https://json-schema.org/draft/2020-12/schema","$id":"https://example.org/a","type":"object","properties":{"a":{"id":"mail","type":"string"},"b":{"$id":"/b","type":"null"}}}""", """{"a":"x","b":null}""", true)]
    [InlineData("""{"$defs":{"u":{"id":"User","properties":{"next":{"$ref":"#/$defs/u"}}}},"$ref":"#/$defs/u"}""", """{"next":{"next":{}}}""", true)]
    [InlineData(Overlapping, """{"a":1}""", false)]
    [InlineData(Overlapping, """{"b":1}""", true)]
    [InlineData(Overlapping, """{"a":1,"b":1}""", false)]
    [InlineData(Overlapping, """{}""", true)]
    [InlineData(OneOrOther, """{"a":1,"c":2}""", true)]
    [InlineData(OneOrOther, """{"b":1,"c":2}""", true)]
    [InlineData(OneOrOther, """{"a":1,"b":2}""", false)]
    [InlineData(OneOrOther, """{"c":1}""", false)]
    [InlineData("""{"type":"string","format":"cuid","pattern":"^[cC][^\\s-]{8,}$"}""", "\"c123456789\"", true)]
    [InlineData("""{"type":"string","format":"cuid","pattern":"^[cC][^\\s-]{8,}$"}""", "\"d123456789\"", false)]
    [InlineData(Pair, """["a",1]""", true)]
    [InlineData(Pair, """["a"]""", true)]
    [InlineData(Pair, """[1,"a"]""", false)]
    [InlineData(Pair, """["a",1,null]""", false)]
    [InlineData("""{"type":"array","prefixItems":[{"type":"string"}],"items":{"type":"integer"}}""", """["a",1,2]""", true)]
    [InlineData("""{"type":"array","prefixItems":[{"type":"string"}],"items":{"type":"integer"}}""", """["a","b"]""", false)]
    [InlineData("""{"type":"array","prefixItems":[{"type":"string"}],"minItems":3}""", """["a",null,1]""", true)]
    [InlineData("""{"type":"array","prefixItems":[{"type":"string"},false]}""", """["a",1]""", false)]
    [InlineData("""{"type":"array","items":[{"type":"string"}],"additionalItems":{"type":"integer"}}""", """["a",1]""", true)]
    [InlineData("""{"type":"array","items":[{"type":"string"}],"additionalItems":false}""", """["a",1]""", false)]
    [InlineData("""{"allOf":[{"prefixItems":[{"minLength":2}]},{"items":{"type":"string","maxLength":3}}]}""", """["ab"]""", true)]
    [InlineData("""{"allOf":[{"prefixItems":[{"minLength":2}]},{"items":{"type":"string","maxLength":3}}]}""", """["a"]""", false)]
    [InlineData("""{"allOf":[{"prefixItems":[{"minLength":2}]},{"items":{"type":"string","maxLength":3}}]}""", """["ab","x"]""", true)]
    [InlineData(Codes, """{"AB":1,"CD":2}""", true)]
    [InlineData(Codes, """{"AB":1,"x":2}""", false)]
    [InlineData(Codes, """{"AB":"1"}""", false)]
    [InlineData(Codes, """{}""", true)]
    [InlineData("""{"propertyNames":{"type":"string"},"additionalProperties":{"type":"string"}}""", """{"any":"thing"}""", true)]
    [InlineData("""{"propertyNames":{"enum":["a","b"]},"additionalProperties":{"type":"integer"},"required":["b"]}""", """{"a":1}""", false)]
    [InlineData("""{"propertyNames":{"enum":["a","b"]},"additionalProperties":{"type":"integer"},"required":["b"]}""", """{"b":2}""", true)]
    [InlineData("""{"propertyNames":{"enum":["a","b"]},"additionalProperties":{"type":"integer"}}""", """{"c":2}""", false)]
    [InlineData("""{"propertyNames":{"maxLength":2},"properties":{"name":{"type":"null"},"x":{"type":"null"}},"additionalProperties":true}""", """{"x":null,"é":1}""", true)]
    [InlineData("""{"propertyNames":{"maxLength":2},"properties":{"name":{"type":"null"},"x":{"type":"null"}},"additionalProperties":true}""", """{"name":null}""", false)]
    [InlineData("""{"propertyNames":{"maxLength":2},"properties":{"x":{"type":"null"}},"additionalProperties":true}""", """{"y":1,"x":null}""", false)]
    [InlineData("""{"propertyNames":false}""", "{}", true)]
    [InlineData("""{"propertyNames":false}""", """{"a":1}""", false)]
    [InlineData(Prefixed, """{"i_a":1,"s_a":"x"}""", true)]
    [InlineData(Prefixed, """{"i_a":"x"}""", false)]
    [InlineData(Prefixed, """{"id":1}""", false)]
    [InlineData(Prefixed, """{"id":null,"i_":2}""", true)]
    [InlineData("""{"patternProperties":{"a":{"minimum":0},"b":{"maximum":9}},"additionalProperties":{"type":"integer"}}""", """{"ab":5,"a":77,"b":-3,"x":99}""", true)]
    [InlineData("""{"patternProperties":{"a":{"minimum":0},"b":{"maximum":9}},"additionalProperties":{"type":"integer"}}""", """{"ab":10}""", false)]
    [InlineData("""{"patternProperties":{"a":{"type":"string"},"b":{"type":"null"}}}""", """{"ab":null}""", false)]
    [InlineData("""{"properties":{"ax":true},"patternProperties":{"^a":{"type":"integer"}},"required":["ax"]}""", """{"ax":1}""", true)]
    [InlineData("""{"properties":{"ax":true},"patternProperties":{"^a":{"type":"integer"}},"required":["ax"]}""", """{"ax":null}""", false)]
    [InlineData("""{"properties":{"x":false},"additionalProperties":true}""", """{"x":1}""", false)]
    [InlineData("""{"properties":{"x":false},"additionalProperties":true}""", """{"xy":1}""", true)]
    [InlineData("true", """[{"a":null}]""", true)]
    public void Next_Text_IsTakenWhereItSatisfiesTheSchema(string schema, string text, bool isComplete) =>
        Assert.Equal(isComplete, new SchemaAutomaton(ReadForm.OfSchema(schema)).Start.Next(Encoding.UTF8.GetBytes(text)).CanEnd);

    [Fact]
    public void Next_InvalidUtf8_IsNotTaken()
    {
        var inside = new SchemaAutomaton(ReadForm.OfSchema("""{"type":"string"}""")).Start.Next("\"a"u8);
        Assert.Equal(ConstraintState.Dead, inside.Next([0xC0, 0x80]));
        Assert.Equal(ConstraintState.Dead, inside.Next([0xED, 0xA0]));
        Assert.Equal(ConstraintState.Dead, inside.Next([0xE2, (byte)'"']));
        Assert.NotEqual(ConstraintState.Dead, inside.Next([0xE2, 0x82, 0xAC]));
    }

    [Fact]
    public void Next_Nesting_EndsAtTheLimit()
    {
        var open = new SchemaAutomaton(ReadForm.OfSchema("""{"type":"array"}""")).Start;
        for (int depth = 0; depth < ConstraintLimits.Depth; depth++)
            open = open.Next("["u8);

        Assert.NotEqual(ConstraintState.Dead, open);
        Assert.Equal(ConstraintState.Dead, open.Next("["u8));
        Assert.True(open.Next(Encoding.UTF8.GetBytes(new string(']', ConstraintLimits.Depth))).CanEnd);
    }

    [Fact]
    public void Next_Whitespace_IsBounded()
    {
        var start = new SchemaAutomaton(ReadForm.OfSchema("""{"type":"array"}""")).Start;
        Assert.NotEqual(ConstraintState.Dead, start.Next(Encoding.UTF8.GetBytes(new string(' ', 16) + "[")));
        Assert.Equal(ConstraintState.Dead, start.Next(Encoding.UTF8.GetBytes(new string(' ', 17))));
        Assert.Equal(ConstraintState.Dead, start.Next("[] "u8));
    }

    [Fact]
    public void Next_ManyReadingsOfOneText_StaysSmall()
    {
        // Each level doubles the readings: alternatives that differ only in what may follow.
        var state = new SchemaAutomaton(ReadForm.OfSchema(
            """{"$defs":{"n":{"anyOf":[{"type":"object","properties":{"a":{"$ref":"#/$defs/n"},"b":{"type":"null"}}},{"type":"object","properties":{"a":{"$ref":"#/$defs/n"},"c":{"type":"null"}}}]}},"$ref":"#/$defs/n"}""")).Start;
        for (int depth = 0; depth < 20; depth++)
            state = state.Next("{\"a\":"u8);

        Assert.InRange(state.Places.Count, 2, ConstraintLimits.Readings);
        Assert.True(state.Next(Encoding.UTF8.GetBytes("{" + new string('}', 21))).CanEnd);
    }

    [Fact]
    public void Next_RecursionThroughHundredsOfAlternatives_MakesFewPlaces()
    {
        // What it costs is bounded by the readings in view, not by what the alternatives multiply to: once 100,000 places for each byte.
        string schema = $$"""{"anyOf":[{{string.Join(",", Enumerable.Range(1, 1500).Select(most => $$"""{"maxItems":{{most}},"items":{"$ref":"#"} }"""))}}]}""";
        var state = new SchemaAutomaton(ReadForm.OfSchema(schema)).Start;
        state.Next("[[[[["u8);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int depth = 0; depth < 30; depth++)
            state = state.Next("["u8);

        Assert.Equal(ConstraintLimits.Readings, state.Places.Count);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 30 * 64 * 512);
    }

    [Fact]
    public void Next_MoreReadingsThanAreKept_KeepsThoseThatTheTextSays()
    {
        // 40 readings of each of two lists: which of them are kept must not hang on which list was met first.
        static string Lists(char name) => string.Join(",", Enumerable.Range(1, 40).Select(i => $$"""{"items":{"const":"{{name}}{{i}}"} }"""));
        var schema = ReadForm.OfSchema($$"""{"anyOf":[{"items":{"anyOf":[{{Lists('x')}}]} },{"items":{"anyOf":[{{Lists('y')}},{"type":"null"}]} }]}""");
        var fresh = new SchemaAutomaton(schema).Start;
        var other = new SchemaAutomaton(schema).Start;
        Assert.NotEqual(ConstraintState.Dead, other.Next("[null,["u8));

        foreach (char name in "xy")
            for (int i = 1; i <= 40; i++)
            {
                byte[] text = Encoding.UTF8.GetBytes($"[[],[\"{name}{i}\"]]");
                Assert.Equal(fresh.Next(text).CanEnd, other.Next(text).CanEnd);
            }
    }

    [Fact]
    public void Next_TextBytesOfOneKind_LeadToOneState()
    {
        var inside = new SchemaAutomaton(ReadForm.OfSchema("""{"anyOf":[{"maxLength":5},{"maxLength":9}]}""")).Start.Next("\"a"u8);
        Assert.Same(inside.Next("b"u8), inside.Next(" "u8));
        Assert.Same(inside.Next([0xC3]), inside.Next([0xDF]));
        Assert.NotSame(inside.Next([0xED]), inside.Next([0xEC]));
        Assert.NotSame(inside.Next("b"u8), inside.Next("\\"u8));
    }

    [Theory]
    [InlineData("""{"type":"string","pattern":7}""", "pattern")]
    [InlineData("""{"$ref":"#none","$defs":{"x":{"$anchor":"other"}}}""", "$ref")]
    [InlineData("""{"$ref":"#two","$defs":{"x":{"$anchor":"two","const":1},"y":{"$anchor":"two","const":2}}}""", "$ref")]
    [InlineData("""{"$ref":"#named","const":{"$anchor":"named"}}""", "$ref")]
    [InlineData("""{"$ref":"https://elsewhere.org/a.json","$id":"https://example.org/a.json"}""", "$ref")]
    [InlineData("""{"$ref":"https://["}""", "$ref")]
    [InlineData("""{"$dynamicRef":5}""", "$ref")]
    [InlineData("""{"properties":{"a":{"$id":"https://example.org/a","$ref":"#/$defs/b"}},"$defs":{"b":{"type":"null"}}}""", "$id")]
    [InlineData("""{"$schema":"http://json-schema.org/draft-04/schema#","properties":{"a":{"id":"a","items":{"$ref":"#"}}}}""", "id is not supported")]
    [InlineData("""{"type":"string","id":7}""", "id is not supported")]
    [InlineData("""{"not":{}}""", "permits no value")]
    [InlineData("""{"anyOf":[false,{"not":true}]}""", "permits no value")]
    [InlineData("""{"not":{"multipleOf":3}}""", "multipleOf within not and if")]
    [InlineData("""{"not":{"prefixItems":[{"type":"null"}]}}""", "prefixItems within not and if")]
    [InlineData("""{"not":7}""", "schema")]
    [InlineData("""{"type":"object","not":{"const":{}}}""", "object in enum or const")]
    [InlineData("""{"type":"null","not":{"const":null}}""", "not must leave")]
    [InlineData("""{"not":{"$ref":"#"}}""", "$ref must not lead back")]
    [InlineData("""{"none of":[1]}""", "is not supported")]
    [InlineData("""{"if":{"format":"date"},"then":{"minLength":3}}""", "format within not and if")]
    [InlineData("""{"dependentRequired":{"a":"b"}}""", "dependentRequired")]
    [InlineData("""{"dependentSchemas":[]}""", "dependentSchemas")]
    [InlineData("""{"type":"array","contains":{"type":"null"},"maxItems":0}""", "minContains")]
    [InlineData("""{"type":"array","contains":{"type":"null"},"maxContains":0}""", "minContains")]
    [InlineData("""{"type":"array","items":{"type":"string"},"contains":{"type":"null"}}""", "type must have one in common")]
    [InlineData("""{"contains":{"type":"null"},"prefixItems":[true]}""", "contains beside prefixItems")]
    [InlineData("""{"allOf":[{"contains":{"type":"null"}},{"contains":{"type":"string"}}]}""", "contains")]
    [InlineData("""{"type":"array","contains":{"type":"null"},"minContains":-1}""", "minContains")]
    [InlineData("""{"type":"object","required":["a"],"properties":{"a":{"not":{}}}}""", "required")]
    [InlineData("""{"type":"object","properties":{"a":{"patternProperties":[]}}}""", "patternProperties")]
    [InlineData("""{"patternProperties":{"a":true,"b":true,"c":true,"d":true,"e":true}}""", "patternProperties")]
    [InlineData("""{"patternProperties":{"(a":true}}""", "pattern")]
    [InlineData("""{"patternProperties":{"^(?!a)":true},"additionalProperties":true}""", "lookahead")]
    [InlineData("""{"propertyNames":{"anyOf":[{"maxLength":2},{"pattern":"a"}]}}""", "propertyNames")]
    [InlineData("""{"propertyNames":{"pattern":"^a"},"required":["b"]}""", "required")]
    [InlineData("""{"propertyNames":7}""", "schema")]
    [InlineData("""{"prefixItems":{}}""", "prefixItems")]
    [InlineData("""{"prefixItems":[true],"items":[true]}""", "prefixItems")]
    [InlineData("""{"prefixItems":[true],"items":false,"minItems":2}""", "minItems")]
    [InlineData("""{"type":"object","minProperties":2}""", "minProperties must be at most one more")]
    [InlineData("""{"type":"object","properties":{"a":true},"minProperties":2}""", "minProperties must be no more than")]
    [InlineData("""{"type":"object","minProperties":2,"maxProperties":1}""", "minProperties")]
    [InlineData("""{"type":"object","required":["a","b"],"maxProperties":1}""", "maxProperties")]
    [InlineData("""{"type":"object","minProperties":"1"}""", "minProperties")]
    [InlineData("""{"type":"array","uniqueItems":true}""", "uniqueItems")]
    [InlineData("""{"type":"array","uniqueItems":true,"items":{"type":"integer","minimum":1}}""", "uniqueItems")]
    [InlineData("""{"type":"array","uniqueItems":1,"items":{"enum":["a"]}}""", "uniqueItems")]
    [InlineData("""{"type":"array","uniqueItems":true,"items":{"enum":["a",1,1.0]},"minItems":3}""", "minItems")]
    [InlineData("""{"type":"text"}""", "type")]
    [InlineData("""{"type":[]}""", "type")]
    [InlineData("""{"enum":[]}""", "enum")]
    [InlineData("""{"enum":["a"],"type":"integer"}""", "enum")]
    [InlineData("""{"anyOf":[]}""", "anyOf")]
    [InlineData("""{"anyOf":{},"type":"object"}""", "anyOf")]
    [InlineData("""{"oneOf":[{"type":"integer"},{"type":"number"}]}""", "oneOf")]
    [InlineData("""{"oneOf":[{"type":"object"},{"type":"object"}]}""", "oneOf")]
    [InlineData("""{"oneOf":[{"type":"object"},{"type":"object","additionalProperties":{"type":"null"}}]}""", "oneOf")]
    [InlineData("""{"oneOf":[{"format":"date"},{"minLength":3}]}""", "oneOf")]
    [InlineData("""{"oneOf":[{"type":"string"},{"type":"string"},{"type":"null"}],"type":"string"}""", "oneOf")]
    [InlineData("""{"$ref":"other.json"}""", "$ref")]
    [InlineData("""{"$ref":"#/$defs/none"}""", "$ref")]
    [InlineData("""{"$ref":"#"}""", "$ref")]
    [InlineData("""{"$defs":{"a":{"anyOf":[{"$ref":"#/$defs/a"},{"type":"null"}]}},"$ref":"#/$defs/a"}""", "$ref")]
    [InlineData("""{"type":"object","properties":{"a":{"$ref":"#"}},"required":["a"]}""", "contains itself")]
    [InlineData("""{"type":"string","minLength":3,"maxLength":2}""", "minLength")]
    [InlineData("""{"type":"string","minLength":-1}""", "minLength")]
    [InlineData("""{"type":"array","minItems":1.5}""", "minItems")]
    [InlineData("""{"type":"object","required":["a"],"properties":{},"additionalProperties":false}""", "required")]
    [InlineData("""{"type":"object","type":"array"}""", "repeated")]
    [InlineData("""{"type":"object","properties":[]}""", "properties")]
    [InlineData("false", "false")]
    [InlineData("7", "schema")]
    [InlineData("{", "JSON")]
    public void Of_UnsupportedOrMalformed_NamesTheKeyword(string schema, string named) =>
        Assert.Contains(named, Assert.Throws<SchemaException>(() => ReadForm.OfSchema(schema)).Message, StringComparison.Ordinal);

    [Fact]
    public void Of_UnknownKeywordWithContent_IsNotQuoted()
    {
        string message = Assert.Throws<SchemaException>(() => ReadForm.OfSchema("""{"my secret markers":1,"additional Proper_ties":"secret"}""")).Message;
        Assert.DoesNotContain("secret", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Of_TooManySubschemas_IsRefused()
    {
        string schema = $$"""{"anyOf":[{{string.Join(",", Enumerable.Repeat("""{"type":"null"}""", 4097))}}]}""";
        Assert.Contains("schema", Assert.Throws<SchemaException>(() => ReadForm.OfSchema(schema)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Of_AlternativesThatDoubleLevelByLevel_StaysSmall()
    {
        var levels = Enumerable.Range(1, 60).Select(level => $$$"""  "u{{{level}}}":{"anyOf":[{"$ref":"#/$defs/u{{{level - 1}}}"},{"$ref":"#/$defs/u{{{level - 1}}}"}]}""");
        string schema = $$$"""{"$ref":"#/$defs/u60","$defs":{"u0":{"type":"string"},{{{string.Join(",", levels)}}} }}""";
        Assert.True(new SchemaAutomaton(ReadForm.OfSchema(schema)).Start.Next("\"a\""u8).CanEnd);
        string exclusive = schema.Replace("\"$ref\":\"#/$defs/u60\"", """ "oneOf":[{"$ref":"#/$defs/u60"},{"type":"null"}] """, StringComparison.Ordinal);
        Assert.True(new SchemaAutomaton(ReadForm.OfSchema(exclusive)).Start.Next("null"u8).CanEnd);
    }

    [Fact]
    public void Of_ReferencesThroughThousands_AreRefused()
    {
        var links = Enumerable.Range(0, 1500).Select(link => $$"""  "a{{link}}":{"$ref":"#/$defs/a{{link + 1}}"}""");
        string schema = $$$"""{"$ref":"#/$defs/a0","$defs":{ {{{string.Join(",", links)}}},"a1500":{"type":"null"} }}""";
        Assert.Contains("$ref", Assert.Throws<SchemaException>(() => ReadForm.OfSchema(schema)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Of_AlternativesTooManyToCompare_AreRefused()
    {
        string schema = $$"""{"oneOf":[{{string.Join(",", Enumerable.Range(0, 1000).Select(value => $$"""{"const":{{value}} }"""))}}]}""";
        Assert.Contains("oneOf", Assert.Throws<SchemaException>(() => ReadForm.OfSchema(schema)).Message, StringComparison.Ordinal);
    }
}
