using Serverless.Contracts.OpenAI;

namespace Serverless.Functions.Providers;

/// <summary>Messages of one side in a row: a turn. Results of tools are the user's side.</summary>
internal sealed record VendorTurn(bool IsAssistant, IReadOnlyList<ChatMessage> Messages);
