using Serverless.Contracts.OpenAI;
using Serverless.Functions.Retrieval;

namespace Serverless.Functions.Dispatch;

/// <summary>The end of an answer.</summary>
/// <param name="FinishReason"><c>stop</c> or <c>length</c>.</param>
/// <param name="Usage">Null when the provider does not count and could not be counted for.</param>
/// <param name="Citations">The passages that a rag route put into the prompt; empty for other routes.</param>
/// <param name="Model">The model that answered, as it names itself.</param>
public sealed record AnswerCompleted(string FinishReason, Usage? Usage, IReadOnlyList<Citation> Citations, string Model) : AnswerEvent;
