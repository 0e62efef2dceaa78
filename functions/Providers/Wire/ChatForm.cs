using Serverless.Contracts.OpenAI;

namespace Serverless.Functions.Providers;

/// <summary>A completion for a service that knows chats only: its prompt is one user turn.</summary>
internal static class ChatForm
{
    public static Generation Of(Generation generation) =>
        generation.IsChat ? generation : generation with { Messages = [new ChatMessage("user", generation.Prompt!)], Prompt = null };
}
