using System.Text.Json.Serialization;

namespace Serverless.Contracts.OpenAI;

/// <summary>OpenAI's <c>string | string[]</c>, read from either and written as a list unless it came as one string.</summary>
[JsonConverter(typeof(StringOrListConverter))]
public sealed record StringOrList(IReadOnlyList<string> Values, bool IsSingle = false)
{
    public static implicit operator StringOrList(string value) => new([value], IsSingle: true);

    public static implicit operator StringOrList(string[] values) => new(values);

    /// <summary>Content never reaches a log by way of ToString.</summary>
    public override string ToString() => $"[{Values.Count} strings, {Values.Sum(v => v.Length)} chars]";
}
