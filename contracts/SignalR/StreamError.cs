using System.Text.Json.Serialization;

namespace Serverless.Contracts.SignalR;

/// <summary>Message <c>error</c>: the last of a stream that failed.</summary>
public sealed record StreamError(
    [property: JsonPropertyName("streamId")] string StreamId,
    [property: JsonPropertyName("seq")] long Seq,
    [property: JsonPropertyName("error")] ErrorDetail Error) : ISequenced
{
    public const string Target = "error";
}
