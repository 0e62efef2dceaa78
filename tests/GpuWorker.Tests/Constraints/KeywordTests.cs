using Serverless.GpuWorker.Constraints;
using Serverless.GpuWorker.Constraints.Schemas;

namespace Serverless.GpuWorker.Tests.Constraints;

/// <summary>Names in a schema that are no keywords of JSON Schema, and keywords of other dialects.</summary>
public sealed class KeywordTests
{
    private const string OneName = """{"properties":{"name":{"type":"string"}},"required":["name"],"additionalProperties":false}""";
    private const string NameAndAge = """{"properties":{"name":{"type":"string"},"age":{"type":"integer"}},"required":["name","age"],"additionalProperties":false}""";

    [Theory]
    [InlineData("""{"type":"integer","javaType":"long","min":3,"links":[{"rel":"self"}],"_format":"date","$license":["MIT"]}""", "1", true)]
    [InlineData("""{"type":"integer","markdownDescription":"*n*","errorMessage":{"type":"no"}}""", "true", false)]
    [InlineData("""{"type":"object","properties":{"a":{"type":"null","propertyOrder":1}},"required":["a"],"options":{"additionalProperties":true}}""", """{"a":null}""", true)]
    [InlineData("""{"type":"object","properties":{"a":{"type":"null","propertyOrder":1}},"required":["a"],"options":{"additionalProperties":true}}""", """{"a":null,"b":1}""", false)]
    [InlineData("""{"not":{"type":"string","hint":{"type":"integer"}}}""", "1", true)]
    [InlineData("""{"not":{"type":"string","hint":{"type":"integer"}}}""", "\"1\"", false)]
    [InlineData("""{"items":{"$ref":"#/parts/a"},"parts":{"a":{"const":1}}}""", "[1]", true)]
    [InlineData("""{"items":{"$ref":"#/parts/a"},"parts":{"a":{"const":1}}}""", "[2]", false)]
    public void Next_NameThatIsNoKeyword_SaysNothing(string schema, string document, bool isComplete) => Assert.Equal(isComplete, Accepts(schema, document));

    [Theory]
    [InlineData("""{"type":"object","additonalProperties":false}""", "additonalProperties is no keyword: additionalProperties may be meant (at #)")]
    [InlineData("""{"items":{"max_length":3}}""", "max_length is no keyword: maxLength may be meant (at #/items)")]
    [InlineData("""{"minimun":3}""", "minimum may be meant")]
    [InlineData("""{"mni-items":3}""", "minItems may be meant")]
    [InlineData("""{"$Ref":"#"}""", "$ref may be meant")]
    [InlineData("""{"not":{"requierd":["a"]}}""", "required may be meant")]
    [InlineData("""{"extends":{"type":"null"}}""", "extends is not supported")]
    [InlineData("""{"not":{"disallow":"string"}}""", "disallow is not supported")]
    [InlineData("""{"optionalProperties":{}}""", "optionalProperties is not supported")]
    public void Of_NameThatMayBeMeantForAKeyword_IsRefused(string schema, string message) =>
        Assert.Contains(message, Assert.Throws<SchemaException>(() => ReadForm.OfSchema(schema)).Message, StringComparison.Ordinal);

    /// <summary>OpenAPI 3.0's means something there and nothing in JSON Schema: who writes it is told how to say it here.</summary>
    [Theory]
    [InlineData("""{"type":"string","nullable":true}""")]
    [InlineData("""{"type":"object","properties":{"a":{"type":"integer","nullable":true}},"required":["a"]}""")]
    [InlineData("""{"not":{"type":"string","nullable":true}}""")]
    public void Of_Nullable_IsRefusedByName(string schema) =>
        Assert.Contains("nullable is not supported: name null among the schema's types", Assert.Throws<SchemaException>(() => ReadForm.OfSchema(schema)).Message, StringComparison.Ordinal);

    [Fact]
    public void Of_NullableOfFalse_AsksForNothing() => Assert.True(Accepts("""{"type":"string","nullable":false}""", "\"a\""));

    [Theory]
    [InlineData("""{"type":"string","format":"phone"}""", "\"any\"", true)]
    [InlineData("""{"type":"string","format":"int64"}""", "\"12\"", true)]
    [InlineData("""{"type":"string","format":"phone","minLength":4}""", "\"any\"", false)]
    [InlineData("""{"type":"string","format":"url"}""", "\"https://example.org/a\"", true)]
    [InlineData("""{"type":"string","format":"url"}""", "\"a b\"", false)]
    [InlineData("""{"type":"string","format":"ip-address"}""", "\"10.0.0.256\"", false)]
    [InlineData("""{"contentEncoding":"base64","contentMediaType":"image/png"}""", "\"aGk=\"", true)]
    [InlineData("""{"contentEncoding":"base64","contentMediaType":"image/png"}""", "\"a%k=\"", false)]
    [InlineData("""{"type":"string","contentEncoding":"quoted-printable"}""", "\"a%k=\"", true)]
    public void Next_FormatOrEncoding_HoldsWhereASpecificationHasIt(string schema, string document, bool isComplete) => Assert.Equal(isComplete, Accepts(schema, document));

    [Theory]
    [InlineData("datetime")]
    [InlineData("URI")]
    [InlineData("e-mail")]
    [InlineData("hostnme")]
    public void Of_FormatThatMayBeMeantForAnother_IsRefused(string format) =>
        Assert.Contains("format must be one of", Assert.Throws<SchemaException>(() => ReadForm.OfSchema($$"""{"format":"{{format}}"}""")).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData(OneName, NameAndAge, """{"name":"a"}""", true)]
    [InlineData(OneName, NameAndAge, """{"name":"a","age":1}""", true)]
    [InlineData(NameAndAge, OneName, """{"name":"a","age":1}""", true)]
    [InlineData(NameAndAge, OneName, """{"age":1}""", false)]
    public void Next_OneOfWhoseFirstForbidsWhatTheOtherRequires_TakesEither(string first, string second, string document, bool isComplete) =>
        Assert.Equal(isComplete, Accepts($$"""{"oneOf":[{{first}},{{second}}]}""", document));

    [Theory]
    [InlineData("""{}""", false)]
    [InlineData("""{"kind":"first"}""", true)]
    [InlineData("""{"yes":true}""", true)]
    [InlineData("""{"no":true}""", true)]
    [InlineData("""{"kind":"second","no":true}""", true)]
    [InlineData("""{"kind":"second","yes":true}""", false)]
    public void Next_OneOfWhoseClosedAlternativesOverlap_TakesWhatIsOfOneAlone(string document, bool isComplete) => Assert.Equal(isComplete, Accepts(
        """{"oneOf":[{"type":"object","properties":{"kind":{"const":"first"},"yes":{"type":"boolean"}},"additionalProperties":false},{"type":"object","properties":{"kind":{"const":"second"},"no":{"type":"boolean"}},"additionalProperties":false}]}""", document));

    [Theory]
    [InlineData("""{"properties":{"a":{"not":{"properties":{"b":true},"additionalProperties":false}},"c":true},"required":["a"]}""", """{"a":{"c":1}}""", true)]
    [InlineData("""{"properties":{"a":{"not":{"properties":{"b":true},"additionalProperties":false}},"c":true},"required":["a"]}""", """{"a":{"b":1}}""", false)]
    [InlineData("""{"properties":{"a":{"not":{"properties":{"b":true},"additionalProperties":false}},"c":true},"required":["a"]}""", """{"a":{}}""", false)]
    [InlineData("""{"properties":{"a":{"not":{"properties":{"b":true},"additionalProperties":false}},"c":true},"required":["a"]}""", """{"a":1}""", false)]
    public void Next_NotOfAClosedObject_HasAPropertyThatItDoesNotList(string schema, string document, bool isComplete) => Assert.Equal(isComplete, Accepts(schema, document));

    [Fact]
    public void Of_NotOfAClosedObjectAmongManyNames_IsRefused()
    {
        string named = string.Join(',', Enumerable.Range(0, ConstraintLimits.OtherNames + 1).Select(i => $"\"p{i}\":true"));
        Assert.Contains("at most 32 other properties", Assert.Throws<SchemaException>(() => ReadForm.OfSchema($$$"""{"properties":{"a":{"not":{"additionalProperties":false}},{{{named}}}}}""")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Of_OneOfThatCannotBeHeldTo_SaysWhatStandsInTheWay() =>
        Assert.Contains("cannot be held to: format within not and if is not supported (at #/oneOf)", Assert.Throws<SchemaException>(() => ReadForm.OfSchema("""{"oneOf":[{"format":"date"},{"minLength":3}]}""")).Message, StringComparison.Ordinal);

    [Fact]
    public void Of_LongSchema_IsReadUpToTheLimit()
    {
        string schema = $$"""{"type":"null","description":"{{new string('d', 200_000)}}"}""";
        Assert.True(AutomatonWalk.Accepts(AutomatonWalk.Start(ReadForm.OfSchema(schema)), "null"));
        Assert.Throws<SchemaException>(() => ReadForm.OfSchema(schema.Replace("ddd", "dddd", StringComparison.Ordinal)));
    }

    private static bool Accepts(string schema, string document) => AutomatonWalk.Accepts(AutomatonWalk.Start(ReadForm.OfSchema(schema)), document);
}
