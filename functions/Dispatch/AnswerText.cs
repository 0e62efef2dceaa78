using System.Text.Json;
using System.Text.Json.Nodes;
using Serverless.Contracts;

namespace Serverless.Functions.Dispatch;

/// <summary>The next piece of the answer.</summary>
public sealed record AnswerText(string Text) : AnswerEvent
{
    /// <summary>Which of several answers it belongs to; from 0.</summary>
    public int Index { get; init; }

    /// <summary>Whether it is a refusal: what the model says in place of an answer, and beside the schema that was asked for.</summary>
    public bool IsRefusal { get; init; }

    /// <summary>
    /// What else a chat's message holds, by name, in the target's own words: its thoughts (<c>reasoning_content</c>), annotations, audio. The text may then be empty. Null for nothing.
    /// </summary>
    public JsonElement? Extra { get; init; }

    /// <summary>The model's tokens that have come with the piece, whose text may be empty as yet; null where the provider does not tell them.</summary>
    public IReadOnlyList<int>? Tokens { get; init; }

    /// <summary>The piece's log probabilities in OpenAI's shape of a chat's or a completion's <c>logprobs</c>; null where none were asked for.</summary>
    public JsonElement? Logprobs { get; init; }

    /// <summary>A piece of what a model thinks, under the name that most servers of OpenAI's wire have for it.</summary>
    public static AnswerText Thought(string text, int index = 0) => new("") { Index = index, Extra = JsonSerializer.SerializeToElement(new JsonObject { ["reasoning_content"] = text }, WireJson.Options) };

    /// <summary>Whether it holds something for a reader.</summary>
    public bool IsShown => Text.Length > 0 || Logprobs is not null || Extra is not null;

    /// <summary>Content never reaches a log by way of ToString.</summary>
    public override string ToString() => $"[{Text.Length} chars]";
}
