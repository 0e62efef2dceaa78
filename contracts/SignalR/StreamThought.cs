using System.Text.Json.Serialization;

namespace Serverless.Contracts.SignalR;

/// <summary>Message <c>thought</c>: the next piece of what the model thinks before it answers, for who asks for it.</summary>
/// <param name="Seq">As a token's: one count over a stream's messages of every kind.</param>
public sealed record StreamThought(
    [property: JsonPropertyName("streamId")] string StreamId,
    [property: JsonPropertyName("seq")] long Seq,
    [property: JsonPropertyName("text")] string Text) : ISequenced
{
    public const string Target = "thought";

    /// <summary>Thoughts never reach a log by way of ToString.</summary>
    public override string ToString() => $"{Target} {StreamId} {Seq} [{Text.Length} chars]";
}
