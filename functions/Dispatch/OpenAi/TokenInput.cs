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
        if (input[0].ValueKind == JsonValueKind.Number) return [TokenIds.Read(input) ?? throw Wrong(name)];
        if (input[0].ValueKind != JsonValueKind.Array) return null;
        return input.GetArrayLength() <= AnswerChecks.MaxTexts
            ? [.. input.EnumerateArray().Select((ids, i) => TokenIds.Read(ids) ?? throw Wrong($"{name}[{i}]"))]
            : throw GatewayException.Invalid(name, $"'{name}' must have 1 to {AnswerChecks.MaxTexts} texts.");
    }

    private static GatewayException Wrong(string path) => GatewayException.Invalid(path, $"'{path}' must be a list of token ids.", "invalid_type");
}
