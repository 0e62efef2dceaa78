using System.Text.Json;

namespace Serverless.Samples.DotNetChat;

/// <summary>A message of a stream, of any kind; each kind fills what it has (docs/api.md, Streams).</summary>
/// <param name="StreamId">The stream.</param>
/// <param name="Seq">Its number in the stream, from 0; a message that was sent again has the same.</param>
/// <param name="Text">The next piece of the answer, of a <c>token</c>.</param>
/// <param name="FinishReason">Of a <c>done</c>: <c>stop</c>, <c>length</c>, ...</param>
/// <param name="Citations">Of a <c>done</c>: the passages that a rag route's answer rests on.</param>
/// <param name="Usage">Of a <c>done</c>.</param>
/// <param name="Error">Of an <c>error</c>.</param>
public sealed record StreamMessage(string StreamId, long Seq, string? Text, string? FinishReason, IReadOnlyList<Citation>? Citations, JsonElement? Usage, StreamFailure? Error);
