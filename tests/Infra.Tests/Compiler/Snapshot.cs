using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Serverless.Infra.Tests.Compiler;

/// <summary>The resources that a deployment would make, each with its type, name and properties; what only Azure knows stands as <c>[reference(...)]</c>.</summary>
public sealed partial class Snapshot(JsonNode root)
{
    public IReadOnlyList<JsonNode> Resources { get; } = [.. root["predictedResources"]!.AsArray().Select(r => r!)];

    public IReadOnlyList<JsonNode> Diagnostics { get; } = [.. root["diagnostics"]!.AsArray().Select(r => r!)];

    public IEnumerable<JsonNode> Of(string type) => Resources.Where(r => (string)r["type"]! == type);

    /// <summary>The one resource of a type whose name is, or begins with, <paramref name="name"/>.</summary>
    public JsonNode One(string type, string name = "") => Assert.Single(Of(type), r => ((string)r["name"]!).StartsWith(name, StringComparison.Ordinal));

    /// <summary>The gateway's app settings.</summary>
    public IReadOnlyDictionary<string, string> Settings() =>
        One("Microsoft.Web/sites/config")["properties"]!.AsObject().ToDictionary(p => p.Key, p => (string)p.Value!);

    /// <summary>Who may do what, where: <c>{identity} | {role id} | {scope}</c>, names without the characters that make them unique.</summary>
    public IEnumerable<string> Grants() => Of("Microsoft.Authorization/roleAssignments").Select(r =>
    {
        var properties = r["properties"]!;
        var principal = Identity().Match((string)properties["principalId"]!) is { Success: true } match ? match.Groups[1].Value : (string)properties["principalId"]!;
        var scope = ((string)r["id"]!).Split("/providers/Microsoft.Authorization/")[0].Split("/providers/")[^1];
        return $"{principal} | {((string)properties["roleDefinitionId"]!).Split('/')[^1]} | {Unique().Replace(scope, "")}";
    });

    [GeneratedRegex("userAssignedIdentities/(id-[a-z]+)-[a-z0-9]{13}'")]
    private static partial Regex Identity();

    [GeneratedRegex("-?[a-z0-9]{13}(?=/|$)")]
    private static partial Regex Unique();
}
