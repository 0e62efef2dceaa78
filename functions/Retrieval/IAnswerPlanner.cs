using Serverless.Functions.Clients;

namespace Serverless.Functions.Retrieval;

/// <summary>Turns a question into a prompt: embed, search, pack to the token budget.</summary>
public interface IAnswerPlanner
{
    /// <param name="contextWindow">Tokens of prompt and answer together that the completions model takes; null when unknown.</param>
    /// <param name="maxTokens">Tokens to leave for the answer.</param>
    /// <returns>A plan whose <see cref="AnswerPlan.Refusal"/> is set where the collection holds nothing near enough to the question.</returns>
    /// <exception cref="Dispatch.GatewayException">The question is empty or too long, or the collection does not exist.</exception>
    Task<AnswerPlan> PlanAsync(RagSettings settings, AnswerQuestion question, int? contextWindow, int maxTokens, Caller caller, CancellationToken cancellationToken);
}
