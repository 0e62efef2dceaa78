using Serverless.Contracts.OpenAI;

namespace Serverless.GpuWorker.Api;

/// <summary>Chunks of a completion: text, then the finish reason with an empty text.</summary>
/// <param name="offsets">Of each choice.</param>
internal sealed class CompletionStreamShape(string id, long created, string model, TokenReport report, IReadOnlyList<TextOffsets> offsets, bool includesUsage) : IStreamShape
{
    private const string Kind = "text_completion";

    public string Id => id;

    public long Created => created;

    public object? Opening(int choice) => null;

    public object Piece(SequencePiece piece) =>
        Chunk(new CompletionChoice(piece.Index, piece.Text, null, report.Completion(piece.Tokens, offsets[piece.Index]), report.Ids(piece.Tokens)));

    public object Finished(int choice, SequenceResult result) => Chunk(new CompletionChoice(choice, "", result.FinishReason, StopReason: result.StopReason));

    public object Usage(Usage usage) => new CompletionResponse(id, Kind, created, model, [], usage);

    private object Chunk(CompletionChoice choice) =>
        includesUsage ? new CountedChunk<CompletionChoice>(id, Kind, created, model, [choice]) : new CompletionResponse(id, Kind, created, model, [choice]);
}
