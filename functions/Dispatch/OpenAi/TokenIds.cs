using System.Text.Json;

namespace Serverless.Functions.Dispatch;

/// <summary>A list of a model's token ids in a request.</summary>
internal static class TokenIds
{
    /// <returns>At least one id of 0 and more; null for what is no such list.</returns>
    public static List<int>? Read(JsonElement value)
    {
        if (value.ValueKind != JsonValueKind.Array || value.GetArrayLength() == 0) return null;
        var ids = new List<int>(value.GetArrayLength());
        foreach (var id in value.EnumerateArray())
        {
            if (id.ValueKind != JsonValueKind.Number || !id.TryGetInt32(out var number) || number < 0) return null;
            ids.Add(number);
        }

        return ids;
    }
}
