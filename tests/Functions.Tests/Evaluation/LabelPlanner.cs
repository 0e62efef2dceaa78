using Serverless.Functions.Clients;
using Serverless.Functions.Dispatch;
using Serverless.Functions.Retrieval;

namespace Serverless.Functions.Tests.Evaluation;

/// <summary>
/// Plans an answer from a question that says what is found: <c>find a.md,b.md</c>. It embeds the question through the gateway as the real planner does.
/// </summary>
internal sealed class LabelPlanner(IServiceProvider services) : IAnswerPlanner
{
    public async Task<AnswerPlan> PlanAsync(RagSettings settings, AnswerQuestion asked, int? contextWindow, int maxTokens, Caller caller, CancellationToken cancellationToken)
    {
        var question = asked.Text;
        var gateway = (IGateway)services.GetService(typeof(IGateway))!;
        await gateway.EmbedAsync(settings.EmbeddingsRoute, [question], EmbeddingPurpose.Query, caller, cancellationToken);
        var found = question.Split("find ").Skip(1).FirstOrDefault()?.Split(' ')[0].Split(',') ?? [];
        return new AnswerPlan("Be kind.", question, [.. found.Select((document, i) => new Citation(document, null, 0, 9, "A passage", 1.0 / (i + 1)))]);
    }
}
