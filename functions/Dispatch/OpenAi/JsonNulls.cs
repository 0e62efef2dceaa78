using System.Text.Json;
using System.Text.Json.Nodes;
using Serverless.Contracts;

namespace Serverless.Functions.Dispatch;

/// <summary>
/// Members that are null in what is passed on as it came: clients write what they have nothing for (LangChain's <c>strict: null</c>), and services that have types refuse it. In a JSON
/// schema null has a meaning, so none is looked into.
/// </summary>
internal static class JsonNulls
{
    /// <summary>A list of objects less their null members, and those of one object within each.</summary>
    public static JsonElement Without(JsonElement list, string inner) =>
        list.EnumerateArray().Any(item => Has(item, inner)) ? JsonSerializer.SerializeToElement(new JsonArray([.. list.EnumerateArray().Select(item => Of(item, inner))]), WireJson.Options) : list;

    /// <summary>An object less its null members, and those of one object within it.</summary>
    public static JsonElement WithoutIn(JsonElement item, string inner) => Has(item, inner) ? JsonSerializer.SerializeToElement(Of(item, inner), WireJson.Options) : item;

    private static bool Has(JsonElement item, string? inner) => item.EnumerateObject().Any(member =>
        member.Value.ValueKind == JsonValueKind.Null || (member.Value.ValueKind == JsonValueKind.Object && member.Name == inner && Has(member.Value, null)));

    private static JsonObject Of(JsonElement item, string? inner)
    {
        var left = new JsonObject();
        foreach (var member in item.EnumerateObject())
        {
            if (member.Value.ValueKind == JsonValueKind.Null) continue;
            left[member.Name] = member.Value.ValueKind == JsonValueKind.Object && member.Name == inner ? Of(member.Value, null) : JsonSerializer.SerializeToNode(member.Value);
        }

        return left;
    }
}
