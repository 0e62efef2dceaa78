using Serverless.Contracts.OpenAI;

namespace Serverless.Functions.Providers;

/// <summary>Messages of one side in a row: a turn. Results of tools are the user's side.</summary>
internal sealed record VendorTurn(bool IsAssistant, IReadOnlyList<ChatMessage> Messages)
{
    /// <summary>The messages with tools' results first: services look for them at the turn's beginning, right behind the calls.</summary>
    public IEnumerable<ChatMessage> ResultsFirst => Messages.OrderBy(m => m.Role != "tool");
}
