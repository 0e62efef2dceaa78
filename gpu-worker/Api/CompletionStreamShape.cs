using Serverless.Contracts.OpenAI;

namespace Serverless.GpuWorker.Api;

/// <summary>Chunks of a completion: text, then the finish reason with an empty text.</summary>
internal sealed class CompletionStreamShape(string id, long created, string model, TokenReport report, IReadOnlyList<SequencePlan> plans) : IStreamShape
{
    private readonly int[] _offsets = [.. plans.Select(TokenReport.FirstOffset)];

    public string Id => id;

    public long Created => created;

    public object? Opening(int choice) => null;

    public object Piece(SequencePiece piece) =>
        Chunk(new CompletionChoice(piece.Index, piece.Text, null, report.Completion(piece.Tokens, ref _offsets[piece.Index]), report.Ids(piece.Tokens)));

    public object Finished(int choice, string finishReason) => Chunk(new CompletionChoice(choice, "", finishReason));

    public object Usage(Usage usage) => new CompletionResponse(id, "text_completion", created, model, [], usage);

    private CompletionResponse Chunk(CompletionChoice choice) => new(id, "text_completion", created, model, [choice]);
}
