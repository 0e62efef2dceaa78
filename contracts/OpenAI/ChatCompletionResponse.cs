namespace Serverless.Contracts.OpenAI;

/// <summary>The answer of <c>POST /v1/chat/completions</c>; <c>object</c> is <c>chat.completion</c>, created in Unix seconds.</summary>
/// <param name="PromptLogprobs">As of a <see cref="CompletionChoice"/>.</param>
/// <param name="PromptTokenIds">As of a <see cref="CompletionChoice"/>.</param>
public sealed record ChatCompletionResponse(string Id, string Object, long Created, string Model, IReadOnlyList<ChatChoice> Choices, Usage? Usage,
    IReadOnlyList<IReadOnlyDictionary<int, PromptTokenLogprob>?>? PromptLogprobs = null, IReadOnlyList<int>? PromptTokenIds = null);
