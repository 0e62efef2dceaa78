using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Serverless.Contracts;
using Serverless.Functions.Dispatch;

namespace Serverless.Functions.Providers;

/// <summary>Thoughts of Anthropic's models as they come, at Anthropic and at Bedrock: each block is signed at its end, and must come back so with the calls that it led to.</summary>
internal sealed class SignedThoughts
{
    private readonly StringBuilder _thought = new();
    private string? _signature;

    /// <returns>The piece for a reader.</returns>
    public AnswerText Add(string piece)
    {
        _thought.Append(piece);
        return AnswerText.Thought(piece);
    }

    /// <returns>Nothing as yet: the block's end tells it.</returns>
    public AnswerText? Sign(string? signature)
    {
        _signature += signature;
        return null;
    }

    /// <summary>The block that has ended, in Anthropic's shape; null for none that is signed.</summary>
    public AnswerText? End()
    {
        var signed = string.IsNullOrEmpty(_signature) ? null : Block(new JsonObject { ["type"] = "thinking", ["thinking"] = _thought.ToString(), ["signature"] = _signature });
        _thought.Clear();
        _signature = null;
        return signed;
    }

    /// <param name="block">Of type <c>thinking</c> or <c>redacted_thinking</c>.</param>
    public static AnswerText Block(JsonObject block) => new("") { Extra = JsonSerializer.SerializeToElement(new JsonObject { ["thinking_blocks"] = new JsonArray(block) }, WireJson.Options) };
}
