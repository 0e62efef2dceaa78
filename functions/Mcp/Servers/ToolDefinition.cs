using System.Security.Cryptography;
using System.Text.Json;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;

namespace Serverless.Functions.Mcp.Servers;

/// <summary>
/// What a model is told of a tool and an operator approves: name, title, description, schemas and annotations, as the protocol writes them, in canonical form. Its hash changes with any of them and with nothing else.
/// </summary>
public sealed class ToolDefinition
{
    /// <summary>Bytes of one definition.</summary>
    public const int MaxBytes = 64 * 1024;

    /// <summary>Levels of objects and lists in it.</summary>
    public const int MaxDepth = 40;

    /// <summary>Characters of its name.</summary>
    public const int MaxName = 128;

    private static readonly string[] Members = ["name", "title", "description", "inputSchema", "outputSchema", "annotations"];

    private ToolDefinition(JsonElement json)
    {
        Json = json;
        Name = json.GetProperty("name").GetString() ?? "";
        var bytes = CanonicalJson.Of(json);
        Bytes = bytes.Length;
        Hash = "sha256:" + Convert.ToHexStringLower(SHA256.HashData(bytes.Span));
        Hidden = HiddenCharacters.In(json);
        IsTooLarge = Bytes > MaxBytes || Name.Length is 0 or > MaxName || CanonicalJson.DepthOf(json) > MaxDepth;
    }

    /// <summary>The tool's name at its server.</summary>
    public string Name { get; }

    /// <summary>The members of it that are there.</summary>
    public JsonElement Json { get; }

    /// <summary><c>sha256:</c> and 64 hexadecimal digits.</summary>
    public string Hash { get; }

    /// <summary>Of the canonical form.</summary>
    public int Bytes { get; }

    /// <summary>Characters in it that nobody sees, as <c>U+200B</c>.</summary>
    public IReadOnlyList<string> Hidden { get; }

    /// <summary>Whether it is more than a model should be told: over a bound of this type.</summary>
    public bool IsTooLarge { get; }

    public static ToolDefinition Of(Tool tool)
    {
        ArgumentNullException.ThrowIfNull(tool);
        return Of(JsonSerializer.SerializeToElement(tool, McpJsonUtilities.DefaultOptions));
    }

    /// <param name="json">A tool as the protocol writes it.</param>
    public static ToolDefinition Of(JsonElement json) =>
        new(JsonSerializer.SerializeToElement(json.EnumerateObject().Where(member => Members.Contains(member.Name)).DistinctBy(member => member.Name).ToDictionary(member => member.Name, member => member.Value)));

    /// <summary>The tool as callers see it, by another name. A schema of the output that older clients do not take, which describes no object, is left out.</summary>
    public Tool Offered(string name)
    {
        var tool = Json.Deserialize<Tool>(McpJsonUtilities.DefaultOptions)!;
        tool.Name = name;
        if (tool.OutputSchema is { } schema && !IsOfAnObject(schema)) tool.OutputSchema = null;
        return tool;
    }

    /// <summary>Names of the members that are not the same.</summary>
    public IReadOnlyList<string> DifferencesFrom(ToolDefinition other)
    {
        ArgumentNullException.ThrowIfNull(other);
        return [.. Members.Where(member => !Part(Json, member).SequenceEqual(Part(other.Json, member)))];
    }

    /// <summary>What a server says never reaches a log by way of ToString.</summary>
    public override string ToString() => Hash;

    private static bool IsOfAnObject(JsonElement schema) =>
        schema.ValueKind == JsonValueKind.Object && schema.TryGetProperty("type", out var type) && type.ValueKind == JsonValueKind.String && type.ValueEquals("object"u8);

    private static ReadOnlySpan<byte> Part(JsonElement json, string member) => json.TryGetProperty(member, out var value) ? CanonicalJson.Of(value).Span : default;
}
