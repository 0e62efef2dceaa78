using Serverless.GpuWorker.Constraints;
using Serverless.GpuWorker.Constraints.Schemas;

namespace Serverless.GpuWorker.Tests.Constraints;

/// <summary>Lists of alternatives that do not stand alone.</summary>
public sealed class AnyOfTests
{
    private const string Contact = """{"type":"object","properties":{"mail":{"type":"string"},"phone":{"type":"integer"}},"additionalProperties":false,"anyOf":[{"required":["mail"]},{"required":["phone"]}]}""";
    private const string Sized = """{"properties":{"size":{"type":"integer"}},"required":["size"],"oneOf":[{"properties":{"kind":{"const":"a"},"size":{"maximum":9}},"required":["kind"]},{"properties":{"kind":{"const":"b"}},"required":["kind"]}]}""";
    private const string Twice = """{"allOf":[{"anyOf":[{"minimum":0},{"type":"null"}]},{"anyOf":[{"type":"integer"},{"type":"null"}]}],"type":["number","null"]}""";
    private const string Tree = """{"$defs":{"t":{"type":"object","properties":{"x":{"$ref":"#/$defs/t"},"y":{"type":"null"}},"anyOf":[{"required":["x"]},{"required":["y"]}]}},"$ref":"#/$defs/t"}""";
    private const string Nullable = """{"anyOf":[{"type":"string","format":"date"},{"type":"null"}],"default":null,"title":"When","maxLength":10}""";

    // Its first alternative is found impossible after parts of it, which refer to all of it, have been read.
    private const string Forgotten = """
        {"$defs":{"n":{"type":"object","properties":{"a":{"type":"array"},"b":{"$ref":"#/$defs/n"},"c":{"minLength":1}},"additionalProperties":false,
            "anyOf":[{"properties":{"a":{"items":{"type":"string"}},"b":true,"c":{"type":"string","maxLength":0}},"required":["c"]},{"properties":{"a":{"items":{"type":"integer"}}},"required":["a"]}]}},
         "$ref":"#/$defs/n"}
        """;

    [Theory]
    [InlineData(Contact, """{"mail":"m"}""", true)]
    [InlineData(Contact, """{"phone":1}""", true)]
    [InlineData(Contact, """{"mail":"m","phone":1}""", true)]
    [InlineData(Contact, "{}", false)]
    [InlineData(Sized, """{"size":9,"kind":"a"}""", true)]
    [InlineData(Sized, """{"size":10,"kind":"a"}""", false)]
    [InlineData(Sized, """{"size":10,"kind":"b"}""", true)]
    [InlineData(Sized, """{"kind":"b"}""", false)]
    [InlineData(Twice, "5", true)]
    [InlineData(Twice, "null", true)]
    [InlineData(Twice, "-5", false)]
    [InlineData(Twice, "0.5", false)]
    [InlineData(Tree, """{"x":{"x":{"y":null}}}""", true)]
    [InlineData(Tree, """{"x":{"x":{}}}""", false)]
    [InlineData(Nullable, "null", true)]
    [InlineData(Nullable, "\"2024-02-29\"", true)]
    [InlineData(Nullable, "\"2023-02-29\"", false)]
    [InlineData("""{"anyOf":[true,{"type":"null"}],"type":"boolean"}""", "true", true)]
    [InlineData(Forgotten, """{"a":[1],"b":{"a":[]}}""", true)]
    [InlineData(Forgotten, """{"a":[1],"b":{"a":["x"]}}""", false)]
    [InlineData(Forgotten, """{"a":["x"],"b":{"a":[]}}""", false)]
    [InlineData("""{"anyOf":[{"enum":[1,2,"a"]},{"const":7}],"type":"integer"}""", "2", true)]
    [InlineData("""{"anyOf":[{"minimum":5},{"maxLength":1}],"enum":[1,7,"a","bb"]}""", "7", true)]
    [InlineData("""{"anyOf":[{"minimum":5},{"maximum":0}],"enum":[1,7]}""", "1", false)]
    [InlineData("""{"anyOf":[{"enum":[1,2,"a"]},{"const":7}],"type":"integer"}""", "\"a\"", false)]
    public void Next_Text_IsTakenWhereItSatisfiesWhatStandsBesideAndAnAlternative(string schema, string text, bool isValid)
    {
        bool isAccepted = AutomatonWalk.Accepts(AutomatonWalk.Start(ReadForm.OfSchema(schema)), text);
        Assert.Equal(isValid, isAccepted);
    }

    [Theory]
    [InlineData("""{"type":"object","anyOf":[{"type":"null"},{"type":"boolean"}]}""", "type must have one in common", "#/anyOf/0")]
    [InlineData("""{"minimum":3,"oneOf":[{"type":"integer"},{"type":"number"}]}""", "oneOf must have alternatives", "")]
    [InlineData("""{"$defs":{"a":{"type":"integer","anyOf":[{"$ref":"#/$defs/a"},{"minimum":3}]}},"$ref":"#/$defs/a"}""", "$ref must not lead back", "#/$defs/a/anyOf/0")]
    [InlineData("""{"minimum":1,"allOf":[{"anyOf":[{"anyOf":[{"allOf":[{"$ref":"#"}]},true]},true]}]}""", "$ref must not lead back", "")]
    [InlineData("""{"enum":[{}],"anyOf":[{"required":["a"]},{}]}""", "required beside enum", "#/anyOf/0")]
    public void Read_AlternativeThatCannotBe_IsRefused(string schema, string named, string pointer)
    {
        string message = Assert.Throws<SchemaException>(() => ReadForm.OfSchema(schema)).Message;
        Assert.Contains(named, message, StringComparison.Ordinal);
        Assert.Contains(pointer.Length == 0 ? "" : $"(at {pointer})", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_ListsThatMultiply_AreRefusedBeforeTheyGrow()
    {
        string list = string.Join(',', Enumerable.Range(0, 8).Select(i => $$"""{"maxLength":{{i + 5}}}"""));
        string schema = $$"""{"allOf":[{{string.Join(',', Enumerable.Repeat($$"""{"anyOf":[{{list}}]}""", 12))}}],"type":"string"}""";
        Assert.Throws<SchemaException>(() => ReadForm.OfSchema(schema));
    }
}
