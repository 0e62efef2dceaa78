using System.Text.Json;

namespace Serverless.Functions.Dispatch;

/// <summary>An <c>input</c> of embeddings that is token ids, as LangChain's OpenAIEmbeddings sends it unasked: one list of them, or several.</summary>
internal static class TokenInput
{
    /// <returns>Null for what is no token ids.</returns>
    /// <exception cref="GatewayException">400 naming the place.</exception>
    public static IReadOnlyList<IReadOnlyList<int>>? Read(RequestFields fields, string name)
    {
        if (fields.Element(name) is not { ValueKind: JsonValueKind.Array } input || input.GetArrayLength() == 0) return null;
        if (input[0].ValueKind == JsonValueKind.Number) return [Ids(input, name)];
        if (input[0].ValueKind != JsonValueKind.Array) return null;
        return input.GetArrayLength() <= AnswerChecks.MaxTexts
            ? [.. input.EnumerateArray().Select((ids, i) => Ids(ids, $"{name}[{i}]"))]
            : throw GatewayException.Invalid(name, $"'{name}' must have 1 to {AnswerChecks.MaxTexts} texts.");
    }

    private static List<int> Ids(JsonElement value, string path)
    {
        if (value.ValueKind != JsonValueKind.Array || value.GetArrayLength() == 0) throw Wrong(path);
        var ids = new List<int>(value.GetArrayLength());
        foreach (var id in value.EnumerateArray()) ids.Add(id.ValueKind == JsonValueKind.Number && id.TryGetInt32(out var number) && number >= 0 ? number : throw Wrong(path));
        return ids;
    }

    private static GatewayException Wrong(string path) => GatewayException.Invalid(path, $"'{path}' must be a list of token ids.", "invalid_type");
}
