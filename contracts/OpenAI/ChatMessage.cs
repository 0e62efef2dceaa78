using System.Text.Json.Serialization;

namespace Serverless.Contracts.OpenAI;

/// <summary>One turn of a chat.</summary>
/// <param name="Role"><c>system</c>, <c>user</c> or <c>assistant</c>.</param>
/// <param name="Content">Its text; on the wire also a list of text parts, which become its lines.</param>
public sealed record ChatMessage(string Role, [property: JsonConverter(typeof(MessageTextConverter))] string Content)
{
    /// <summary>Content never reaches a log by way of ToString.</summary>
    public override string ToString() => $"{Role} [{Content?.Length ?? 0} chars]";
}
