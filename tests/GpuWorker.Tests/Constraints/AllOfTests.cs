using Serverless.GpuWorker.Constraints;
using Serverless.GpuWorker.Constraints.Schemas;

namespace Serverless.GpuWorker.Tests.Constraints;

public sealed class AllOfTests
{
    private const string Optional = """{"allOf":[{"properties":{"a":{"type":"string"},"b":{"type":"null"}},"additionalProperties":true},{"properties":{"a":{"type":"integer"}}}]}""";

    private const string Pydantic = """
        {"$defs":{"Color":{"enum":["red","green"],"title":"Color"},"Base":{"type":"object","properties":{"id":{"type":"integer","minimum":1}},"required":["id"]}},
         "allOf":[{"$ref":"#/$defs/Base"},{"type":"object","properties":{"color":{"allOf":[{"$ref":"#/$defs/Color"}],"default":"red","description":"its color"},"id":{"maximum":9}},"required":["color"]}]}
        """;

    [Theory]
    [InlineData(Pydantic, """{"id":9,"color":"red"}""", true)]
    [InlineData(Pydantic, """{"id":10,"color":"red"}""", false)]
    [InlineData(Pydantic, """{"id":0,"color":"red"}""", false)]
    [InlineData(Pydantic, """{"id":9}""", false)]
    [InlineData(Pydantic, """{"id":9,"color":"blue"}""", false)]
    [InlineData("""{"$ref":"#/$defs/s","maxLength":2,"$defs":{"s":{"type":"string","minLength":1,"pattern":"^a*$"}}}""", "\"aa\"", true)]
    [InlineData("""{"$ref":"#/$defs/s","maxLength":2,"$defs":{"s":{"type":"string","minLength":1,"pattern":"^a*$"}}}""", "\"aaa\"", false)]
    [InlineData("""{"allOf":[{"type":["number","string"]},{"type":["integer","null"]}]}""", "12", true)]
    [InlineData("""{"allOf":[{"type":["number","string"]},{"type":["integer","null"]}]}""", "1.5", false)]
    [InlineData("""{"allOf":[{"enum":[1,"a",2.0]},{"enum":["a",2,null]},{"type":"number"}]}""", "2.0", true)]
    [InlineData("""{"allOf":[{"enum":[1,"a",2.0]},{"enum":["a",2,null]},{"type":"number"}]}""", "\"a\"", false)]
    [InlineData("""{"allOf":[{"enum":[1,2]},{"const":2}]}""", "2", true)]
    [InlineData("""{"allOf":[{"enum":[1,2]},{"const":2}]}""", "1", false)]
    [InlineData("""{"allOf":[{"properties":{"a":{"type":"null"}},"additionalProperties":{"type":"integer"}},{"properties":{"b":{"minimum":5}}}]}""", """{"a":null,"b":5,"c":0}""", true)]
    [InlineData("""{"allOf":[{"properties":{"a":{"type":"null"}},"additionalProperties":{"type":"integer"}},{"properties":{"b":{"minimum":5}}}]}""", """{"b":5.5}""", false)]
    [InlineData("""{"allOf":[{"properties":{"a":true},"additionalProperties":false},{"properties":{"b":true}}]}""", """{"b":1}""", false)]
    [InlineData("""{"allOf":[{"properties":{"a":true},"additionalProperties":false},{"properties":{"b":true}}]}""", """{"a":1}""", true)]
    [InlineData("""{"allOf":[{"required":["a"]},{"required":["b"]}]}""", """{"a":1,"b":2}""", true)]
    [InlineData("""{"allOf":[{"required":["a"]},{"required":["b"]}]}""", """{"a":1}""", false)]
    [InlineData("""{"allOf":[{"items":{"minimum":3},"maxItems":2},{"items":{"type":"integer"},"maxItems":5,"minItems":1}]}""", "[3,4]", true)]
    [InlineData("""{"allOf":[{"items":{"minimum":3},"maxItems":2},{"items":{"type":"integer"},"maxItems":5,"minItems":1}]}""", "[3.5]", false)]
    [InlineData("""{"allOf":[{"items":{"minimum":3},"maxItems":2},{"items":{"type":"integer"},"maxItems":5,"minItems":1}]}""", "[3,4,5]", false)]
    [InlineData("""{"type":"integer","allOf":[{"multipleOf":4},{"multipleOf":6},{"exclusiveMinimum":12},{"minimum":0}]}""", "24", true)]
    [InlineData("""{"type":"integer","allOf":[{"multipleOf":4},{"multipleOf":6},{"exclusiveMinimum":12},{"minimum":0}]}""", "12", false)]
    [InlineData("""{"enum":["a","bb","ccc",1,null],"minLength":2,"maxLength":2}""", "\"bb\"", true)]
    [InlineData("""{"enum":["a","bb","ccc",1,null],"minLength":2,"maxLength":2}""", "\"a\"", false)]
    [InlineData("""{"enum":["a","bb","ccc",1,null],"minLength":2,"maxLength":2}""", "1", true)]
    [InlineData("""{"enum":["a","bb","ccc",1,null],"minLength":2,"maxLength":2}""", "null", true)]
    [InlineData("""{"allOf":[{"enum":["ab","cd"]},{"pattern":"^a"},{"format":"hostname"}]}""", "\"ab\"", true)]
    [InlineData("""{"allOf":[{"enum":["ab","cd"]},{"pattern":"^a"},{"format":"hostname"}]}""", "\"cd\"", false)]
    [InlineData("""{"enum":[1,2.5,10,15.0],"exclusiveMinimum":1,"multipleOf":5}""", "10", true)]
    [InlineData("""{"enum":[1,2.5,10,15.0],"exclusiveMinimum":1,"multipleOf":5}""", "15.0", true)]
    [InlineData("""{"enum":[1,2.5,10,15.0],"exclusiveMinimum":1,"multipleOf":5}""", "1", false)]
    [InlineData("""{"enum":[1,2.5,10,15.0],"exclusiveMinimum":1,"multipleOf":5}""", "2.5", false)]
    [InlineData("""{"enum":["a"],"properties":{}}""", "\"a\"", true)]
    [InlineData(Optional, """{"b":null,"c":1}""", true)]
    [InlineData(Optional, """{"a":1}""", false)]
    [InlineData(Optional, """{"a":"1"}""", false)]
    [InlineData(Optional, """{"ab":"1"}""", true)]
    [InlineData("""{"allOf":[true,{"description":"all"},{}]}""", "[1,{}]", true)]
    [InlineData("""{"allOf":[{"anyOf":[{"type":"null"},{"type":"boolean"}]}],"title":"either"}""", "null", true)]
    public void Next_Text_IsTakenWhereItSatisfiesAll(string schema, string text, bool isComplete) =>
        Assert.Equal(isComplete, AutomatonWalk.Accepts(AutomatonWalk.Start(ReadForm.OfSchema(schema)), text));

    [Theory]
    [InlineData("""{"type":"string"},{"type":"integer"}""", "type must have one in common", "#/items")]
    [InlineData("""{"enum":[1]},{"enum":[2]}""", "enum and const", "#/items")]
    [InlineData("""{"enum":[[]]},{"minItems":1}""", "minItems beside enum", "#/items")]
    [InlineData("""{"enum":[1]},{"minimum":2}""", "enum and const", "#/items")]
    [InlineData("""{"enum":["a"]},{"pattern":"b"}""", "enum and const", "#/items")]
    [InlineData("""{"const":"a"},{"pattern":"("}""", "pattern is malformed", "#/items")]
    [InlineData("""{"minLength":3},{"maxLength":2}""", "minLength must not exceed", "#/items")]
    [InlineData("""{"minimum":3,"type":"integer"},{"maximum":2}""", "some number", "#/items")]
    [InlineData("""{"properties":{"a":true},"additionalProperties":false},{"required":["b"]}""", "required", "#/items")]
    [InlineData("""{"properties":{"a":{"type":"string"}}},{"properties":{"a":{"type":"integer"}},"required":["a"]}""", "type must have one in common", "#/items/allOf/0/properties/a")]
    [InlineData("""{"not":{"format":"date"}}""", "format within not and if is not supported", "#/items")]
    [InlineData("""{"items":{"properties":{"my secret":{"pattern":"(?=a)"}}}}""", "lookahead", "#/items/allOf/0/items/properties/*")]
    [InlineData("""{"$ref":"#/items"}""", "$ref must not lead back", "#/items")]
    public void Read_NoWellDefinedWhole_NamesTheKeywordAndWhereItIs(string all, string named, string pointer)
    {
        string message = Assert.Throws<SchemaException>(() => ReadForm.OfSchema($$"""{"items":{"allOf":[{{all}}]} }""")).Message;
        Assert.Contains(named, message, StringComparison.Ordinal);
        Assert.EndsWith($"(at {pointer})", message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"allOf":[]}""")]
    [InlineData("""{"allOf":{}}""")]
    public void Read_NoListOfSchemas_IsRefused(string schema) =>
        Assert.Contains("allOf must be a list", Assert.Throws<SchemaException>(() => ReadForm.OfSchema(schema)).Message, StringComparison.Ordinal);

    [Fact]
    public void Next_RecursionThroughBothSchemas_IsOne()
    {
        string schema = """
            {"$defs":{"t":{"type":"object","properties":{"n":{"$ref":"#/$defs/t"},"a":{"type":"integer"}}},"u":{"type":"object","properties":{"n":{"$ref":"#/$defs/u"},"a":{"maximum":5}},"required":["a"]}},
             "allOf":[{"$ref":"#/$defs/t"},{"$ref":"#/$defs/u"}]}
            """;
        var start = AutomatonWalk.Start(ReadForm.OfSchema(schema));
        Assert.True(AutomatonWalk.Accepts(start, """{"n":{"n":{"a":5},"a":-1},"a":0}"""));
        Assert.False(AutomatonWalk.Accepts(start, """{"n":{"n":{"a":6},"a":-1},"a":0}"""));
        Assert.False(AutomatonWalk.Accepts(start, """{"n":{"n":{},"a":-1},"a":0}"""));
    }

    [Fact]
    public void Read_SchemasThatDoubleLevelByLevel_StaysSmall()
    {
        var levels = Enumerable.Range(1, 60).Select(level => $$$"""  "u{{{level}}}":{"allOf":[{"$ref":"#/$defs/u{{{level - 1}}}"},{"$ref":"#/$defs/u{{{level - 1}}}"}]}""");
        string schema = $$$"""{"$ref":"#/$defs/u60","$defs":{"u0":{"type":"string"},{{{string.Join(",", levels)}}} }}""";
        Assert.True(AutomatonWalk.Accepts(AutomatonWalk.Start(ReadForm.OfSchema(schema)), "\"a\""));
    }

    [Fact]
    public void Read_MoreSchemasThanAreBroughtTogether_IsRefused()
    {
        string all = string.Join(',', Enumerable.Range(0, 1000).Select(i => $$"""{"properties":{"p{{i}}":true} }"""));
        Assert.Contains("allOf and $ref", Assert.Throws<SchemaException>(() => ReadForm.OfSchema($$"""{"allOf":[{{all}}]}""")).Message, StringComparison.Ordinal);
    }
}
