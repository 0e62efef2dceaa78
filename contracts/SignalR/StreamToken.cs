using System.Text.Json.Serialization;

namespace Serverless.Contracts.SignalR;

/// <summary>Message <c>token</c>: the next piece of an answer.</summary>
/// <param name="Seq">Counts a stream's messages of every kind from 0. A message sent again after a lost answer has the same number: the receiver drops it.</param>
public sealed record StreamToken(
    [property: JsonPropertyName("streamId")] string StreamId,
    [property: JsonPropertyName("seq")] long Seq,
    [property: JsonPropertyName("text")] string Text) : ISequenced
{
    public const string Target = "token";

    /// <summary>Answers never reach a log by way of ToString.</summary>
    public override string ToString() => $"{Target} {StreamId} {Seq} [{Text.Length} chars]";
}
