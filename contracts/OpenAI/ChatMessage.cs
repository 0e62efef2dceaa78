using System.Text.Json;
using System.Text.Json.Serialization;

namespace Serverless.Contracts.OpenAI;

/// <summary>One turn of a chat.</summary>
/// <param name="Role"><c>system</c>, <c>developer</c>, <c>user</c>, <c>assistant</c> or <c>tool</c>.</param>
/// <param name="Content">Its text; on the wire also a list of text parts, which become its lines.</param>
public sealed record ChatMessage(string Role, [property: JsonConverter(typeof(MessageTextConverter))] string Content)
{
    /// <summary>The content part by part where it is more than text. The gateway reads and writes it; it is not bound from this type.</summary>
    [JsonIgnore]
    public IReadOnlyList<ContentPart>? Parts { get; init; }

    /// <summary>Whether a part is no text; otherwise <see cref="Content"/> says all that the parts say.</summary>
    [JsonIgnore]
    public bool HasMedia => Parts?.Any(part => !part.IsText) == true;

    /// <summary>The tools that an assistant's turn calls.</summary>
    public IReadOnlyList<ToolCall>? ToolCalls { get; init; }

    /// <summary>With role <c>tool</c>: the call that the content is the result of.</summary>
    public string? ToolCallId { get; init; }

    /// <summary>With role <c>tool</c>: whether the content says how the call failed.</summary>
    [JsonIgnore]
    public bool IsError { get; init; }

    public string? Name { get; init; }

    /// <summary>Further members of an assistant's turn that the service which made it wants to see again, or is told how to go on by, in its own words and by name. Null for none.</summary>
    [JsonIgnore]
    public IReadOnlyDictionary<string, JsonElement>? Kept { get; init; }

    /// <summary>Content never reaches a log by way of ToString.</summary>
    public override string ToString() => $"{Role} [{Content?.Length ?? 0} chars]";
}
