using System.Text.Json.Serialization;
using Serverless.Contracts.OpenAI;

namespace Serverless.Contracts.SignalR;

/// <summary>Message <c>done</c>: the last of a stream that ended well.</summary>
/// <param name="FinishReason">In OpenAI's words: stop, length, ...</param>
/// <param name="Citations">As the HTTP API writes them; null for an answer without retrieval.</param>
/// <param name="Answered">False where the documents held no answer and no model was asked; null for an answer without retrieval.</param>
public sealed record StreamDone(
    [property: JsonPropertyName("streamId")] string StreamId,
    [property: JsonPropertyName("seq")] long Seq,
    [property: JsonPropertyName("finishReason")] string FinishReason,
    [property: JsonPropertyName("usage")] Usage? Usage,
    [property: JsonPropertyName("citations")] IReadOnlyList<object>? Citations,
    [property: JsonPropertyName("answered"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] bool? Answered = null) : ISequenced
{
    public const string Target = "done";

    /// <summary>Citations never reach a log by way of ToString.</summary>
    public override string ToString() => $"{Target} {StreamId} {Seq} {FinishReason}";
}
