using Serverless.Contracts.OpenAI;

namespace Serverless.GpuWorker.Api.Answers;

/// <summary>Chunks of a chat completion: the role first, then content, then the finish reason with an empty delta.</summary>
internal sealed record ChatStreamShape(string Id, long Created, string Model, TokenReport Report, bool IncludesUsage) : IStreamShape
{
    private const string Kind = "chat.completion.chunk";

    public IEnumerable<object> First(SequencePiece piece)
    {
        yield return Chunk(new ChatChunkChoice(piece.Index, new ChatDelta("assistant", ""), null));
        if (piece.IsShown) yield return Piece(piece);
    }

    public object Piece(SequencePiece piece) =>
        Chunk(new ChatChunkChoice(piece.Index, new ChatDelta(Content: piece.Text), null, Report.Chat(piece.Tokens), Report.Ids(piece.Tokens)));

    public object Finished(int choice, SequenceResult result) => Chunk(new ChatChunkChoice(choice, new ChatDelta(), result.FinishReason, StopReason: result.StopReason));

    public object Usage(Usage usage) => new ChatCompletionChunk(Id, Kind, Created, Model, [], usage);

    private object Chunk(ChatChunkChoice choice) =>
        IncludesUsage ? new CountedChunk<ChatChunkChoice>(Id, Kind, Created, Model, [choice]) : new ChatCompletionChunk(Id, Kind, Created, Model, [choice]);
}
