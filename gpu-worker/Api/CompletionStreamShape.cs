using Serverless.Contracts.OpenAI;

namespace Serverless.GpuWorker.Api;

/// <summary>Chunks of a completion: text, then the finish reason with an empty text.</summary>
internal sealed record CompletionStreamShape(string Id, long Created, string Model) : IStreamShape
{
    public object? Opening(int choice) => null;

    public object Text(int choice, string text) => Chunk(new CompletionChoice(choice, text, null));

    public object Finished(int choice, string finishReason) => Chunk(new CompletionChoice(choice, "", finishReason));

    public object Usage(Usage usage) => new CompletionResponse(Id, "text_completion", Created, Model, [], usage);

    private CompletionResponse Chunk(CompletionChoice choice) => new(Id, "text_completion", Created, Model, [choice]);
}
