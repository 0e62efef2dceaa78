using Serverless.Contracts.OpenAI;

namespace Serverless.GpuWorker.Api;

/// <summary>Chunks of a completion: the prompt where it is echoed, text, then the finish reason with an empty text.</summary>
/// <param name="offsets">Of each choice.</param>
/// <param name="echoes">What each choice begins with; empty where no prompt is echoed.</param>
internal sealed class CompletionStreamShape(string id, long created, string model, TokenReport report, IReadOnlyList<TextOffsets> offsets, IReadOnlyList<EchoedPrompt> echoes, bool includesUsage) : IStreamShape
{
    private const string Kind = "text_completion";

    public string Id => id;

    public long Created => created;

    public object? Opening(SequencePiece first) =>
        echoes.Count == 0 ? null : Chunk(new CompletionChoice(first.Index, echoes[first.Index].Text, null, report.Echo(echoes[first.Index], first.Prompt)));

    public object Piece(SequencePiece piece) =>
        Chunk(new CompletionChoice(piece.Index, piece.Text, null, report.Completion(piece.Tokens, offsets[piece.Index]), report.Ids(piece.Tokens)));

    public object Finished(int choice, SequenceResult result) => Chunk(new CompletionChoice(choice, "", result.FinishReason, StopReason: result.StopReason));

    public object Usage(Usage usage) => new CompletionResponse(id, Kind, created, model, [], usage);

    private object Chunk(CompletionChoice choice) =>
        includesUsage ? new CountedChunk<CompletionChoice>(id, Kind, created, model, [choice]) : new CompletionResponse(id, Kind, created, model, [choice]);
}
