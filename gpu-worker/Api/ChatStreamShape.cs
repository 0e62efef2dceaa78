using Serverless.Contracts.OpenAI;

namespace Serverless.GpuWorker.Api;

/// <summary>Chunks of a chat completion: the role first, then content, then the finish reason with an empty delta.</summary>
internal sealed record ChatStreamShape(string Id, long Created, string Model) : IStreamShape
{
    public object Opening(int choice) => Chunk(new ChatChunkChoice(choice, new ChatDelta("assistant", ""), null));

    public object Text(int choice, string text) => Chunk(new ChatChunkChoice(choice, new ChatDelta(Content: text), null));

    public object Finished(int choice, string finishReason) => Chunk(new ChatChunkChoice(choice, new ChatDelta(), finishReason));

    public object Usage(Usage usage) => new ChatCompletionChunk(Id, "chat.completion.chunk", Created, Model, [], usage);

    private ChatCompletionChunk Chunk(ChatChunkChoice choice) => new(Id, "chat.completion.chunk", Created, Model, [choice]);
}
