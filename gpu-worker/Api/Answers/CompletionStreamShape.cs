using Serverless.Contracts.OpenAI;

namespace Serverless.GpuWorker.Api.Answers;

/// <summary>Chunks of a completion: text, with the prompt before the first where it is echoed, then the finish reason with an empty text.</summary>
/// <param name="offsets">Of each choice.</param>
/// <param name="echoes">What each choice begins with; empty where no prompt is echoed.</param>
internal sealed class CompletionStreamShape(string id, long created, string model, TokenReport report, IReadOnlyList<TextOffsets> offsets, IReadOnlyList<EchoedPrompt> echoes, bool includesUsage) : IStreamShape
{
    private const string Kind = "text_completion";

    public string Id => id;

    public long Created => created;

    /// <summary>The prompt's last chunk holds the first tokens of the answer as well, as vLLM has it: who counts those to take a stream up again has some with every text, unless the prompt takes several.</summary>
    public IEnumerable<object> First(SequencePiece piece)
    {
        if (echoes.Count > 0) return report.Echo(echoes[piece.Index], piece.Prompt, Choice(piece), EchoedPrompt.MostOfAChunk).Select(Chunk);
        return piece.IsShown ? [Piece(piece)] : [];
    }

    public object Piece(SequencePiece piece) => Chunk(Choice(piece));

    public object Finished(int choice, SequenceResult result) => Chunk(new CompletionChoice(choice, "", result.FinishReason, StopReason: result.StopReason));

    public object Usage(Usage usage) => new CompletionResponse(id, Kind, created, model, [], usage);

    private CompletionChoice Choice(SequencePiece piece) =>
        new(piece.Index, piece.Text, null, report.Completion(piece.Tokens, offsets[piece.Index]), report.Ids(piece.Tokens));

    private object Chunk(CompletionChoice choice) =>
        includesUsage ? new CountedChunk<CompletionChoice>(id, Kind, created, model, [choice]) : new CompletionResponse(id, Kind, created, model, [choice]);
}
