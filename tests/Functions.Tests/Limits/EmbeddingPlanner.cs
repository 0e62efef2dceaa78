using Serverless.Functions.Clients;
using Serverless.Functions.Dispatch;
using Serverless.Functions.Retrieval;

namespace Serverless.Functions.Tests.Limits;

/// <summary>Plans an answer as the real one does as far as models are concerned: it embeds the question through the gateway.</summary>
internal sealed class EmbeddingPlanner(IServiceProvider services) : IAnswerPlanner
{
    public async Task<AnswerPlan> PlanAsync(RagSettings settings, AnswerQuestion question, int? contextWindow, int maxTokens, Caller caller, CancellationToken cancellationToken)
    {
        var gateway = (IGateway)services.GetService(typeof(IGateway))!;
        await gateway.EmbedAsync(settings.EmbeddingsRoute, [question.Text], EmbeddingPurpose.Query, caller, cancellationToken);
        return new AnswerPlan("Be kind.", question.Text, []);
    }
}
