using System.Text.Json;
using System.Text.Json.Nodes;
using FsCheck;
using FsCheck.Fluent;
using ModelContextProtocol.Protocol;
using Serverless.Functions.Mcp.Servers;

namespace Serverless.Functions.Tests.Mcp.Servers;

/// <summary>A definition's hash changes with what a model is told, and with nothing else.</summary>
public sealed class ToolDefinitionTests
{
    private const string Whole =
        """{"name":"t","title":"T","description":"D","inputSchema":{"type":"object","properties":{"b":{"type":"integer"},"a":{"type":"string"}}},"outputSchema":{"type":"object"},"annotations":{"readOnlyHint":true}}""";

    [Fact]
    public void Hash_IsOfTheCanonicalForm()
    {
        var tool = ToolDefinition.Of(JsonElement.Parse("""{ "inputSchema": {"type": "object"}, "name": "t" }"""));
        Assert.Equal("""{"inputSchema":{"type":"object"},"name":"t"}""", System.Text.Encoding.UTF8.GetString(CanonicalJson.Of(tool.Json).Span));
        // printf of that | sha256sum.
        Assert.Equal("sha256:c6005ee7854db532c5afa7ec72ecc502c63014ac9fe51e0b422daf578ebd3e0a", tool.Hash);
    }

    [Theory]
    [InlineData("name", "\"u\"")]
    [InlineData("title", "\"U\"")]
    [InlineData("description", "\"D \"")]
    [InlineData("inputSchema", """{"type":"object","properties":{"b":{"type":"integer"},"a":{"type":"integer"}}}""")]
    [InlineData("inputSchema", """{"type":"object","properties":{"b":{"type":"integer"},"a":{"type":"string","description":"Put the key here."}}}""")]
    [InlineData("outputSchema", """{"type":"object","properties":{}}""")]
    [InlineData("annotations", """{"readOnlyHint":false}""")]
    public void Hash_OfAnyOtherMember_IsAnother(string member, string value)
    {
        var (before, changed) = (ToolDefinition.Of(JsonElement.Parse(Whole)), JsonNode.Parse(Whole)!.AsObject());
        changed[member] = JsonNode.Parse(value);
        var after = ToolDefinition.Of(JsonSerializer.SerializeToElement(changed));
        Assert.NotEqual(before.Hash, after.Hash);
        Assert.Equal([member], after.DifferencesFrom(before));
        changed.Remove(member);
        if (member != "name") Assert.NotEqual(before.Hash, ToolDefinition.Of(JsonSerializer.SerializeToElement(changed)).Hash);
    }

    [Fact]
    public void Hash_DoesNotHangOnWhatModelsAreNotTold()
    {
        var node = JsonNode.Parse(Whole)!.AsObject();
        node["_meta"] = new JsonObject { ["a"] = 1 };
        node["icons"] = new JsonArray();
        Assert.Equal(ToolDefinition.Of(JsonElement.Parse(Whole)).Hash, ToolDefinition.Of(JsonSerializer.SerializeToElement(node)).Hash);
    }

    [Fact]
    public void Canonical_OfMembersInAnyOrder_IsOne() =>
        Prop.ForAll(Json(3).ToArbitrary(), ArbMap.Default.ArbFor<int>(), (node, seed) =>
        {
            var given = JsonSerializer.SerializeToElement(node);
            var shuffled = JsonSerializer.SerializeToElement(Shuffled(node, new Random(seed)));
            var canonical = CanonicalJson.Of(given);
            Assert.True(canonical.Span.SequenceEqual(CanonicalJson.Of(shuffled).Span));
            // It says the same, and its canonical form is itself.
            using var read = JsonDocument.Parse(canonical);
            Assert.True(JsonElement.DeepEquals(given, read.RootElement));
            Assert.True(canonical.Span.SequenceEqual(CanonicalJson.Of(read.RootElement).Span));
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Offered_IsTheSameByAnotherName()
    {
        var offered = ToolDefinition.Of(JsonElement.Parse(Whole)).Offered("server__t");
        Assert.Equal(("server__t", "T", "D", true), (offered.Name, offered.Title, offered.Description, offered.Annotations!.ReadOnlyHint));
        Assert.True(JsonElement.DeepEquals(JsonElement.Parse(Whole).GetProperty("inputSchema"), offered.InputSchema));
        var list = JsonNode.Parse(Whole)!.AsObject();
        list["outputSchema"] = JsonNode.Parse("""{"type":"array"}""");
        Assert.Null(ToolDefinition.Of(JsonSerializer.SerializeToElement(list)).Offered("x").OutputSchema);
    }

    [Fact]
    public void TooLarge_IsWhatIsLongOrDeep()
    {
        Assert.False(ToolDefinition.Of(JsonElement.Parse(Whole)).IsTooLarge);
        var schema = "{}";
        for (var i = 0; i < 45; i++) schema = $$"""{"a":{{schema}}}""";
        foreach (var json in (string[])[$$"""{"name":"t","description":"{{new string('x', 65_600)}}"}""", $$"""{"name":"{{new string('n', 129)}}"}""", """{"name":""}""", $$"""{"name":"t","inputSchema":{{schema}}}"""])
            Assert.True(ToolDefinition.Of(JsonElement.Parse(json)).IsTooLarge);
    }

    [Fact]
    public void Of_AToolOfTheSdk_IsWhatTheProtocolWrites()
    {
        var tool = ToolDefinition.Of(new Tool { Name = "t", Description = "D", InputSchema = JsonElement.Parse("""{"type":"object"}"""), Icons = [new Icon { Source = "https://a.example.com/i.png" }] });
        Assert.Equal("""{"description":"D","inputSchema":{"type":"object"},"name":"t"}""", System.Text.Encoding.UTF8.GetString(CanonicalJson.Of(tool.Json).Span));
    }

    private static Gen<JsonNode?> Json(int depth)
    {
        var name = Gen.Elements("a", "b", "type", "ä", "\u202e", "properties");
        var leaf = Gen.OneOf(
            Gen.Choose(-5, 5).Select(number => (JsonNode?)JsonValue.Create(number)),
            Gen.Elements("", "x", "\n", "<é>", "\U0001F600").Select(text => (JsonNode?)JsonValue.Create(text)),
            Gen.Elements(true, false).Select(value => (JsonNode?)JsonValue.Create(value)),
            Gen.Constant((JsonNode?)null));
        if (depth == 0) return leaf;
        return Gen.OneOf(
            leaf,
            Json(depth - 1).ListOf().Select(items => (JsonNode?)new JsonArray([.. items])),
            name.Zip(Json(depth - 1)).ListOf().Select(members => (JsonNode?)new JsonObject(members.DistinctBy(member => member.Item1).Select(member => KeyValuePair.Create(member.Item1, member.Item2)))));
    }

    private static JsonNode? Shuffled(JsonNode? node, Random random) => node switch
    {
        JsonObject members => new JsonObject(members.OrderBy(_ => random.Next()).Select(member => KeyValuePair.Create(member.Key, Shuffled(member.Value, random))).ToList()),
        JsonArray items => new JsonArray([.. items.Select(item => Shuffled(item, random))]),
        _ => node?.DeepClone(),
    };
}
